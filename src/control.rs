//! The typed inbox of the running exchange: what pages, the API and the command line may ask of it, one method per request.
//!
//! A [`Control`] is a cheap handle. Each request is answered by the exchange's own task, in order, in `model` values
//! only. What must survive a power cut is answered when it is on the disc, or after three seconds with
//! [`Kept::NotYet`]: the box goes on, and the page says so (HOTDESK B1).

mod inbox;

use std::net::IpAddr;

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::model::{
    Announcement, Change, DeviceId, DeviceView, Event, ExtensionNumber, ExtensionView, Fresh, Generation,
    Locked, Login, LoginMethod, LoginRefusal, LogoutReason, Messages, ModelName, Office, OpenPath,
    PhoneState, Secret, Sighting, StatusView,
};

pub use inbox::{Inbox, PATIENCE};

/// How many requests may wait; a further asker waits for a place.
pub const INBOX: usize = 256;

/// How many events a slow listener may lag behind before it misses some.
pub const EVENTS_KEPT: usize = 1024;

/// The box is stopping: there is nobody to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Perch is stopping; try again when it has started")]
pub struct Gone;

/// Whether what was done has reached the disc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It survives a power cut.
    Saved,
    /// It holds, but is not written yet: the disc is full or slow.
    NotYet,
}

/// An event with its place in the stream, for listeners that come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedEvent {
    /// Counts up by one for each event since the start of the box.
    pub number: u64,
    /// What happened.
    pub event: Event,
}

/// What is computed from the present office and then adopted at once, with nothing in between.
pub type Edit = Box<dyn FnOnce(&Office, Fresh) -> Vec<Change> + Send>;

/// A question and where its answer goes.
#[derive(Debug)]
pub enum Request {
    /// The state of the whole box.
    Status(oneshot::Sender<StatusView>),
    /// All devices, those that wait included.
    Devices(oneshot::Sender<Vec<DeviceView>>),
    /// All extensions.
    Extensions(oneshot::Sender<Vec<ExtensionView>>),
    /// All logins.
    Logins(oneshot::Sender<Vec<Login>>),
    /// The whole office, secrets included.
    Office(oneshot::Sender<Office>),
    /// Change the office.
    Edit(EditRequest, oneshot::Sender<Kept>),
    /// Log an extension in at a device.
    LogIn(LogInRequest, oneshot::Sender<Result<(Login, Kept), LoginRefusal>>),
    /// End the login at a device.
    LogOut(DeviceId, LogoutReason, oneshot::Sender<Option<Kept>>),
    /// End every login.
    LogOutAll(LogoutReason, oneshot::Sender<(usize, Kept)>),
    /// Open what wrong PINs have closed.
    OpenToLogins(Locked, oneshot::Sender<bool>),
    /// How many messages wait for a user.
    Messages(ExtensionNumber, oneshot::Sender<Option<Messages>>),
    /// So many do; `None` where there is no such user.
    SetMessages(ExtensionNumber, Messages, oneshot::Sender<Option<Kept>>),
    /// What the phone with this URL secret must be told.
    PhoneState(Secret, (Sighting, Option<ModelName>), oneshot::Sender<Option<PhoneState>>),
    /// A phone asks for a file without a secret.
    OpenPath(Announcement, oneshot::Sender<OpenPath>),
    /// A phone has its file.
    PhoneFetched(DeviceId, Generation),
}

/// See [`Edit`].
pub struct EditRequest(pub Edit);

impl std::fmt::Debug for EditRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EditRequest")
    }
}

/// A login by the administrator, or by a program that has asked for the PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInRequest {
    /// Who.
    pub extension: ExtensionNumber,
    /// Where.
    pub device: DeviceId,
    /// By which way.
    pub method: LoginMethod,
    /// The PIN that was entered for it, and from where; `None` where the administrator vouches.
    pub pin: Option<(Secret, IpAddr)>,
}

/// A handle on the running exchange.
#[derive(Debug, Clone)]
pub struct Control {
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<NumberedEvent>,
}

impl Control {
    /// A handle, the inbox it fills, and the sender that feeds its listeners.
    pub fn new() -> (Self, mpsc::Receiver<Request>, broadcast::Sender<NumberedEvent>) {
        let (requests, inbox) = mpsc::channel(INBOX);
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        (Self { requests, events: events.clone() }, inbox, events)
    }

