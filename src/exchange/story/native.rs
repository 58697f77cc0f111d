//! The phone's own hot-desk function (HOTDESK rule 9, I1-I23): a REGISTER as `<extension>` with the PIN for a password is a
//! login at that phone, letting the registration go is the logout.
//!
//! Only from the tenant's trusted networks and only for whom it is allowed; what does not fit is challenged like any
//! stranger. A PIN that is tried counts like one keyed (B9): by source address in place of a device. The same wrong answer
//! sent again is no new guess.
//!
//! Not here: what a login changes (`desks`), the bindings (`registrar`).

use std::net::IpAddr;

use crate::exchange::Exchange;
use crate::exchange::admission::Tried;
use crate::exchange::registrar::Registrant;
use crate::model::{
    AccountName, At, Change, Device, DeviceAdmission, DeviceId, DeviceMode, Event, ExtensionNumber, Login,
    LoginMethod, LoginRefusal, LogoutReason, Mac, ModelName, Now, TenantId,
};
use crate::sip::flow::Flow;
use crate::sip::message::{Contacts, Message};
use crate::sip::transaction::NewRequest;

/// How many phones that nobody has announced may be known of a tenant because somebody has logged in at them so.
pub const MAX_UNANNOUNCED: usize = 64;

/// How long such a registration lasts where the phone asks for more, or for nothing, in seconds (I11).
const LONGEST: u32 = 500;

/// How many wrong answers are remembered, so that a repetition is told from a new guess.
const MAX_REMEMBERED: usize = 1000;

/// The wrong answers seen last: from where, and a fingerprint.
pub(in crate::exchange) type WrongAnswers = std::collections::VecDeque<(IpAddr, Box<str>)>;

impl Exchange {
    /// Takes a REGISTER as `<extension>` that no account's password has proved; `false` where it is no business of this
    /// chapter, or proves nothing: then it is challenged like any other.
    pub(super) fn handle_native(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        account: &str,
        flow: &Flow,
        now: Now,
    ) -> bool {
        let asked = self.tenant_asked(message, message.to().ok().map(|to| to.uri));
        let Some(user) = self.native_user(&asked, account, flow.remote.ip()) else { return false };
        let running = self.native_login_near(&user, flow, now);
        let is_closed = self.is_closed_at(Some(&user), At::Address(flow.remote.ip()), now);
        // Closed means no new login; the one that runs goes on (B9).
        if is_closed && running.is_none() {
            return false;
        }
        if !self.try_pin(message, &user, flow, now) {
            return false;
        }
        if let Some(status) = self.registers_natively(new, message, &user, (flow, running), now) {
            self.decline(new, message, flow, status, now);
        }
        true
    }

    /// The device an INVITE comes from whose user has logged in by the phone's own function, its PIN proved; only from where
    /// the phone registered.
    pub(super) fn native_speaker(
        &mut self,
        message: &Message<'_>,
        flow: &Flow,
        now: Now,
    ) -> Option<DeviceId> {
        let asked = self.tenant_asked(message, message.request_uri());
        let name = message.authorization(false).chain(message.authorization(true)).flatten().next()?;
        let user = self.native_user(&asked, &name.username, flow.remote.ip())?;
        let login = self.native_login_near(&user, flow, now)?;
        self.try_pin(message, &user, flow, now).then_some(login.device)
    }

    /// The extension of that number, where it may log in so from that address (I13, I14, I17).
    fn native_user(&self, tenant: &TenantId, number: &str, from: IpAddr) -> Option<ExtensionNumber> {
        let number = ExtensionNumber::within(tenant, number).ok()?;
        let user = self.directory.extension(&number)?;
        let may = self.directory.office().values_of(user).phone_native == Some(true);
        let is_trusted = self.tenant(tenant).trusted_networks.iter().any(|one| one.network.contains(from));
        (may && is_trusted && self.pin_of(user).is_some()).then_some(number)
    }

    /// The login at a device, where the phone's own function has made it.
    pub(super) fn native_login_at(&self, device: DeviceId) -> Option<&Login> {
        self.hotdesk.at(device).filter(|login| login.method == LoginMethod::PhoneNative)
    }

    /// The login that a user has made by a phone's own function at the phone that is registered from where `flow` comes.
    fn native_login_near(&self, user: &ExtensionNumber, flow: &Flow, now: Now) -> Option<Login> {
        let is_there = |address: std::net::SocketAddr| address.ip() == flow.remote.ip();
        let lives_there = |device: DeviceId| {
            self.registrar.of_device(device, now.mono).iter().any(|bound| is_there(bound.flow.remote))
        };
        let mut logins = self.hotdesk.of(user);
        logins.find(|one| one.method == LoginMethod::PhoneNative && lives_there(one.device)).cloned()
    }

