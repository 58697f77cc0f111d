//! Records: the form in which model values lie on the disc.
//!
//! A record has a key (one letter for its kind, then what it is about) and a value: version, batch number, CRC-32 over all
//! of it, body. The body is postcard, or JSON where the product grows (settings, extensions, devices, the
//! journal); where it holds a secret it is sealed, bound to the key. Model types that hold a
//! secret have no serde, so they have a form of their own (`form`); the others are written as they are, and a test holds
//! their bytes: who changes one raises its kind's version and keeps a reader for the old.
//!
//! Not here: what a record is found by (`key`), where records lie (`database`, `export`).

mod key;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::form::v1::{DeviceV1, ExtensionV1, SettingsV1};
use super::form::{DeviceForm, ExtensionForm, SettingsForm, SettingsPart};
use super::seal::BoxKey;
use crate::model::{
    AuditEntry, CallId, CallRecord, Change, Device, DeviceId, EmergencyFate, EmergencyNotice, EmergencyRoute,
    Extension, ExtensionNumber, KeyWish, Login, Messages, OfficeSettings, Snapshot, TenantId,
};
pub(super) use key::{Key, Kind};

/// A record's body before it is sealed; wiped when it goes, because it may hold a secret.
pub(super) type Body = Zeroizing<Vec<u8>>;

/// One step on the way to the disc.
#[derive(Debug)]
pub(super) enum Step {
    /// Write this record.
    Put(Key, Body),
    /// Remove this record.
    Remove(Key),
    /// Remove every record whose key begins so.
    RemoveAll(Key),
    /// Add this call to its page.
    Call(CallRecord),
    /// Add this entry to its page of the journal.
    Audit(AuditEntry),
}

/// The steps that write `change` down.
pub(super) fn steps(change: Change) -> Vec<Step> {
    match change {
        Change::Settings(settings) => settings_steps(&TenantId::FIRST, &settings),
        Change::Tenant(tenant, settings) => settings_steps(&tenant, &settings),
        Change::TenantRemoved(tenant) => {
            vec![Step::Remove(Key::settings(&tenant)), Step::RemoveAll(Key::parts(&tenant))]
        }
        Change::Extension(extension) => extension_steps(&extension),
        Change::ExtensionRemoved(number) => {
            vec![Step::Remove(Key::extension(&number)), Step::RemoveAll(Key::keys(&number))]
        }
        Change::Device(device) | Change::DeviceSeen(device) => {
            vec![Step::Put(Key::device(device.id), open_body(&DeviceForm::from(device.as_ref())))]
        }
        Change::DeviceRemoved(id) | Change::DeviceForgotten(id) => {
            vec![Step::Remove(Key::device(id)), Step::RemoveAll(Key::bindings(id))]
        }
        Change::LoggedIn(login) => {
            vec![Step::Put(Key::login(login.id), body(&Login { saved: true, ..login }))]
        }
        Change::LoggedOut(id, _) => vec![Step::Remove(Key::login(id))],
        Change::Bound(binding) => {
            vec![Step::Put(Key::binding(binding.device, &binding.contact), body(&binding))]
        }
        Change::Unbound { device, contact } => vec![Step::Remove(Key::binding(device, &contact))],
        Change::Call(record) => vec![Step::Call(record)],
        Change::Emergency(notice) => vec![Step::Put(Key::emergency(notice.call), body(&notice))],
        Change::LoginsClosed(kept) => vec![Step::Put(Key::lockout(&kept.locked), open_body(&kept))],
        Change::LoginsOpened(locked) => vec![Step::Remove(Key::lockout(&locked))],
        Change::ToTell(user, why) => vec![Step::Put(Key::to_tell(&user), open_body(&(&user, why)))],
        Change::Told(user) => vec![Step::Remove(Key::to_tell(&user))],
        Change::Messages(user, none) if none == Messages::default() => {
            vec![Step::Remove(Key::messages(&user))]
        }
        Change::Messages(user, some) => vec![Step::Put(Key::messages(&user), open_body(&(&user, some)))],
        Change::Audit(entry) => vec![Step::Audit(entry)],
    }
}

