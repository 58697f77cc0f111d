//! Damage: whatever has happened to the files, the start succeeds, says what it found, and has what the snapshots had.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::*;

/// An office in a folder: exported, then changed once more, then killed. Copies of it are damaged.
struct Model {
    dir: TempDir,
    exported: Snapshot,
    whole: Snapshot,
}

impl Model {
    fn new() -> Self {
        let dir = folder();
        let Opened { store, .. } = open(dir.path());
        store.apply_now(office()).expect("saved");
        for id in 3..=150 {
            store
                .apply_now(vec![Change::Device(Box::new(device(id))), Change::Call(call(id.into()))])
                .expect("saved");
        }
        store.export_now().expect("exported");
        drop(store);
        let Opened { store, snapshot: exported, .. } = open(dir.path());
        store.apply_now(vec![Change::Extension(extension("102"))]).expect("saved");
        store.apply_now(vec![Change::Call(call(500))]).expect("saved");
        let killed = folder();
        copy_all(dir.path(), killed.path());
        drop(store);
        let Opened { snapshot: whole, .. } = open(dir.path());
        Self { dir: killed, exported, whole }
    }

    /// Opens a copy that `harm` has been done to; gives what the start found and what it has.
    fn after(&self, harm: impl FnOnce(&Path)) -> (TempDir, Opened) {
        let copy = folder();
        copy_all(self.dir.path(), copy.path());
        harm(copy.path());
        let opened = open(copy.path());
        (copy, opened)
    }

    /// Checks that nothing that was exported is missing, and that whatever is missing was said.
    fn holds(&self, opened: &Opened, harm: &str) {
        let (has, is_whole) = (&opened.snapshot, same(&opened.snapshot, &self.whole));
        assert!(is_whole || !opened.findings.is_empty(), "{harm}: something is missing and nothing was said");
        assert!(is_whole || same(has, &self.exported), "{harm}: {:?}", opened.findings);
        let calls = opened.store.call_records(1000, None).expect("calls are read");
        assert!((3..=150).all(|id| calls.contains(&call(id))), "{harm}: an exported call is missing");
        assert!(opened.snapshot.last_device >= 150 && opened.snapshot.last_login >= 1, "{harm}");
    }
}

/// Whether two snapshots say the same, the numbers given apart.
fn same(one: &Snapshot, other: &Snapshot) -> bool {
    (&one.office, &one.logins, &one.bindings) == (&other.office, &other.logins, &other.bindings)
}

#[test]
fn flipped_bits_zeroed_pages_and_short_files_never_stop_a_start() {
    let model = Model::new();
    let mut damaged = 0;
    for seed in 0..12 {
        let (copy, opened) = model.after(|dir| flip_bits(&dir.join("store/db"), seed, 8));
        model.holds(&opened, &format!("eight flipped bits, seed {seed}"));
        damaged += aside(copy.path());
    }
    for seed in 0..6 {
        let (copy, opened) = model.after(|dir| zero_page(&dir.join("store/db"), seed));
        model.holds(&opened, &format!("a zeroed page, seed {seed}"));
        damaged += aside(copy.path());
    }
    for percent in [0, 1, 30, 70, 95] {
        let (copy, opened) = model.after(|dir| cut(&dir.join("store/db"), |length| length * percent / 100));
        model.holds(&opened, &format!("a database cut to {percent} %"));
        damaged += aside(copy.path());
    }
    assert!(damaged > 8, "most of this is damage, and {damaged} copies were set aside");
}

#[test]
fn a_silently_lost_tail_is_noticed() {
    let model = Model::new();
    // The engine pads its file when it opens, so a loss reaches back to the last real bytes.
    let end = last_byte_written(&model.dir.path().join("store/db"));
    for lost in [1, 100, 1000, 5000, 20_000] {
        let (_copy, opened) = model.after(|dir| cut(&dir.join("store/db"), |_| end - lost));
        model.holds(&opened, &format!("{lost} bytes lost at the end"));
        assert!(!opened.findings.is_empty(), "{lost} bytes are missing and nothing was said");
    }
}

#[test]
fn damage_to_the_engines_own_files_or_their_loss_is_repaired_too() {
    let model = Model::new();
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 5] = [
        ("a damaged index", |dir| flip_bits(&index_of(dir), 1, 8)),
        ("an index cut off while it was written", |dir| {
            fs::copy(index_of(dir), dir.join("store/snap.0000000000FFFFFF.generating")).expect("copied");
            cut(&dir.join("store/snap.0000000000FFFFFF.generating"), |length| length / 2);
        }),
        ("an empty configuration", |dir| cut(&dir.join("store/conf"), |_| 0)),
        ("a missing database", |dir| fs::remove_dir_all(dir.join("store")).expect("removed")),
        ("a database that is a folder", |dir| {
            fs::remove_file(dir.join("store/db")).expect("removed");
            fs::create_dir(dir.join("store/db")).expect("made");
        }),
    ];
    for (harm, do_harm) in harms {
        let (_copy, opened) = model.after(do_harm);
        model.holds(&opened, harm);
    }
}