    /// Whether the credentials of a request prove a user's PIN. A complete wrong one is counted.
    fn try_pin(&mut self, message: &Message<'_>, user: &ExtensionNumber, flow: &Flow, now: Now) -> bool {
        let realm = self.tenant(user.tenant()).realm.clone();
        let pin = self.directory.extension(user).and_then(|one| self.pin_of(one)).cloned();
        let Some(pin) = pin else { return false };
        let from = flow.remote.ip();
        match self.admission.try_secret(message, &realm, (user.digits(), &pin), now.mono) {
            Tried::Right => true,
            Tried::Wrong(answer) if !self.is_repeated(from, &answer) => {
                self.count_wrong(Some(user), At::Address(from), now);
                self.audit_refusal(Some(user.clone()), At::Address(from), LoginRefusal::WrongPin, now);
                false
            }
            Tried::Wrong(_) | Tried::Nothing => false,
        }
    }

    /// Whether the same wrong answer came from there before.
    fn is_repeated(&mut self, from: IpAddr, answer: &str) -> bool {
        let is_known = self.wrong_answers.iter().any(|(ip, one)| *ip == from && **one == *answer);
        if !is_known {
            if self.wrong_answers.len() == MAX_REMEMBERED {
                self.wrong_answers.pop_front();
            }
            self.wrong_answers.push_back((from, answer.into()));
        }
        is_known
    }

    /// A proved user registers: a login where there is none, a refresh where there is, a logout where it lets go. Gives the
    /// status of a refusal.
    fn registers_natively(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        user: &ExtensionNumber,
        (flow, running): (&Flow, Option<Login>),
        now: Now,
    ) -> Option<u16> {
        let lets_go = lets_go(message);
        let device = match (running, lets_go) {
            (Some(login), _) => login.device,
            (None, true) => return Some(403),
            (None, false) => match self.native_device(message, user, flow, now) {
                Some(device) => device,
                None => return Some(403),
            },
        };
        let is_barred = self.directory.device(device).is_some_and(|one| {
            one.barred_call_id.as_deref().is_some_and(|barred| message.call_id() == Ok(barred))
        });
        let is_here = self.native_login_at(device).is_some_and(|login| login.extension == *user);
        if is_barred && !is_here {
            // It lost its login to another one, and only asks on as it always did (rule 9).
            return Some(403);
        }
        if !is_here && let Err(refusal) = self.logs_in_natively(user, device, now) {
            self.refused(Some(user.clone()), device, refusal, now);
            return Some(if refusal == LoginRefusal::BusyElsewhere { 486 } else { 403 });
        }
        let account = AccountName::owned(user).within(user.tenant());
        let generation = self.directory.device(device).map(Device::generation).unwrap_or_default();
        let registrant = Registrant { account, device, generation, longest: Some(LONGEST) };
        let was_reachable = self.registrar.is_reachable(device, now.mono);
        let tag = self.admission.tag(message);
        let response = self.registrar.handle_register(message, &registrant, flow, &tag, now);
        let bound =
            response.status == 200 && self.registrar.is_reachable_at(&registrant.account, device, now.mono);
        self.layer.answer(new, message, &response, now.mono);
        if bound {
            self.stranded.remove(&device);
            self.handle_registered(registrant, true, was_reachable, flow, now);
        }
        None
    }

    /// A new login by a phone's own function, with the right PIN. One that the user has made there in another way ends: from
    /// now on the registration is the login.
    fn logs_in_natively(
        &mut self,
        user: &ExtensionNumber,
        device: DeviceId,
        now: Now,
    ) -> Result<(), LoginRefusal> {
        // A refresh is no such login: it proves nothing anew, and opens nothing that others have closed (B9).
        self.lockout.right(user);
        self.may_log_in(user, device, LoginMethod::PhoneNative)?;
        if self.hotdesk.at(device).is_some_and(|login| login.extension == *user) {
            self.hotdesk.logout(device, LogoutReason::Moved);
        }
        self.grant(user, device, LoginMethod::PhoneNative, None, now)
    }

    /// The phone a user registers from: known by its hardware address, by where it lives, or made. `None` where it is
    /// somebody's own, or where there is no room for another.
    fn native_device(
        &mut self,
        message: &Message<'_>,
        user: &ExtensionNumber,
        flow: &Flow,
        now: Now,
    ) -> Option<DeviceId> {
        let tenant = user.tenant();
        let is_it = |device: &&Device| device.admission.is_let_in() && device.tenant == *tenant;
        let by_mac = mac_in(message).and_then(|mac| self.directory.device_with(mac)).filter(is_it);
        match by_mac.or_else(|| self.device_living_at(flow, tenant, now)) {
            Some(device) => self.is_desk(device).then_some(device.id),
            None => self.make_unannounced(user, flow),
        }
    }

