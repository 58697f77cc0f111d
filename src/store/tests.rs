//! The store as its users see it: what is handed in comes back, whatever happens to the folder in between.

mod damage;
mod keeping;

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use jiff::Timestamp;

use super::*;
use crate::model::{
    AccountName, AccountPurpose, At, AuditEntry, AuditFact, AuthName, Binding, CallKind, CallOutcome,
    Credential, Deed, Device, DeviceAdmission, DeviceId, DeviceMode, EmergencyFate, EmergencyRoute,
    Extension, ExtensionNumber, Feature, Generation, IdleCalls, Inbound, KeptLockout, KeyWish, Language,
    Locked, Login, LoginId, LoginMethod, LoginPolicy, LoginRefusal, LogoutReason, Mac, Messages, ModelName,
    OfficeSettings, Party, Plan, PlanEntry, ScreenName, Secret, TenantId, Trunk,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open(dir: &Path) -> Opened {
    Store::open(dir, settings()).expect("the store opens")
}

fn settings() -> StoreSettings {
    StoreSettings::default()
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("a number")
}

fn extension(digits: &str) -> Extension {
    Extension {
        pin: Some(Secret::new("40717")),
        keys: vec![KeyWish::Lamp { extension: number("101"), label: "Reception".into() }],
        ..Extension::roaming(number(digits), format!("User {digits}"))
    }
}

fn device(id: u32) -> Device {
    let mac = Mac([0, 4, 0x13, 0, (id >> 8) as u8, id as u8]);
    let account = AccountName::owned(&number("100"));
    Device {
        screen_name: Some(ScreenName(id as u16)),
        mode: DeviceMode::HotDesk,
        admission: DeviceAdmission::Accepted,
        address: Some([192, 168, 1, 7].into()),
        credentials: vec![Credential {
            generation: Generation(3),
            account: account.clone(),
            purpose: AccountPurpose::Idle,
            auth_name: AuthName::generated(DeviceId(id), Generation(3)),
            password: Secret::new("not-for-the-disc"),
        }],
        url_secret: Some(Secret::new("url-not-for-the-disc")),
        admin_password: Some(Secret::new("page-not-for-the-disc")),
        ..Device::new(DeviceId(id), Some(mac), "snom-d785".parse().expect("a model"))
    }
}

fn login(id: u64, extension: &str, device: u32) -> Login {
    Login {
        id: LoginId(id),
        extension: number(extension),
        device: DeviceId(device),
        since: None,
        method: LoginMethod::Code,
        saved: true,
    }
}

fn binding(device: u32, port: u16) -> Binding {
    Binding {
        account: AccountName::owned(&number("100")),
        device: DeviceId(device),
        generation: Generation(3),
        contact: format!("sip:100@192.168.1.7:{port};line=x"),
        path: vec![],
        transport: "udp".into(),
        local: ([192, 168, 1, 1], 5060).into(),
        remote: ([192, 168, 1, 7], port).into(),
        call_id: "a@b".into(),
        cseq: 7,
        q: 1000,
        instance: None,
        reg_id: None,
        granted: 3600,
        user_agent: "snom".into(),
        since: None,
    }
}

pub(super) fn call(id: u64) -> CallRecord {
    CallRecord {
        id: CallId(id),
        started: Timestamp::from_second(1_800_000_000 + id as i64 * 60).ok(),
        answered_after_ms: Some(900),
        lasted_ms: 61_000,
        caller: Party { extension: Some(number("100")), name: "Ada".into(), device: Some(DeviceId(1)) },
        dialled: "101".into(),
        callee: Some(number("101")),
        answered_by: Some(DeviceId(2)),
        outcome: CallOutcome::Answered,
        kind: CallKind::Internal,
    }
}

fn notice(id: u64) -> EmergencyNotice {
    EmergencyNotice {
        call: CallId(id),
        at: None,
        device: DeviceId(1),
        extension: None,
        number: "112".into(),
        outcome: EmergencyRoute::Trunk,
        fate: EmergencyFate::Answered,
    }
}

fn office_settings() -> OfficeSettings {
    let entry = |code: &str, feature| PlanEntry { code: code.into(), feature, on: true };
    OfficeSettings {
        name: "Rossi & Figli".into(),
        timezone: "Europe/Rome".into(),
        plan: Plan {
            entries: vec![
                entry("", Feature::LoginByOwnExtension),
                entry("*77*X*", Feature::LoginWithExtension),
                entry("*400", Feature::Logout),
            ],
        },
        ..OfficeSettings::default()
    }
}

fn audit(number: u64) -> AuditEntry {
    let what = AuditFact::LoggedIn {
        extension: super::tests::number("100"),
        device: DeviceId(1),
        title: "HD0001".into(),
        method: LoginMethod::Code,
    };
    AuditEntry { number, at: Timestamp::from_second(1_800_000_000 + number as i64 * 3600).ok(), what }
}

fn kept_lockout(locked: Locked) -> KeptLockout {
    KeptLockout { locked, until: Timestamp::from_second(1_800_000_000).ok(), seconds: 900 }
}

/// Everything an office has, once.
fn office() -> Vec<Change> {
    vec![
        Change::Settings(office_settings()),
        Change::Extension(extension("100")),
        Change::Extension(extension("101")),
        Change::Device(Box::new(device(1))),
        Change::Device(Box::new(device(2))),
        Change::LoggedIn(login(1, "100", 1)),
        Change::Bound(binding(1, 5060)),
        Change::Call(call(1)),
        Change::Emergency(notice(2)),
    ]
}

/// Every kind of change that is written, in more than one of its shapes.
pub(super) fn changes_of_every_kind() -> Vec<Change> {
    let mut changes = office();
    let inbound = vec![Inbound { number: "+39061234".into(), extension: number("100") }];
    let trunk = Trunk {
        name: "fibre".into(),
        user: Some("39061234".into()),
        password: Some(Secret::new("not-for-the-disc")),
        shown: Some("+39061234".into()),
        prefix: Some("0".into()),
        inbound,
        ..Trunk::at("sip.example.net", 5060)
    };
    changes.push(Change::Settings(OfficeSettings {
        country: "IT".parse().ok(),
        language: Language::It,
        emergency_extension: Some(number("100")),
        trunks: vec![trunk, Trunk::at("192.0.2.7", 5070)],
        login_policy: LoginPolicy::Several,
        idle_calls: IdleCalls::Internal,
        ..office_settings()
    }));
    changes.push(Change::Tenant(
        "acme".parse().expect("a tenant"),
        Box::new(OfficeSettings { company_pin: Some(Secret::new("not-for-the-disc")), ..office_settings() }),
    ));
    let keys = vec![KeyWish::Speed { number: "0112".into(), label: "Help".into() }];
    changes.push(Change::Extension(Extension { pin: None, keys, ..Extension::new(number("7"), "User 7") }));
    changes.push(Change::Device(Box::new(Device {
        mac: None,
        name: "Lobby".parse().ok(),
        screen_name: None,
        model: ModelName::generic(),
        mode: DeviceMode::Owned(number("102")),
        admission: DeviceAdmission::WaitingAgain,
        address: Some(std::net::Ipv6Addr::LOCALHOST.into()),
        credentials: vec![],
        ..device(300)
    })));
    let since = Timestamp::from_second(1_800_000_000).ok();
    changes.push(Change::LoggedIn(Login { since, method: LoginMethod::Api, ..login(2, "101", 300) }));
    changes.push(Change::Bound(Binding {
        path: vec!["<sip:edge;lr>".into()],
        remote: "[2001:db8::7]:5062".parse().expect("an address"),
        instance: Some("<urn:uuid:0>".into()),
        reg_id: Some(1),
        since,
        ..binding(2, 5062)
    }));
    changes.push(Change::Call(CallRecord {
        started: None,
        answered_after_ms: None,
        callee: None,
        answered_by: None,
        outcome: CallOutcome::Failed,
        kind: CallKind::Voice,
        ..call(3)
    }));
    let outcome = EmergencyRoute::Extension(number("100"));
    changes.push(Change::Emergency(EmergencyNotice { at: since, outcome, ..notice(4) }));
    let address = At::Address("2001:db8:1:2:3::4".parse().expect("an address")).locked();
    for locked in [Locked::Extension(number("100")), Locked::Device(DeviceId(1)), address] {
        changes.push(Change::LoginsClosed(kept_lockout(locked)));
    }
    changes.push(Change::ToTell(number("100"), LogoutReason::Displaced));
    changes.push(Change::Messages(number("100"), Messages { new: 2, old: 1 }));
    changes.extend(facts_of_every_kind().into_iter().zip(1..).map(|(what, number)| {
        let at = since.filter(|_| number > 1);
        Change::Audit(AuditEntry { number, at, what })
    }));
    changes
}

fn facts_of_every_kind() -> Vec<AuditFact> {
    let (extension, device, title) = (|| number("100"), DeviceId(1), || "HD0001".to_owned());
    let (at, refusal) = (At::Device(device), LoginRefusal::WrongPin);
    let address = At::Address([192, 0, 2, 7].into());
    let deed = Deed::Changed;
    vec![
        audit(1).what,
        AuditFact::LoggedOut {
            extension: extension(),
            device,
            title: title(),
            since: None,
            reason: LogoutReason::Moved,
        },
        AuditFact::LoginRefused { extension: Some(extension()), at, title: title(), refusal },
        AuditFact::LoginRefused { extension: None, at: address, title: String::new(), refusal },
        AuditFact::MoreRefused { count: 37 },
        AuditFact::LoginsClosed { locked: at.locked() },
        AuditFact::LoginsOpened { locked: address.locked() },
        AuditFact::Tenant { tenant: TenantId::FIRST, deed },
        AuditFact::Extension { extension: extension(), deed: Deed::Added },
        AuditFact::Device { device, title: title(), deed: Deed::Removed },
        AuditFact::MoreChanged { count: 950 },
    ]
}

fn wait_for_ack(acks: &mut Acks, wanted: u64) {
    let give_up = Instant::now() + Duration::from_secs(10);
    let mut through = 0;
    while through < wanted {
        assert!(Instant::now() < give_up, "no acknowledgement of {wanted}, only of {through}");
        match acks.try_next() {
            Some(Ack::Saved { through: reached }) => through = reached,
            Some(Ack::Trouble(trouble)) => assert_eq!(trouble, None),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}
