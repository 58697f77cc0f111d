//! What is handed in is kept: durably, in bounds, without a trace of secrets, and with nothing written while idle.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use super::*;

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

#[test]
fn the_store_is_closed_to_others_and_to_a_second_process() {
    let dir = folder();
    let data = dir.path().join("deep/down");
    let opened = open(&data);
    let refused = Store::open(&data, settings()).expect_err("it is in use");
    assert!(matches!(refused, OpenError::InUse { .. }));
    assert!(refused.to_string().contains("another Perch is running on"), "{refused}");
    opened.store.apply_now(office()).expect("saved");
    for path in files(&data) {
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert!(mode & 0o077 == 0, "{path:?} is open to others");
    }
    for closed in [data.clone(), data.join("store")] {
        assert_eq!(fs::metadata(closed).expect("metadata").permissions().mode() & 0o777, 0o700);
    }
    drop(opened.store);
    open(&data);
}

#[test]
fn no_secret_lies_in_the_open_in_any_file() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store.apply_now(office()).expect("saved");
    store.web().put("password", b"page-not-for-the-disc").expect("kept");
    store.export_now().expect("exported");
    drop(store);
    for path in files(dir.path()) {
        let content = fs::read(&path).expect("read");
        for secret in ["40717", "not-for-the-disc"] {
            let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} lies in the open in {path:?}");
        }
    }
}

#[test]
fn an_idle_store_writes_nothing() {
    let dir = folder();
    let Opened { store, mut acks, .. } = open(dir.path());
    for (number, change) in (1..).zip(office()) {
        store.submit(number, change).expect("taken");
    }
    wait_for_ack(&mut acks, 9);
    store.export_now().expect("exported");
    let before = traces(dir.path());
    // A refreshed registration, an office file applied twice: the same facts again.
    store.apply_now(office()).expect("nothing to do");
    store.submit(10, Change::Bound(binding(1, 5060))).expect("taken");
    wait_for_ack(&mut acks, 10);
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(traces(dir.path()), before);
}

#[test]
fn a_binding_or_a_call_alone_is_written_at_once_and_a_burst_is_gathered() {
    let dir = folder();
    let slow = StoreSettings { gather: Duration::from_secs(2), ..settings() };
    let Opened { store, mut acks, .. } = Store::open(dir.path(), slow).expect("the store opens");
    let since = Instant::now();
    store.submit(1, Change::Bound(binding(1, 5060))).expect("taken");
    wait_for_ack(&mut acks, 1);
    assert!(since.elapsed() < Duration::from_secs(1), "the first waits for nothing");
    store.submit(2, Change::Call(call(1))).expect("taken");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(acks.try_next(), None, "the next waits for more of its kind");
    store.submit(3, Change::Bound(binding(1, 5062))).expect("taken");
    store.submit(4, Change::LoggedOut(LoginId(1), LogoutReason::Code)).expect("taken");
    wait_for_ack(&mut acks, 4);
    assert!(since.elapsed() < Duration::from_millis(1900), "what cannot wait takes it along");
}

#[test]
fn a_thousand_phones_that_register_at_once_cost_a_few_writes() {
    let dir = folder();
    let Opened { store, mut acks, .. } = open(dir.path());
    let (mut written, mut last, mut handed_in) = (0, 0, 0);
    let since = Instant::now();
    while last < 1000 {
        if handed_in < 1000 {
            handed_in += 1;
            let bound = Change::Bound(binding(u32::from(handed_in), handed_in));
            store.submit(handed_in.into(), bound).expect("taken");
        }
        std::thread::sleep(Duration::from_micros(500));
        if let Some(Ack::Saved { through }) = acks.try_next() {
            (written, last) = (written + 1, through);
        }
    }
    let most = 2 + since.elapsed().as_millis() / settings().gather.as_millis();
    assert!(written <= most, "{written} writes in {:?}", since.elapsed());
    drop(store);
    assert_eq!(open(dir.path()).snapshot.bindings.len(), 1000);
}