    /// The device that lives where `flow` comes from: the one registered from that very place, else the only one on that
    /// machine. Of several nobody can tell.
    fn device_living_at(&self, flow: &Flow, tenant: &TenantId, now: Now) -> Option<&Device> {
        let ip = flow.remote.ip();
        let is_bound = |device: &Device, is_it: &dyn Fn(std::net::SocketAddr) -> bool| {
            self.registrar.of_device(device.id, now.mono).iter().any(|bound| is_it(bound.flow.remote))
        };
        let all = self.directory.office().devices.values();
        let lives_there = |device: &&Device| {
            let is_known = device.admission.is_let_in() && device.tenant == *tenant;
            is_known && (device.address == Some(ip) || is_bound(device, &|remote| remote.ip() == ip))
        };
        let living: Vec<_> = all.filter(lives_there).collect();
        let exact = living.iter().find(|device| is_bound(device, &|remote| remote == flow.remote));
        exact.or(Some(&living).filter(|all| all.len() == 1).and_then(|all| all.first())).copied()
    }

    /// Makes a device of a phone that nobody has announced: generic, phone-native.
    fn make_unannounced(&mut self, user: &ExtensionNumber, flow: &Flow) -> Option<DeviceId> {
        let office = self.directory.office();
        let of_tenant =
            office.devices.values().filter(|one| one.tenant == *user.tenant() && is_unannounced(one));
        if of_tenant.count() >= MAX_UNANNOUNCED {
            return None;
        }
        let id = self.directory.next_device();
        let device = Device {
            tenant: user.tenant().clone(),
            name: format!("{UNANNOUNCED}{}", id.0).parse().ok(),
            mode: DeviceMode::HotDesk,
            admission: DeviceAdmission::Accepted,
            address: Some(flow.remote.ip()),
            local_address: Some(flow.local.ip()),
            ..Device::new(id, None, ModelName::generic())
        };
        let change = Change::Device(Box::new(device));
        self.directory.adopt(&change);
        self.keep(change);
        self.tell(Event::DeviceChanged { device: id });
        Some(id)
    }

    /// A login by a phone's own function has ended: its registration goes, and asking on with the same call brings nothing
    /// back. A phone whose file the box writes is told to become what it was.
    pub(super) fn handle_native_end(&mut self, login: &Login, reason: LogoutReason, now: Now) {
        let (device, account) =
            (login.device, AccountName::owned(&login.extension).within(login.extension.tenant()));
        let bound = self.registrar.of_device(device, now.mono);
        let call_id = bound
            .into_iter()
            .find(|one| one.binding.account == account)
            .map(|one| one.binding.call_id.clone());
        self.registrar.forget_account(device, &account);
        if let Some(known) = self.directory.device(device).cloned()
            && reason != LogoutReason::PhoneNative
            && call_id.is_some()
        {
            let change = Change::Device(Box::new(Device { barred_call_id: call_id, ..known }));
            self.directory.adopt(&change);
            self.keep(change);
        }
        if let Some(change) = self.directory.renew_again(device, &mut self.rng) {
            self.keep(change);
            self.stranded.insert(device);
        }
    }

    /// A registration is gone: where it was that of a login by the phone's own function, so is the login (I23).
    pub(super) fn handle_native_unbound(&mut self, device: DeviceId, now: Now) {
        let Some(login) = self.native_login_at(device) else { return };
        let account = AccountName::owned(&login.extension).within(login.extension.tenant());
        let is_there =
            self.registrar.of_device(device, now.mono).iter().any(|one| one.binding.account == account);
        if !is_there {
            self.hotdesk.logout(device, LogoutReason::PhoneNative);
        }
    }
}

/// How the name of a device begins that nobody has announced.
const UNANNOUNCED: &str = "phone-native-";

fn is_unannounced(device: &Device) -> bool {
    device.mac.is_none() && device.name.as_ref().is_some_and(|name| name.as_str().starts_with(UNANNOUNCED))
}

/// Whether a REGISTER lets its registration go.
fn lets_go(message: &Message<'_>) -> bool {
    let default = message.expires().unwrap_or(None);
    match message.contacts() {
        Ok(Contacts::Star) => true,
        Ok(Contacts::List(contacts)) => {
            !contacts.is_empty() && contacts.iter().all(|one| one.expires.or(default) == Some(0))
        }
        Err(_) => false,
    }
}

/// The hardware address a phone tells: in `+sip.instance`, whose last twelve digits it is by RFC 4122 §4.1.6 where makers
/// take the UUID from it, or in what it says of itself.
fn mac_in(message: &Message<'_>) -> Option<Mac> {
    let of_instance = match message.contacts() {
        Ok(Contacts::List(contacts)) => {
            let urn = contacts.iter().find_map(|one| one.instance)?;
            urn.rsplit(['-', ':'])
                .next()
                .filter(|digits| digits.len() == 12)
                .and_then(|digits| digits.parse().ok())
        }
        Ok(Contacts::Star) | Err(_) => None,
    };
    let of_agent = || {
        let words = message.user_agent()?.split([' ', '/', '(', ')', ';']);
        words.filter(|word| matches!(word.len(), 12 | 17)).find_map(|word| word.parse().ok())
    };
    of_instance.or_else(of_agent)
}