/// A tenant's settings, and apart from them what there may be much of.
fn settings_steps(tenant: &TenantId, settings: &OfficeSettings) -> Vec<Step> {
    let (form, parts) = SettingsForm::of(settings);
    let mut steps =
        vec![Step::Put(Key::settings(tenant), open_body(&form)), Step::RemoveAll(Key::parts(tenant))];
    for (number, part) in (0..=u16::MAX).zip(parts) {
        steps.push(Step::Put(Key::part(tenant, number), open_body(&part)));
    }
    steps
}

/// An extension and its keys apart, because there may be many.
fn extension_steps(extension: &Extension) -> Vec<Step> {
    let number = &extension.number;
    let mut steps = vec![
        Step::Put(Key::extension(number), open_body(&ExtensionForm::from(extension))),
        Step::RemoveAll(Key::keys(number)),
    ];
    for (part, keys) in (0..=u8::MAX).zip(extension.keys.chunks(KEYS_TOGETHER)) {
        steps.push(Step::Put(Key::part_of_keys(number, part), body(&keys)));
    }
    steps
}

/// Whether a change is of a size that its records may have. The engine puts sixteen records and a few onto a page, and a
/// page past a quarter of its segments (128 kB) into a file of its own, which it neither syncs nor always finds again.
pub(super) fn fits(change: &Change) -> bool {
    let steps = steps(change.clone());
    let keys_fit = !matches!(change, Change::Extension(Extension { keys, .. }) if keys.len() > MOST_KEYS);
    keys_fit && steps.iter().all(|step| !matches!(step, Step::Put(_, body) if body.len() > LARGEST_BODY))
}

/// The body of the check record.
pub(super) const CHECK_WORD: &[u8] = b"perch";

fn body(value: &impl Serialize) -> Body {
    Zeroizing::new(
        postcard::to_allocvec(value).expect("these types have a known length and no writer to fail"),
    )
}

/// The body of a kind that grows with the product: JSON, in which what is new may be missing.
fn open_body(value: &impl Serialize) -> Body {
    Zeroizing::new(serde_json::to_vec(value).expect("these types have text for keys and no writer to fail"))
}

/// Why a record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its checksum or its form is wrong.
    Damaged,
    /// It is whole, but sealed under another key.
    Sealed,
    /// A newer version of this program wrote it.
    TooNew,
}

/// A record's value taken apart.
#[derive(Debug)]
pub(super) struct Value {
    version: u8,
    /// Its checksum.
    pub crc: u32,
    /// Its body, opened.
    pub body: Body,
}

impl Value {
    /// A body that has not been written yet.
    pub fn fresh(kind: Kind, body: Body) -> Self {
        Self { version: kind.version(), crc: 0, body }
    }
}

/// Builds the value of a record, sealed where its kind asks for it, and gives its checksum.
pub(super) fn wrap(
    key: &Key,
    body: &[u8],
    sequence: u64,
    box_key: &BoxKey,
) -> std::io::Result<(Vec<u8>, u32)> {
    let kind = key.kind();
    let mut value = vec![kind.version()];
    value.extend_from_slice(&sequence.to_le_bytes());
    value.extend_from_slice(&[0; 4]);
    match kind.is_sealed(kind.version()) {
        true => value.extend_from_slice(&box_key.seal(body, &bound_to(key, kind.version()))?),
        false => value.extend_from_slice(body),
    }
    let crc = checksum(key.as_bytes(), &value);
    value[CRC].copy_from_slice(&crc.to_le_bytes());
    Ok((value, crc))
}

/// Reads the batch number and the checksum of a value, having checked the latter; a bounded, keyless look.
pub(super) fn check(key: &Key, value: &[u8]) -> Result<(u64, u32), Fault> {
    let sequence = value.get(SEQUENCE).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    let crc = value.get(CRC).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let (Some(sequence), Some(crc)) = (sequence, crc) else { return Err(Fault::Damaged) };
    match value[0] {
        _ if crc != checksum(key.as_bytes(), value) => Err(Fault::Damaged),
        0 => Err(Fault::Damaged),
        version if version > key.kind().version() => Err(Fault::TooNew),
        _ => Ok((sequence, crc)),
    }
}