    /// The state of the whole box.
    pub async fn status(&self) -> Result<StatusView, Gone> {
        self.ask(Request::Status).await
    }

    /// All devices, those that wait included, by id.
    pub async fn devices(&self) -> Result<Vec<DeviceView>, Gone> {
        self.ask(Request::Devices).await
    }

    /// All extensions, by number.
    pub async fn extensions(&self) -> Result<Vec<ExtensionView>, Gone> {
        self.ask(Request::Extensions).await
    }

    /// All logins, oldest first.
    pub async fn logins(&self) -> Result<Vec<Login>, Gone> {
        self.ask(Request::Logins).await
    }

    /// The whole office, secrets included: for export and for comparing.
    pub async fn office(&self) -> Result<Office, Gone> {
        self.ask(Request::Office).await
    }

    /// Computes changes from the present office and adopts them at once, so that two editors cannot cross. `edit` gets
    /// fresh numbers and randomness; when it refuses, nothing changes.
    pub async fn edit<E: Send + 'static>(
        &self,
        edit: impl FnOnce(&Office, Fresh) -> Result<Vec<Change>, E> + Send + 'static,
    ) -> Result<Result<Kept, E>, Gone> {
        let (refusal, refused) = oneshot::channel();
        let edit: Edit = Box::new(move |office, fresh| {
            edit(office, fresh).unwrap_or_else(|error| {
                // The asker may have gone; then nobody wants to know.
                let _ = refusal.send(error);
                Vec::new()
            })
        });
        let kept = self.ask(|reply| Request::Edit(EditRequest(edit), reply)).await?;
        Ok(refused.await.map_or(Ok(kept), Err))
    }

    /// Logs an extension in at a device, as the administrator.
    pub async fn log_in(&self, request: LogInRequest) -> Result<Result<(Login, Kept), LoginRefusal>, Gone> {
        self.ask(|reply| Request::LogIn(request, reply)).await
    }

    /// Ends the login at a device; `None` where nobody was logged in.
    pub async fn log_out(&self, device: DeviceId, reason: LogoutReason) -> Result<Option<Kept>, Gone> {
        self.ask(|reply| Request::LogOut(device, reason, reply)).await
    }

    /// Ends every login; how many there were.
    pub async fn log_out_all(&self, reason: LogoutReason) -> Result<(usize, Kept), Gone> {
        self.ask(|reply| Request::LogOutAll(reason, reply)).await
    }

    /// Opens what wrong PINs have closed to new logins; `false` where it was not closed.
    pub async fn open_to_logins(&self, locked: Locked) -> Result<bool, Gone> {
        self.ask(|reply| Request::OpenToLogins(locked, reply)).await
    }

    /// How many messages wait for a user; `None` where there is no such user.
    pub async fn messages(&self, user: ExtensionNumber) -> Result<Option<Messages>, Gone> {
        self.ask(|reply| Request::Messages(user, reply)).await
    }

    /// Tells how many messages wait for a user; `None` where there is no such user.
    pub async fn set_messages(
        &self,
        user: ExtensionNumber,
        messages: Messages,
    ) -> Result<Option<Kept>, Gone> {
        self.ask(|reply| Request::SetMessages(user, messages, reply)).await
    }

    /// What the phone with this URL secret must be told, which came so and says it is of that model; `None` where no phone
    /// has the secret.
    pub async fn phone_state(
        &self,
        secret: Secret,
        seen: (Sighting, Option<ModelName>),
    ) -> Result<Option<PhoneState>, Gone> {
        self.ask(|reply| Request::PhoneState(secret, seen, reply)).await
    }

    /// What a phone is told that asks for a file without a secret; an unknown phone becomes a waiting device.
    pub async fn open_path(&self, announcement: Announcement) -> Result<OpenPath, Gone> {
        self.ask(|reply| Request::OpenPath(announcement, reply)).await
    }

    /// Tells that a phone has its personal file of this generation, to the last byte.
    pub async fn phone_fetched(&self, device: DeviceId, generation: Generation) -> Result<(), Gone> {
        self.requests.send(Request::PhoneFetched(device, generation)).await.map_err(|_| Gone)
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<NumberedEvent> {
        self.events.subscribe()
    }

    async fn ask<A>(&self, request: impl FnOnce(oneshot::Sender<A>) -> Request) -> Result<A, Gone> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}