#[test]
fn an_older_database_put_back_by_hand_does_not_win_over_the_snapshot() {
    let model = Model::new();
    let (copy, Opened { store, .. }) = model.after(|_| {});
    store.apply_now(vec![Change::Extension(extension("103"))]).expect("saved");
    store.export_now().expect("exported");
    drop(store);
    fs::remove_dir_all(copy.path().join("store")).expect("removed");
    copy_all(&model.dir.path().join("store"), &copy.path().join("store"));
    let Opened { snapshot, findings, .. } = open(copy.path());
    assert!(snapshot.office.extensions.contains_key(&number("103")));
    assert!(
        matches!(findings[..], [StartFinding::Damaged { .. }, StartFinding::Restored { .. }]),
        "{findings:?}"
    );
}

#[test]
fn the_older_generation_serves_when_the_newest_snapshot_is_damaged() {
    let model = Model::new();
    let (copy, Opened { store, .. }) = model.after(|_| {});
    store.export_now().expect("exported");
    drop(store);
    let harm = |dir: &Path| {
        flip_bits(&dir.join("snapshots/office.snapshot"), 3, 1);
        fs::remove_dir_all(dir.join("store")).expect("removed");
    };
    harm(copy.path());
    let opened = open(copy.path());
    assert!(same(&opened.snapshot, &model.exported), "{:?}", opened.findings);
    drop(opened);
    for file in ["office.snapshot", "office.snapshot.old", "calls.snapshot", "calls.snapshot.old"] {
        flip_bits(&copy.path().join("snapshots").join(file), 4, 1);
    }
    let database = copy.path().join("store/db");
    cut(&database, |_| last_byte_written(&database) / 2);
    let Opened { snapshot, findings, .. } = open(copy.path());
    assert!(snapshot.office.devices.len() < 150);
    assert!(findings.contains(&StartFinding::NothingToRestore), "{findings:?}");
}

#[test]
fn a_box_whose_data_is_gone_altogether_says_so_and_gives_no_number_twice() {
    let model = Model::new();
    let (copy, opened) = model.after(|_| {});
    drop(opened);
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 3] = [
        ("store and snapshots are gone", |dir| {
            fs::remove_dir_all(dir.join("snapshots")).expect("removed");
        }),
        ("the snapshots are damaged", |dir| {
            for file in ["office.snapshot", "office.snapshot.old", "calls.snapshot", "calls.snapshot.old"] {
                if dir.join("snapshots").join(file).exists() {
                    flip_bits(&dir.join("snapshots").join(file), 4, 1);
                }
            }
        }),
        ("even the mark is gone", |dir| {
            fs::remove_dir_all(dir.join("snapshots")).expect("removed");
            fs::remove_file(dir.join("mark")).expect("removed");
        }),
    ];
    for (harm, do_harm) in harms {
        let again = folder();
        copy_all(copy.path(), again.path());
        fs::remove_dir_all(again.path().join("store")).expect("removed");
        do_harm(again.path());
        let Opened { snapshot, findings, .. } = open(again.path());
        assert_eq!(findings, [StartFinding::Missing, StartFinding::NothingToRestore], "{harm}");
        assert!(snapshot.office.devices.is_empty() && snapshot.last_device >= 1000, "{harm}");
        assert_eq!(open(again.path()).findings, [], "{harm}: it says so once");
    }
}

#[test]
fn what_is_wrong_is_told_in_words_and_not_in_the_engines() {
    let model = Model::new();
    type Harm = fn(&Path);
    let harms: [Harm; 4] = [
        |dir| flip_bits(&dir.join("store/db"), 2, 8),
        |dir| flip_bits(&dir.join("store/conf"), 2, 8),
        |dir| cut(&dir.join("store/db"), |length| length / 3),
        |dir| cut(&dir.join("store/conf"), |length| length / 2),
    ];
    for harm in harms {
        let (_copy, opened) = model.after(harm);
        let said: Vec<String> = opened.findings.iter().map(ToString::to_string).collect();
        let noise =
            ["backtrace", "offset", "Some(", "None", "Os {", "Custom {", "kind:", "buffer", "serialize"];
        for sentence in &said {
            assert!(!noise.iter().any(|word| sentence.contains(word)), "{sentence}");
        }
    }
}

