//! What too many wrong PINs have closed to new logins: how it is shown, and the buttons that open it (HOTDESK B9).

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::extract::{Path, State};
use axum::response::Response;

use super::names_of;
use crate::model::{
    At, DeviceId, DeviceView, ExtensionNumber, ExtensionView, Locked, LockoutView, StatusView,
};
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};

/// How many are listed at once.
const LISTED: usize = 50;

/// Something closed, as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is closed, and until when.
    pub text: String,
    /// Where the button goes that opens it.
    pub action: String,
}

/// Everything that is closed.
pub fn rows(
    status: &StatusView,
    (extensions, devices): (&[ExtensionView], &[DeviceView]),
    clock: &Clock,
) -> Vec<Row> {
    if status.lockouts.is_empty() {
        return Vec::new();
    }
    let names = names_of(extensions);
    let titles: BTreeMap<DeviceId, &str> = devices.iter().map(|one| (one.id, one.title.as_str())).collect();
    let called = |locked: &Locked| match locked {
        Locked::Extension(number) => match names.get(number) {
            Some(name) if !name.is_empty() => format!("{number} {name}"),
            _ => number.to_string(),
        },
        Locked::Device(id) => titles.get(id).map_or_else(|| id.to_string(), |title| (*title).to_owned()),
        Locked::Address(_) => locked.to_string(),
    };
    status.lockouts.iter().take(LISTED).map(|one| row(one, &called(&one.locked), clock)).collect()
}

/// What is closed, if this is.
pub fn of(status: &StatusView, locked: &Locked, called: &str, clock: &Clock) -> Option<Row> {
    let found = status.lockouts.iter().find(|one| one.locked == *locked)?;
    Some(row(found, called, clock))
}

fn row(lockout: &LockoutView, called: &str, clock: &Clock) -> Row {
    let moment = clock.later(lockout.seconds_left);
    let (key, action) = match &lockout.locked {
        Locked::Extension(number) => ("lockout-extension", format!("/extensions/{number}/unlock")),
        Locked::Device(id) => ("lockout-device", format!("/devices/{id}/unlock")),
        Locked::Address(address) => ("lockout-address", format!("/addresses/{address}/unlock")),
    };
    Row { text: clock.words.say2(key, ("name", &called), ("moment", &moment)), action }
}

/// `POST /extensions/{number}/unlock`.
pub async fn unlock_extension(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(number): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let own = format!("/extensions/{number}");
    open(&front, Locked::Extension(number), &posted, &own).await
}

/// `POST /devices/{id}/unlock`.
pub async fn unlock_device(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let id: DeviceId = id.parse().map_err(|_| Trouble::NotFound)?;
    open(&front, Locked::Device(id), &posted, &format!("/devices/{id}")).await
}

/// `POST /addresses/{address}/unlock`.
pub async fn unlock_address(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(address): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let address: IpAddr = address.parse().map_err(|_| Trouble::NotFound)?;
    open(&front, At::Address(address).locked(), &posted, "/").await
}

async fn open(front: &Front, locked: Locked, posted: &Posted, own: &str) -> Result<Response, Trouble> {
    // Whether it was closed still or its time was over just now: it is open.
    front.control.open_to_logins(locked).await?;
    let back = if posted.text("back") == "status" { "/" } else { own };
    Ok(notes::redirect(back, "unlocked"))
}
