//! The store as its users see it: what is handed in comes back, whatever happens to the folder in between.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::model::{
    AccountName, AccountPurpose, AuthName, Binding, CallKind, CallOutcome, Credential, Device,
    DeviceAdmission, DeviceId, DeviceMode, EmergencyRoute, Extension, ExtensionNumber, Generation, KeyWish,
    Login, LoginId, LoginMethod, LogoutReason, Mac, ModelName, OfficeSettings, Party, ScreenName, Secret,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open(dir: &Path) -> Opened {
    Store::open(dir, settings()).expect("the store opens")
}

fn settings() -> StoreSettings {
    StoreSettings { lazy_after: Duration::from_millis(200), ..StoreSettings::default() }
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("a number")
}

fn extension(digits: &str) -> Extension {
    Extension {
        number: number(digits),
        name: format!("User {digits}"),
        hotdesk: true,
        pin: Some(Secret::new("40717")),
        keys: vec![KeyWish::Lamp { extension: number("101"), label: "Reception".into() }],
    }
}

fn device(id: u32) -> Device {
    let account = AccountName::owned(&number("100"));
    Device {
        id: DeviceId(id),
        mac: Some(Mac([0, 4, 0x13, 0, (id >> 8) as u8, id as u8])),
        name: None,
        screen_name: Some(ScreenName(id as u16)),
        model: "snom-d785".parse::<ModelName>().expect("a model"),
        mode: DeviceMode::HotDesk,
        admission: DeviceAdmission::Accepted,
        address: Some([192, 168, 1, 7].into()),
        local_address: None,
        credentials: vec![Credential {
            generation: Generation(3),
            account: account.clone(),
            purpose: AccountPurpose::Idle,
            auth_name: AuthName::generated(DeviceId(id), Generation(3)),
            password: Secret::new("not-for-the-disc"),
        }],
        url_secret: Some(Secret::new("url-not-for-the-disc")),
        admin_password: Some(Secret::new("page-not-for-the-disc")),
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

fn call(id: u64) -> CallRecord {
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
    }
}

/// Everything an office has, once.
fn office() -> Vec<Change> {
    vec![
        Change::Settings(OfficeSettings { name: "Rossi & Figli".into(), ..OfficeSettings::default() }),
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

#[test]
fn what_is_handed_in_comes_back_after_a_restart() {
    let dir = folder();
    let opened = open(dir.path());
    assert_eq!((opened.snapshot, opened.findings), (Snapshot::default(), vec![]));
    opened.store.apply_now(office()).expect("saved");
    drop(opened.store);

    let Opened { store, snapshot, findings, .. } = open(dir.path());
    assert_eq!(findings, vec![]);
    assert_eq!(snapshot.office.settings.name, "Rossi & Figli");
    assert_eq!(snapshot.office.extensions.get(&number("100")), Some(&extension("100")));
    assert_eq!(snapshot.office.devices.get(&DeviceId(2)), Some(&device(2)));
    assert_eq!(snapshot.logins, vec![login(1, "100", 1)]);
    assert_eq!(snapshot.bindings, vec![binding(1, 5060)]);
    assert_eq!((snapshot.last_device, snapshot.last_login), (2, 1));
    assert_eq!((snapshot.last_call, snapshot.last_screen_name), (2, 2));
    assert_eq!(store.call_records(10, None), Ok(vec![call(1)]));
    assert_eq!(store.emergencies(10), Ok(vec![notice(2)]));
}

#[test]
fn a_change_is_acknowledged_when_it_is_on_the_disc() {
    let dir = folder();
    let Opened { store, mut acks, .. } = open(dir.path());
    for (number, change) in (1..).zip(office()) {
        store.submit(number, change).expect("taken");
    }
    wait_for_ack(&mut acks, 9);
    store.submit(10, Change::LoggedOut(LoginId(1), LogoutReason::Code)).expect("taken");
    wait_for_ack(&mut acks, 10);
}