#[test]
fn strangers_who_ask_for_files_cost_a_write_every_few_seconds() {
    let dir = folder();
    let Opened { store, mut acks, .. } = open(dir.path());
    let seen = |n: u32| Change::DeviceSeen(Box::new(device(n)));
    store.submit(1, seen(1)).expect("taken");
    wait_for_ack(&mut acks, 1);
    let before = traces(dir.path());
    for n in 2..=300 {
        store
            .submit_together(vec![
                (2 * u64::from(n), Change::DeviceForgotten(DeviceId(n - 1))),
                (2 * u64::from(n) + 1, seen(n)),
            ])
            .expect("taken");
    }
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(traces(dir.path()), before, "they are not worth a write each");
    store.submit(700, Change::Settings(office_settings())).expect("taken");
    wait_for_ack(&mut acks, 700);
    drop(store);
    let Opened { snapshot, .. } = open(dir.path());
    assert_eq!(snapshot.office.devices.keys().copied().collect::<Vec<_>>(), [DeviceId(300)]);
    assert_eq!(snapshot.last_device, 300, "no number is given twice");
}

#[test]
fn an_office_larger_than_the_queue_is_taken_whole() {
    let dir = folder();
    let narrow = StoreSettings { queue: 10, ..settings() };
    let Opened { store, mut acks, .. } = Store::open(dir.path(), narrow).expect("the store opens");
    let devices = (1..=500).map(|id| (u64::from(id), Change::Device(Box::new(device(id)))));
    store.submit_together(devices.collect()).expect("taken whole");
    wait_for_ack(&mut acks, 500);
    drop(store);
    assert_eq!(open(dir.path()).snapshot.office.devices.len(), 500);
}

#[test]
fn numbers_never_go_back_even_when_what_had_them_is_gone() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store
        .apply_now(vec![Change::Device(Box::new(device(41))), Change::Bound(binding(41, 5060))])
        .expect("saved");
    store.apply_now(vec![Change::LoggedIn(login(9, "100", 41)), Change::Call(call(77))]).expect("saved");
    store
        .apply_now(vec![
            Change::LoggedOut(LoginId(9), LogoutReason::DeviceRemoved),
            Change::DeviceRemoved(DeviceId(41)),
        ])
        .expect("saved");
    drop(store);
    let Opened { snapshot, .. } = open(dir.path());
    let numbers = (snapshot.last_device, snapshot.last_login, snapshot.last_call, snapshot.last_screen_name);
    assert_eq!(numbers, (41, 9, 77, 41));
    assert_eq!((snapshot.office.devices.len(), snapshot.logins.len()), (0, 0));
    assert_eq!(snapshot.bindings, vec![], "a removed device takes its bindings along");
}

#[test]
fn records_of_calls_and_emergencies_stay_in_their_bounds() {
    let dir = folder();
    let bounded = StoreSettings {
        call_records: 32,
        call_age: Some(SignedDuration::from_mins(10)),
        notices: 5,
        ..settings()
    };
    let Opened { store, .. } = Store::open(dir.path(), bounded).expect("the store opens");
    for id in 1..=8 {
        store.apply_now(vec![Change::Call(call(id)), Change::Emergency(notice(id))]).expect("saved");
    }
    let kept: Vec<_> = store.emergencies(50).expect("read").iter().map(|notice| notice.call.0).collect();
    assert_eq!(kept, [8, 7, 6, 5, 4]);
    store
        .apply_now((9..=40).map(|id| Change::Call(CallRecord { started: None, ..call(id) })).collect())
        .expect("saved");
    assert_eq!(ids(&store, 100, None), (16..=40).rev().collect::<Vec<_>>(), "two pages of sixteen");
    store.apply_now((41..=47).map(|id| Change::Call(call(id))).collect()).expect("saved");
    store.apply_now(vec![Change::Call(call(57))]).expect("saved");
    assert_eq!(ids(&store, 100, None).last(), Some(&32), "47 began ten minutes before 57: no more than that");
    store.apply_now(vec![Change::Call(call(58))]).expect("saved");
    assert_eq!(ids(&store, 100, None), [58, 57], "47 is too old now, and so is all before it");
}

#[test]
fn call_records_are_read_page_by_page_newest_first() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store.apply_now((1..=300).map(|id| Change::Call(call(id))).collect()).expect("saved");
    assert_eq!(ids(&store, 3, None), [300, 299, 298]);
    assert_eq!(ids(&store, 3, Some(256)), [255, 254, 253]);
    assert_eq!(ids(&store, 3, Some(2)), [1]);
    assert_eq!(ids(&store, 3, Some(1)), [0u64; 0]);
}