/// Takes a value apart, opening what is sealed.
pub(super) fn unwrap(key: &Key, value: &[u8], box_key: &BoxKey) -> Result<Value, Fault> {
    let (_, crc) = check(key, value)?;
    let version = value[0];
    let body = match key.kind().is_sealed(version) {
        true => box_key.open(&value[HEAD..], &bound_to(key, version)).ok_or(Fault::Sealed)?,
        false => Zeroizing::new(value[HEAD..].to_vec()),
    };
    Ok(Value { version, crc, body })
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key);
    crc.update(&value[..CRC.start]);
    crc.update(&value[CRC.end..]);
    crc.finalize()
}

fn bound_to(key: &Key, version: u8) -> Vec<u8> {
    [key.as_bytes(), &[version]].concat()
}

/// How many keys of an extension make one record.
const KEYS_TOGETHER: usize = 16;
/// How many keys an extension has at most.
const MOST_KEYS: usize = KEYS_TOGETHER * 256;
/// Bytes in the largest body.
const LARGEST_BODY: usize = 5000;
const SEQUENCE: std::ops::Range<usize> = 1..9;
const CRC: std::ops::Range<usize> = 9..13;
const HEAD: usize = 13;

/// Adds a record to the snapshot a start is given; kinds that are read on demand are passed over.
pub(super) fn restore(key: &Key, value: &Value, into: &mut Snapshot) -> Result<(), Fault> {
    match key.kind() {
        Kind::KeyCheck | Kind::Call | Kind::Emergency | Kind::Web => {}
        Kind::Settings if value.version == 1 => into.office.settings = read::<SettingsV1>(value)?.into(),
        Kind::Settings => into.office.settings = read_open::<SettingsForm>(value)?.into(),
        Kind::Tenant => {
            let tenant = key.tenant().ok_or(Fault::Damaged)?;
            into.office.others.insert(tenant, read_open::<SettingsForm>(value)?.into());
        }
        Kind::Part => {
            let tenant = key.tenant().ok_or(Fault::Damaged)?;
            let part = read_open::<SettingsPart>(value)?;
            match into.office.others.get_mut(&tenant) {
                Some(settings) => part.put_into(settings),
                None if tenant.is_first() => part.put_into(&mut into.office.settings),
                None => {}
            }
        }
        Kind::Extension => {
            let extension = match value.version {
                1 => read::<ExtensionV1>(value)?.into(),
                _ => Extension::from(read_open::<ExtensionForm>(value)?),
            };
            into.office.extensions.insert(extension.number.clone(), extension);
        }
        Kind::Keys => {
            let owner = key.owner_of_keys().ok_or(Fault::Damaged)?;
            if let Some(extension) = into.office.extensions.get_mut(&owner) {
                extension.keys.extend(read::<Vec<KeyWish>>(value)?);
            }
        }
        Kind::Device => {
            let device = match value.version {
                1 => read::<DeviceV1>(value)?.into(),
                _ => Device::from(read_open::<DeviceForm>(value)?),
            };
            into.office.devices.insert(device.id, device);
        }
        Kind::Lockout => into.lockouts.push(read_open(value)?),
        Kind::ToTell => {
            let (user, why) = read_open(value)?;
            into.to_tell.insert(user, why);
        }
        Kind::Messages => {
            let (user, some) = read_open(value)?;
            into.messages.insert(user, some);
        }
        Kind::Audit => {
            let last = audits(value)?.last().map_or(0, |entry| entry.number);
            into.last_audit = into.last_audit.max(last);
        }
        Kind::Login => into.logins.push(read(value)?),
        Kind::Binding => into.bindings.push(read(value)?),
    }
    Ok(())
}

/// Reads a page of call records.
pub(super) fn calls(page: &Value) -> Result<Vec<CallRecord>, Fault> {
    read(page)
}

/// The body of a page of call records.
pub(super) fn calls_body(calls: &[CallRecord]) -> Body {
    body(&calls)
}

/// Reads a page of the journal.
pub(super) fn audits(page: &Value) -> Result<Vec<AuditEntry>, Fault> {
    read_open(page)
}

/// The body of a page of the journal.
pub(super) fn audits_body(entries: &[AuditEntry]) -> Body {
    open_body(&entries)
}