#[test]
fn a_restored_user_is_at_one_desk_only() {
    let dir = folder();
    let Opened { store, .. } = open(dir.path());
    store.apply_now(office()).expect("saved");
    store.export_now().expect("exported");
    store
        .apply_now(vec![
            Change::LoggedOut(LoginId(1), LogoutReason::Moved),
            Change::LoggedIn(login(2, "100", 2)),
        ])
        .expect("saved");
    drop(store);
    // One good record is made unreadable, so the start puts snapshot and newer records together.
    let db = sled::open(dir.path().join("store")).expect("sled opens");
    let (key, _) = db.scan_prefix(b"e").next().expect("a notice").expect("read");
    db.insert(key, b"nonsense").expect("written");
    db.flush().expect("flushed");
    drop(db);
    let Opened { snapshot, findings, store, .. } = open(dir.path());
    assert_eq!(snapshot.logins, vec![login(2, "100", 2)], "{findings:?}");
    assert!(findings.contains(&StartFinding::Dropped { records: 1 }));
    assert_eq!(store.emergencies(10), Ok(vec![notice(2)]), "the snapshot had the notice");
}

#[test]
fn without_its_key_or_with_another_the_store_is_left_as_it_is() {
    let model = Model::new();
    let (copy, opened) = model.after(|_| {});
    drop(opened);
    let key = fs::read(copy.path().join("box.key")).expect("read");
    let before = fs::read(copy.path().join("store/db")).expect("read");

    fs::remove_file(copy.path().join("box.key")).expect("removed");
    let refused = Store::open(copy.path(), settings()).expect_err("nothing can be read");
    assert!(matches!(refused, OpenError::KeyMissing { .. }));
    assert!(refused.to_string().contains("perch reset"), "{refused}");

    let other = folder();
    drop(open(other.path()));
    fs::copy(other.path().join("box.key"), copy.path().join("box.key")).expect("copied");
    for _ in 0..2 {
        let refused = Store::open(copy.path(), settings()).expect_err("the key is another");
        assert!(matches!(refused, OpenError::WrongKey { .. }), "{refused}");
    }
    assert_eq!(fs::read(copy.path().join("store/db")).expect("read"), before);
    assert_eq!(aside(copy.path()), 0);

    fs::write(copy.path().join("box.key"), key).expect("put back");
    model.holds(&open(copy.path()), "nothing but a key taken away and put back");
}

#[test]
fn a_record_of_a_newer_version_stops_the_start_and_nothing_is_touched() {
    let model = Model::new();
    let (copy, opened) = model.after(|_| {});
    drop(opened);
    let db = sled::open(copy.path().join("store")).expect("sled opens");
    db.insert(b"z of a kind yet unknown", b"x").expect("written");
    db.flush().expect("flushed");
    drop(db);
    let refused = Store::open(copy.path(), settings()).expect_err("it is too new");
    assert!(matches!(refused, OpenError::TooNew { .. }), "{refused}");
    assert_eq!(aside(copy.path()), 0);
}

#[test]
fn damaged_copies_do_not_pile_up() {
    let model = Model::new();
    let (copy, mut opened) = model.after(|_| {});
    for _ in 0..6 {
        drop(opened);
        let database = copy.path().join("store/db");
        cut(&database, |_| last_byte_written(&database) / 2);
        opened = open(copy.path());
        assert!(matches!(opened.findings[..], [StartFinding::Damaged { .. }, ..]), "{:?}", opened.findings);
    }
    assert_eq!(aside(copy.path()), settings().damaged_kept);
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_all(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

/// How many databases have been set aside.
fn aside(dir: &Path) -> usize {
    let names = fs::read_dir(dir).expect("a folder").flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().starts_with("store.damaged-")).count()
}

fn index_of(dir: &Path) -> PathBuf {
    let entries = fs::read_dir(dir.join("store")).expect("a folder").flatten();
    let is_index = |path: &PathBuf| path.to_string_lossy().contains("/snap.");
    entries.map(|entry| entry.path()).find(is_index).expect("the engine has an index")
}

fn flip_bits(path: &Path, seed: u64, count: u64) {
    let mut content = fs::read(path).expect("read");
    for n in 0..count {
        let bit = scatter(seed * 1000 + n) as usize % (content.len() * 8);
        content[bit / 8] ^= 1 << (bit % 8);
    }
    fs::write(path, content).expect("written");
}

fn zero_page(path: &Path, seed: u64) {
    let file = OpenOptions::new().write(true).open(path).expect("opened");
    let pages = file.metadata().expect("metadata").len() / 4096;
    file.write_all_at(&[0; 4096], scatter(seed) % pages * 4096).expect("written");
}

fn cut(path: &Path, length: impl FnOnce(u64) -> u64) {
    let file = OpenOptions::new().write(true).open(path).expect("opened");
    let present = file.metadata().expect("metadata").len();
    file.set_len(length(present)).expect("cut");
}

fn last_byte_written(path: &Path) -> u64 {
    let content = fs::read(path).expect("read");
    content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

/// A number that looks like chance and is the same each time (the finaliser of SplitMix64).
fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