#[test]
fn what_the_page_keeps_is_there_after_a_restart() {
    let dir = folder();
    let keep = open(dir.path()).store.web();
    keep.put("token/1", b"hash of one").expect("kept");
    keep.put("token/2", b"hash of two").expect("kept");
    keep.put("password", b"hash").expect("kept");
    keep.remove("token/1").expect("forgotten");
    keep.remove("never there").expect("no error");
    assert!(matches!(keep.put("large", &[0; 5000]), Err(SaveError::TooLarge)));
    drop(keep);
    let keep = open(dir.path()).store.web();
    assert_eq!(keep.names("token/").expect("read"), ["token/2"]);
    assert_eq!(keep.names("").expect("read"), ["password", "token/2"]);
    assert_eq!(keep.get("password").expect("read").as_deref().map(Vec::as_slice), Some(&b"hash"[..]));
    assert!(keep.get("token/1").expect("read").is_none());
}

#[test]
fn a_full_queue_says_so_and_a_closed_store_too() {
    let dir = folder();
    let narrow = StoreSettings { queue: 10, gather: Duration::from_secs(60), ..settings() };
    let Opened { store, .. } = Store::open(dir.path(), narrow).expect("the store opens");
    let bound = |port| store.submit(u64::from(port), Change::Bound(binding(1, port)));
    let refused = (1..=1000).find(|port| bound(*port).is_err());
    assert!(refused.is_some(), "a thousand do not fit");
    store.flush_and_close(Duration::from_secs(5)).expect("closed");
    assert_eq!(bound(1001), Err(SubmitError::Closed));
    assert!(matches!(store.apply_now(office()), Err(SaveError::Closed)));
    assert_eq!(store.call_records(1, None), Err(ReadError));
    let accepted = refused.unwrap_or_default() - 1;
    assert!(open(dir.path()).snapshot.bindings.len() >= usize::from(accepted));
}

#[test]
fn a_wipe_takes_everything_and_one_that_was_cut_short_is_finished() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store.apply_now(office()).expect("saved");
    store.export_now().expect("exported");
    fs::write(dir.path().join("of-another-room"), b"stays").expect("written");
    assert!(matches!(Store::wipe(dir.path()), Err(OpenError::InUse { .. })));
    drop(store);
    Store::wipe(dir.path()).expect("wiped");
    let left: Vec<_> =
        files(dir.path()).iter().filter_map(|path| path.file_name()).map(PathBuf::from).collect();
    assert_eq!(left, [PathBuf::from("lock"), PathBuf::from("of-another-room")]);

    open(dir.path()).store.apply_now(office()).expect("saved");
    // The power goes after the flag is down: the key is there, or not, and the rest is.
    fs::write(dir.path().join("wiping"), b"").expect("written");
    let Opened { snapshot, findings, .. } = open(dir.path());
    assert_eq!((snapshot, findings), (Snapshot::default(), vec![]));
}

#[test]
fn an_extension_keeps_all_its_keys_and_forgets_those_taken_away() {
    let dir = folder();
    let key = |n: u32| KeyWish::Speed { number: n.to_string(), label: "k".repeat(64) };
    let with = |count| Extension { keys: (0..count).map(key).collect(), ..extension("100") };
    for count in [200, 20, 16, 17, 0, 33] {
        let Opened { store, .. } = open(dir.path());
        store.apply_now(vec![Change::Extension(with(count))]).expect("saved");
        drop(store);
        assert_eq!(open(dir.path()).snapshot.office.extensions.get(&number("100")), Some(&with(count)));
    }
    open(dir.path()).store.apply_now(vec![Change::ExtensionRemoved(number("100"))]).expect("saved");
    open(dir.path()).store.apply_now(vec![Change::Extension(with(0))]).expect("saved");
    assert_eq!(open(dir.path()).snapshot.office.extensions.get(&number("100")), Some(&with(0)));
}