/// Reads an emergency notice. Those of version 1 do not say what became of the call; they were written when it was sent.
pub(super) fn emergency(value: &Value) -> Result<EmergencyNotice, Fault> {
    #[derive(Deserialize)]
    struct First(CallId, Option<Timestamp>, DeviceId, Option<ExtensionNumber>, String, EmergencyRoute);

    let damaged = |_| Fault::Damaged;
    if value.version != 1 {
        return postcard::from_bytes(&value.body).map_err(damaged);
    }
    let First(call, at, device, extension, number, outcome) =
        postcard::from_bytes(&value.body).map_err(damaged)?;
    let fate = match outcome {
        EmergencyRoute::NoOutsideLine => EmergencyFate::Unanswered,
        EmergencyRoute::Trunk | EmergencyRoute::Extension(_) => EmergencyFate::Answered,
    };
    Ok(EmergencyNotice { call, at, device, extension, number, outcome, fate })
}

fn read_open<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, Fault> {
    serde_json::from_slice(&value.body).map_err(|_| Fault::Damaged)
}

/// Every other form today is of version 1; a second one adds its arm here, by kind.
fn read<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, Fault> {
    match value.version {
        1 => postcard::from_bytes(&value.body).map_err(|_| Fault::Damaged),
        _ => Err(Fault::TooNew),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::seal::BoxKey;
    use crate::store::tests::{call, changes_of_every_kind};

    fn box_key() -> BoxKey {
        let dir = tempfile::tempdir().expect("a temporary folder");
        BoxKey::create(&dir.path().join("box.key")).expect("a key")
    }

    /// Whoever makes this test fail has changed the stored form of a model type. Boxes out there hold the old form: raise
    /// the version of its kind, keep a reader for the old one, and add the new form here.
    #[test]
    fn the_bodies_are_what_boxes_out_there_hold() {
        let mut bodies = String::new();
        for change in changes_of_every_kind() {
            for step in steps(change) {
                match step {
                    Step::Put(key, body) => bodies.push_str(&format!("{:?} {}\n", key.kind(), hex(&body))),
                    Step::Call(call) => bodies.push_str(&format!("Call {}\n", hex(&calls_body(&[call])))),
                    Step::Audit(entry) => {
                        bodies.push_str(&format!("Audit {}\n", hex(&audits_body(&[entry]))));
                    }
                    Step::Remove(_) | Step::RemoveAll(_) => {}
                }
            }
        }
        bodies.push_str(&format!("variants {}\n", hex(&body(&every_variant()))));
        insta::assert_snapshot!("bodies", bodies);
    }

    /// As boxes wrote it before a notice said what had become of the call.
    #[test]
    fn an_emergency_of_version_1_is_read() {
        for (hex, outcome, fate) in [
            ("0200026431000331313200", EmergencyRoute::Trunk, EmergencyFate::Answered),
            ("0200026431000331313202", EmergencyRoute::NoOutsideLine, EmergencyFate::Unanswered),
        ] {
            let notice = emergency(&Value { version: 1, crc: 0, body: bytes(hex) }).expect("read");
            assert_eq!((notice.number.as_str(), notice.outcome, notice.fate), ("112", outcome, fate));
        }
        let cut = Value { version: 1, crc: 0, body: bytes("020002643100033131") };
        assert_eq!(emergency(&cut), Err(Fault::Damaged));
    }

    /// As boxes wrote them before there were tenants, templates and automatic logout.
    #[test]
    fn settings_extensions_and_devices_of_version_1_are_read() {
        let settings = "0d526f7373692026204669676c6901024954010b4575726f70652f526f6d65126f66666963652e70657263682e6c6f63616c\
                        0103313030010f7369702e6578616d706c652e6e6574c427020103000001062a37372a582a0101042a3430300201";
        let extension = "033130300855736572203130300101053430373137";
        let device = "026431011130303a30343a31333a30303a30303a303100010109736e6f6d2d6437383501010100c0a80107000103033131300\
                      00464312d33106e6f742d666f722d7468652d64697363011475726c2d6e6f742d666f722d7468652d64697363011570616765\
                      2d6e6f742d666f722d7468652d64697363";
        let mut into = Snapshot::default();
        for (key, hex) in [
            (Key::settings(&TenantId::FIRST), settings),
            (Key::extension(&"100".parse().expect("a number")), extension),
            (Key::device(DeviceId(1)), device),
        ] {
            let value = Value { version: 1, crc: 0, body: bytes(hex) };
            restore(&key, &value, &mut into).expect("read");
        }
        let office = into.office;
        assert_eq!((office.settings.name.as_str(), office.settings.plan.entries.len()), ("Rossi & Figli", 3));
        let ada = office.extensions.values().next().expect("an extension");
        assert!(office.values_of(ada).may_hotdesk() && ada.pin.as_ref().is_some_and(|pin| pin.is("40717")));
        let desk = &office.devices[&DeviceId(1)];
        assert!(desk.is_provisioned() && desk.tenant.is_first() && desk.credentials.len() == 1);
    }

    fn bytes(hex: &str) -> Body {
        let hex: String = hex.split_whitespace().collect();
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
        Zeroizing::new((0..hex.len()).step_by(2).map(digits).collect::<Vec<u8>>())
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The enumerations inside bodies, each in full: a variant in a new place would silently change what is read.
    fn every_variant() -> impl Serialize {
        use crate::model::*;
        (
            [Language::En, Language::It, Language::De, Language::Fr, Language::Es],
            [LoginPolicy::Move, LoginPolicy::Refuse, LoginPolicy::Several],
            [IdleCalls::EmergencyOnly, IdleCalls::Internal, IdleCalls::All],
            (
                [Feature::LoginByOwnExtension, Feature::LoginWithExtension, Feature::Logout],
                [Feature::LoginWithPrompts, Feature::LogoutWithPrompts, Feature::Toggle],
            ),
            (
                [DeviceAdmission::Waiting, DeviceAdmission::Accepted],
                [DeviceAdmission::WaitingAgain, DeviceAdmission::Expected],
            ),
            (
                [LoginMethod::OwnExtension, LoginMethod::Code, LoginMethod::Page, LoginMethod::Api],
                [LoginMethod::Prompts, LoginMethod::PhoneNative],
            ),
            [CallKind::Internal, CallKind::Outside, CallKind::Emergency, CallKind::Voice],
            (
                [CallOutcome::Answered, CallOutcome::Cancelled, CallOutcome::NotAnswered],
                [CallOutcome::Busy, CallOutcome::Failed],
                [DeviceMode::Unassigned, DeviceMode::HotDesk],
                [EmergencyRoute::Trunk, EmergencyRoute::NoOutsideLine],
                [EmergencyFate::UnderWay, EmergencyFate::Answered, EmergencyFate::Unanswered],
            ),
        )
    }

    #[test]
    fn a_record_moved_to_another_key_or_changed_in_a_bit_is_damaged() {
        let box_key = box_key();
        let (key, body) = (Key::call_page(7), calls_body(&[call(7 * 16)]));
        let (value, crc) = wrap(&key, &body, 3, &box_key).expect("wrapped");
        assert_eq!(check(&key, &value), Ok((3, crc)));
        assert_eq!(check(&Key::call_page(8), &value), Err(Fault::Damaged));
        for bit in 0..value.len() * 8 {
            let mut wrong = value.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&key, &wrong), Err(Fault::Damaged));
        }
        for length in 0..value.len() {
            assert_eq!(check(&key, &value[..length]), Err(Fault::Damaged));
        }
    }

    #[test]
    fn a_sealed_record_tells_a_wrong_key_from_damage() {
        let (key, right) = (Key::web("password"), box_key());
        let (value, _) = wrap(&key, b"hash", 1, &right).expect("wrapped");
        assert_eq!(unwrap(&key, &value, &right).expect("opens").body.as_slice(), b"hash");
        assert_eq!(unwrap(&key, &value, &box_key()).err(), Some(Fault::Sealed));
        assert!(!value.windows(4).any(|window| window == b"hash"));
    }

    #[test]
    fn a_record_of_a_newer_version_says_so() {
        let (key, box_key) = (Key::call_page(1), box_key());
        let (mut value, _) = wrap(&key, b"", 1, &box_key).expect("wrapped");
        value[0] += 1;
        let crc = checksum(key.as_bytes(), &value);
        value[CRC].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(check(&key, &value), Err(Fault::TooNew));
    }
}