#[test]
fn the_largest_records_stay_within_the_engines_log() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let long = |kind: char, length| kind.to_string().repeat(length);
    for n in 1..=60u16 {
        let party = Party { extension: None, name: long('é', 9000), device: None };
        let keys = vec![KeyWish::Speed { number: "1".into(), label: long('k', 64) }; 200];
        let digits = (100 + n).to_string();
        let changes = vec![
            Change::Extension(Extension { name: long('x', 4600), keys, ..extension(&digits) }),
            Change::Bound(Binding { call_id: long('b', 4000), ..binding(1, n) }),
            Change::Call(CallRecord { caller: party, dialled: long('9', 9000), ..call(n.into()) }),
        ];
        store.apply_now(changes).expect("saved");
        store.web().put(&digits, long('w', 4096).as_bytes()).expect("kept");
    }
    let kept = store.call_records(1, None).expect("read");
    assert_eq!(kept[0].caller.name, long('é', 64), "free texts are cut short");
    let too_large = Change::Bound(Binding { contact: long('c', 6000), ..binding(1, 1) });
    assert_eq!(store.submit(1, too_large.clone()), Err(SubmitError::TooLarge));
    assert!(matches!(store.apply_now(vec![too_large]), Err(SaveError::TooLarge)));
    assert_eq!(files(&dir.path().join("store/blobs")), Vec::<PathBuf>::new());
    drop(store);
    assert_eq!(open(dir.path()).snapshot.office.extensions.len(), 60);
}

#[test]
fn many_writers_at_once_share_few_flushes() {
    let dir = folder();
    let Opened { store, mut acks, .. } = open(dir.path());
    // Numbers rise, whoever writes: an acknowledgement speaks for all before it.
    let last = std::sync::Mutex::new(0_u64);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let mut last = last.lock().expect("no panic");
                    *last += 1;
                    store.submit(*last, Change::Call(call(*last))).expect("taken");
                }
            });
        }
    });
    wait_for_ack(&mut acks, 400);
    assert_eq!(ids(&store, 1000, None).len(), 400);
}

fn ids(store: &Store, limit: usize, before: Option<u64>) -> Vec<u64> {
    let records = store.call_records(limit, before.map(CallId)).expect("read");
    records.iter().map(|record| record.id.0).collect()
}

/// Every file below `dir`, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        match entry.path().is_dir() {
            true => files.extend(self::files(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    files
}

/// What a write would change, by file.
fn traces(dir: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let trace = |path: PathBuf| {
        let found = fs::metadata(&path).expect("metadata");
        (path, (found.len(), found.mtime(), found.mtime_nsec()))
    };
    files(dir).into_iter().map(trace).collect()
}

#[test]
fn b14_the_journal_comes_back_newest_first_and_goes_on_where_it_was() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store.apply_now((1..=40).map(|number| Change::Audit(audit(number))).collect()).expect("saved");
    drop(store);
    let Opened { store, snapshot, .. } = open(dir.path());
    assert_eq!(snapshot.last_audit, 40);
    store.apply_now(vec![Change::Audit(audit(41))]).expect("saved");
    let numbers = |limit, before, fits: &dyn Fn(&AuditEntry) -> bool| -> Vec<u64> {
        let entries = store.audit(limit, before, fits).expect("read");
        entries.into_iter().map(|entry| entry.number).collect()
    };
    assert_eq!(numbers(3, None, &|_| true), [41, 40, 39]);
    assert_eq!(numbers(2, Some(33), &|_| true), [32, 31]);
    assert_eq!(numbers(100, None, &|entry| entry.number % 20 == 0), [40, 20]);
    assert_eq!(store.audit(1, Some(2), &|_| true), Ok(vec![audit(1)]));
}

#[test]
fn b14_every_kind_of_entry_comes_back_as_it_was() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let facts = facts_of_every_kind().into_iter().zip(1..);
    let entries: Vec<_> = facts.map(|(what, number)| AuditEntry { what, ..audit(number) }).collect();
    store.apply_now(entries.iter().cloned().map(Change::Audit).collect()).expect("saved");
    let mut found = store.audit(100, None, &|_| true).expect("read");
    found.reverse();
    assert_eq!(found, entries);
}

#[test]
fn b14_of_a_long_journal_the_newest_entries_are_kept() {
    let dir = folder();
    let few = StoreSettings { audit_entries: 64, ..settings() };
    let Opened { store, .. } = Store::open(dir.path(), few).expect("the store opens");
    for number in 1..=200 {
        store.apply_now(vec![Change::Audit(audit(number))]).expect("saved");
    }
    let kept = store.audit(1000, None, &|_| true).expect("read");
    assert_eq!(kept.first().map(|entry| entry.number), Some(200));
    assert!((49..=64).contains(&kept.len()), "{} entries", kept.len());
}

#[test]
fn b14_old_entries_go_when_they_are_older_than_the_office_says() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let days = |audit_days| Change::Settings(OfficeSettings { audit_days, ..office_settings() });
    // An entry an hour: 200 are eight days and a third.
    store.apply_now((1..=200).map(|number| Change::Audit(audit(number))).collect()).expect("saved");
    store.apply_now(vec![days(2), Change::Audit(audit(201))]).expect("saved");
    let oldest =
        |store: &Store| store.audit(1000, None, &|_| true).expect("read").last().map(|one| one.number);
    let limit = 201 - 48;
    assert!(
        oldest(&store).is_some_and(|oldest| (limit - 16..=limit).contains(&oldest)),
        "{:?}",
        oldest(&store)
    );
    drop(store);
    // What the office says is known after a restart too.
    let Opened { store, .. } = open(dir.path());
    store.apply_now((202..280).map(|number| Change::Audit(audit(number))).collect()).expect("saved");
    store.apply_now(vec![Change::Audit(audit(280))]).expect("saved");
    let limit = 280 - 48;
    assert!(
        oldest(&store).is_some_and(|oldest| (limit - 16..=limit).contains(&oldest)),
        "{:?}",
        oldest(&store)
    );
}

/// Promises: B13.
#[test]
fn what_somebody_is_to_be_told_comes_back_until_it_is_told() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let to_tell = |user: &str, why| Change::ToTell(number(user), why);
    let changes = [to_tell("100", LogoutReason::Displaced), to_tell("101", LogoutReason::Api)];
    store.apply_now([&changes[..], &[to_tell("100", LogoutReason::Clock)]].concat()).expect("saved");
    drop(store);
    let Opened { store, snapshot, .. } = open(dir.path());
    let all = [(number("100"), LogoutReason::Clock), (number("101"), LogoutReason::Api)];
    assert_eq!(snapshot.to_tell, all.into());
    store.apply_now(vec![Change::Told(number("100"))]).expect("saved");
    drop(store);
    assert_eq!(open(dir.path()).snapshot.to_tell, [(number("101"), LogoutReason::Api)].into());
}

/// Promises: B12.
#[test]
fn how_many_messages_wait_comes_back_until_none_do() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let wait = |user: &str, new| Change::Messages(number(user), Messages { new, old: 0 });
    store.apply_now(vec![wait("100", 2), wait("101", 5), wait("100", 3)]).expect("saved");
    drop(store);
    let Opened { store, snapshot, .. } = open(dir.path());
    let all = [(number("100"), Messages { new: 3, old: 0 }), (number("101"), Messages { new: 5, old: 0 })];
    assert_eq!(snapshot.messages, all.into());
    store.apply_now(vec![wait("100", 0)]).expect("saved");
    drop(store);
    assert_eq!(open(dir.path()).snapshot.messages, [(number("101"), Messages { new: 5, old: 0 })].into());
}

#[test]
fn b9_what_wrong_pins_have_closed_comes_back_until_it_is_opened() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    let address = At::Address([192, 0, 2, 7].into()).locked();
    let all = [Locked::Extension(number("100")), Locked::Device(DeviceId(1)), address.clone()];
    let closed = all.clone().map(|locked| Change::LoginsClosed(kept_lockout(locked)));
    store.apply_now(closed.to_vec()).expect("saved");
    drop(store);
    let Opened { store, snapshot, .. } = open(dir.path());
    let mut found = snapshot.lockouts;
    found.sort_by(|one, other| one.locked.cmp(&other.locked));
    assert_eq!(found, all.map(kept_lockout));
    store
        .apply_now(vec![Change::LoginsOpened(address), Change::LoginsOpened(Locked::Device(DeviceId(1)))])
        .expect("saved");
    drop(store);
    assert_eq!(open(dir.path()).snapshot.lockouts, [kept_lockout(Locked::Extension(number("100")))]);
}
