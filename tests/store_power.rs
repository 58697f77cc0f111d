//! The power goes, the disc fills up: nothing that the store has acknowledged may be missing afterwards.
//!
//! A child process (this very file, started again) writes numbered changes and prints each number it is told is safe. It is
//! killed at a random moment; or the disc below it, an ext4 file system in a file, is copied as it is while the child stands
//! still, which is what a cut of the power leaves. Then the store is opened, and every printed number must have left its
//! trace. `PERCH_NIGHTLY=1` asks for many more rounds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use perch::model::{
    AccountName, AuditEntry, AuditFact, Binding, CallId, CallKind, CallOutcome, CallRecord, Change, DeviceId,
    Extension, ExtensionNumber, Generation, KeyWish, Login, LoginId, LoginMethod, LogoutReason, Party,
    Snapshot, StartFinding, StoreTrouble,
};
use perch::store::{Ack, Acks, Opened, Store, StoreSettings};

#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut past = Past::default();
    for round in 0..rounds(20, 200) {
        let writer = Writer::start(CHILD, dir.path(), past.next());
        thread::sleep(pause(round, 50, 400));
        past.ran(writer.first, writer.kill());
        let opened = Store::open(dir.path(), settings()).expect("the store opens after a kill");
        assert_eq!(opened.findings, vec![], "a kill does no damage");
        past.verify(&opened);
    }
    println!("{} acknowledged changes, none missing", past.acknowledged());
}

#[test]
fn a_box_killed_moments_after_a_phone_has_registered_knows_where_it_is() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut safe = 0;
    for round in 0..rounds(12, 120) {
        let writer = Writer::start("the_child_that_registers_phones", dir.path(), safe + 1);
        thread::sleep(pause(round, 1100, 1500));
        // What was handed in longer ago than this must be there, acknowledged or not.
        let window = StoreSettings::default().gather + Duration::from_millis(750);
        safe = writer.kill_knowing(window);
        let opened = Store::open(dir.path(), settings()).expect("the store opens after a kill");
        let calls = opened.store.call_records(usize::MAX, None).expect("calls are read");
        let lost = (1..=safe).rev().take(2000).find(|n| !calls.iter().any(|call| call.id == CallId(*n)));
        assert_eq!(lost, None, "round {round}: a call that ended long ago has no record");
        for n in (1..=safe).rev().take(PHONES as usize) {
            let device = register(n, None).device;
            let known = opened.snapshot.bindings.iter().filter(|one| one.device == device);
            let numbers: Vec<u64> = known.filter_map(|one| one.call_id.parse().ok()).collect();
            assert!(
                matches!(numbers[..], [latest] if latest >= n),
                "round {round}: phone {device:?} of {n}: {numbers:?}"
            );
        }
        safe = calls.iter().map(|call| call.id.0).max().unwrap_or(safe);
    }
    println!("{safe} phones moved, none lost");
}

#[test]
fn a_disc_without_power_loses_nothing_that_was_acknowledged() {
    let Some(bench) = Bench::new() else { return };
    let mut acknowledged = 0;
    for round in 0..rounds(3, 20) {
        let (image, copy) = (bench.image("disc", 64), bench.dir.path().join("copy"));
        let mut past = Past::default();
        // Two cuts of each disc: the first finds a database just made, the second one that has been opened again.
        for cut in 0..2 {
            let disc = bench.mount(&image, &["-o", "loop,commit=120"]);
            let writer = Writer::start(CHILD, &disc.data(), past.next());
            thread::sleep(pause(round * 2 + cut, 100, 1500));
            writer.stop();
            thread::sleep(Duration::from_millis(400));
            let first = writer.first;
            run("cp", &["--sparse=always", &text(&image), &text(&copy)]);
            past.ran(first, writer.kill_counting_until_stopped());
            drop(disc);
            std::fs::rename(&copy, &image).expect("the copy takes the disc's place");

            let disc = bench.mount(&image, &["-o", "loop"]);
            let opened = Store::open(&disc.data(), settings()).expect("the store opens after a cut");
            assert_eq!(opened.findings, vec![], "a cut does no damage");
            past.verify(&opened);
            drop(opened);
        }
        acknowledged += past.acknowledged();
    }
    println!("{acknowledged} acknowledged changes, none missing");
}

#[test]
fn a_full_disc_is_reported_and_what_waits_is_written_when_there_is_room() {
    let Some(bench) = Bench::new() else { return };
    let disc = bench.mount_memory(12);
    let ballast = disc.path.join("ballast");
    let Opened { store, mut acks, .. } = Store::open(&disc.data(), settings()).expect("the store opens");
    submit(&store, 1..=50);
    wait_until(&mut acks, 50, &None);

    // Change after change, and every byte that becomes free is taken by something else: at last nothing goes any more.
    let (mut n, mut safe, mut trouble) = (50, 50, None);
    while safe == n {
        fill(&ballast);
        submit(&store, n + 1..=n + 200);
        n += 200;
        let give_up = Instant::now() + Duration::from_secs(2);
        while safe < n && Instant::now() < give_up {
            let (through, told) = seen(&mut acks, Duration::from_millis(20));
            safe = through.unwrap_or(safe);
            trouble = told.or(trouble);
        }
        assert!(n < 50_000, "a full disc takes no more");
    }
    assert!(trouble == Some(StoreTrouble::Full), "{trouble:?}");
    println!("{safe} changes were safe, {} wait", n - safe);
    assert!(!store.call_records(5, None).expect("reading goes on").is_empty());
    drop(store);

    for start in 1..=5 {
        fill(&ballast);
        let opened = Store::open(&disc.data(), settings());
        let Opened { store, mut acks, findings, .. } = opened.expect("the store opens on a full disc");
        assert_eq!(findings, vec![StartFinding::DiscFull], "start {start}");
        assert!(seen(&mut acks, Duration::from_millis(300)).1.is_some(), "it says that it is full");
        let calls = store.call_records(usize::MAX, None).expect("reading goes on");
        let kept = |n: u64| n % 5 != 4 || calls.iter().any(|kept| *kept == call(n));
        assert!((1..=safe).all(kept), "start {start}: what was acknowledged is there");
    }

    let opened = Store::open(&disc.data(), settings()).expect("the store opens on a full disc");
    let Opened { store, mut acks, .. } = opened;
    submit(&store, 60_001..=60_004);
    std::fs::remove_file(&ballast).expect("room again");
    wait_until(&mut acks, 60_004, &None);
    drop(store);
    let opened = Store::open(&disc.data(), settings()).expect("the store opens");
    assert!(opened.store.call_records(1, None).expect("calls are read").contains(&call(60_004)));
    assert_eq!(opened.findings, Vec::<StartFinding>::new());
}

#[test]
fn a_disc_that_is_full_at_the_start_is_told_though_little_may_still_be_written() {
    let Some(bench) = Bench::new() else { return };
    let disc = bench.mount_memory(12);
    let ballast = disc.path.join("ballast");
    let Opened { store, mut acks, .. } = Store::open(&disc.data(), settings()).expect("the store opens");
    submit(&store, 1..=50);
    wait_until(&mut acks, 50, &None);
    drop(store);

    fill(&ballast);
    let opened = Store::open(&disc.data(), settings()).expect("the store opens on a full disc");
    let Opened { store, mut acks, findings, .. } = opened;
    assert_eq!(findings, [StartFinding::DiscFull]);
    let full = seen(&mut acks, Duration::from_millis(500)).1;
    assert_eq!(full, Some(StoreTrouble::Full));
    submit(&store, 51..=51);
    assert_eq!(
        seen(&mut acks, Duration::from_secs(30)),
        (Some(51), None),
        "it is written and nothing new is told"
    );

    std::fs::remove_file(&ballast).expect("room again");
    let give_up = Instant::now() + Duration::from_secs(30);
    while acks.try_next() != Some(Ack::Trouble(None)) {
        assert!(Instant::now() < give_up, "there is room again, and nobody is told");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Not a test of its own: what the others start as a process to be killed.
#[test]
fn the_child_that_writes() {
    let (Ok(dir), Ok(first)) = (std::env::var("PERCH_TEST_STORE"), std::env::var("PERCH_TEST_FIRST")) else {
        return;
    };
    let mut next: u64 = first.parse().expect("a number");
    let Opened { store, mut acks, .. } = Store::open(Path::new(&dir), settings()).expect("the store opens");
    let mut through = next - 1;
    loop {
        // Bursts of changing size, and never more than the window unacknowledged.
        let burst = 1 + next * 7919 % 23;
        for _ in 0..burst {
            if next - through < WINDOW {
                store.submit_together(changes(next)).expect("the queue has room");
                next += 1;
            }
        }
        if let (Some(reached), _) = seen(&mut acks, Duration::from_millis(next % 3)) {
            through = reached;
            println!("safe {through}");
            std::io::stdout().flush().expect("a pipe that takes what is written");
        }
    }
}

/// The same: phones that register at another place again and again, in bursts and alone, each time with a call.
#[test]
fn the_child_that_registers_phones() {
    let (Ok(dir), Ok(first)) = (std::env::var("PERCH_TEST_STORE"), std::env::var("PERCH_TEST_FIRST")) else {
        return;
    };
    let Opened { store, mut acks, snapshot, .. } =
        Store::open(Path::new(&dir), settings()).expect("the store opens");
    let mut present: BTreeMap<_, _> =
        snapshot.bindings.into_iter().map(|binding| (binding.device, binding.contact)).collect();
    let first: u64 = first.parse().expect("a number");
    for n in first.. {
        let binding = register(n, Some(n));
        let former = present.insert(binding.device, binding.contact.clone());
        let device = binding.device;
        let mut changes = vec![(4 * n, Change::Bound(binding))];
        changes.extend(former.map(|contact| (4 * n + 1, Change::Unbound { device, contact })));
        if n % 3 == 0 {
            // At a login something urgent comes first.
            changes.insert(0, (4 * n - 1, Change::Extension(extension(n))));
        }
        store.submit_together(changes).expect("the queue has room");
        store.submit(4 * n + 2, Change::Call(call(n))).expect("the queue has room");
        println!("handed {n}");
        let is_alone = n % 50 == 0;
        let patience = Duration::from_millis(if is_alone { 400 } else { 2 });
        if let (Some(through), _) = seen(&mut acks, patience)
            && through >= 4 * first + 2
        {
            println!("safe {}", (through - 2) / 4);
        }
        std::io::stdout().flush().expect("a pipe that takes what is written");
    }
}

/// A process that writes, and the numbers it says are safe.
struct Writer {
    child: Child,
    first: u64,
    told: Receiver<(Instant, Told)>,
}

/// What a writing process says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It has handed this in.
    Handed(u64),
    /// It was told that everything up to this is safe.
    Safe(u64),
}

impl Told {
    fn read(line: &str) -> Option<Self> {
        let (what, number) = line.split_once(' ')?;
        let number = number.parse().ok()?;
        match what {
            "handed" => Some(Self::Handed(number)),
            "safe" => Some(Self::Safe(number)),
            _ => None,
        }
    }

    fn safe(self) -> Option<u64> {
        match self {
            Self::Safe(number) => Some(number),
            Self::Handed(_) => None,
        }
    }
}

impl Writer {
    fn start(child: &str, dir: &Path, first: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--exact", child, "--nocapture"])
            .env("PERCH_TEST_STORE", dir)
            .env("PERCH_TEST_FIRST", first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let (tell, told) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(said) = Told::read(&line) {
                    let _ = tell.send((Instant::now(), said));
                }
            }
        });
        let mut writer = Self { child, first, told };
        writer.wait_for_first();
        writer
    }

    /// The time until the cut counts from the first acknowledgement, so that every round has something to lose.
    fn wait_for_first(&mut self) {
        let give_up = Instant::now() + Duration::from_secs(30);
        let safe = loop {
            let left = give_up.saturating_duration_since(Instant::now());
            let (_, told) = self.told.recv_timeout(left).expect("the child writes");
            if let Some(safe) = told.safe() {
                break safe;
            }
        };
        assert!(safe >= self.first);
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().expect("a process number fits"))
    }

    fn stop(&self) {
        kill(self.pid(), Signal::SIGSTOP).expect("the child is there");
    }

    /// Kills it; gives the last number it has said was safe.
    fn kill(mut self) -> u64 {
        let _ = kill(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
        self.told.iter().filter_map(|(_, told)| told.safe()).last().unwrap_or(self.first)
    }

    /// The same, and what it has handed in longer ago than `window` counts as safe.
    fn kill_knowing(mut self, window: Duration) -> u64 {
        let end = Instant::now();
        let _ = kill(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
        let is_safe = |(at, told): (Instant, Told)| match told {
            Told::Safe(n) => Some(n),
            Told::Handed(n) => (end.saturating_duration_since(at) > window).then_some(n),
        };
        self.told.iter().filter_map(is_safe).max().unwrap_or(self.first)
    }

    /// The same for one that is stopped: it has said nothing since, so all it has said counts.
    fn kill_counting_until_stopped(self) -> u64 {
        self.kill()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = kill(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// What has been written so far: for each round the first number and the last that was acknowledged.
#[derive(Default)]
struct Past {
    rounds: Vec<(u64, u64)>,
}

impl Past {
    fn next(&self) -> u64 {
        self.rounds.last().map_or(1, |(_, acked)| acked + 2 * WINDOW)
    }

    fn ran(&mut self, first: u64, acked: u64) {
        self.rounds.push((first, acked));
    }

    fn acknowledged(&self) -> u64 {
        self.rounds.iter().map(|(first, acked)| acked + 1 - first).sum()
    }

    fn is_safe(&self, n: u64) -> bool {
        self.rounds.iter().any(|(first, acked)| (*first..=*acked).contains(&n))
    }

    fn may_be_there(&self, n: u64) -> bool {
        self.rounds.iter().any(|(first, acked)| (*first..=*acked + WINDOW).contains(&n))
    }

    /// Checks that every acknowledged change has left its trace in what a start has read.
    fn verify(&self, opened: &Opened) {
        let Snapshot { office, logins, bindings, .. } = &opened.snapshot;
        let logins: BTreeMap<_, _> = logins.iter().map(|login| (login.id, login)).collect();
        let calls = opened.store.call_records(usize::MAX, None).expect("calls are read");
        let calls: BTreeMap<_, _> = calls.into_iter().map(|call| (call.id, call)).collect();
        let journal = opened.store.audit(usize::MAX, None, &|_| true).expect("the journal is read");
        let journal: BTreeSet<u64> = journal.into_iter().map(|entry| entry.number).collect();
        for n in self.rounds.iter().flat_map(|(first, acked)| *first..=*acked) {
            match n % 5 {
                0 => {
                    let kept = bindings.iter().find(|kept| kept.contact == binding(n).contact);
                    let latest: Option<u64> = kept.and_then(|kept| kept.call_id.parse().ok());
                    assert!(latest >= Some(n), "binding {n} is safe, and {latest:?} is there");
                }
                1 => {
                    let kept = office.extensions.get(&digits(n));
                    let latest: Option<u64> = kept.and_then(|kept| kept.name.split(' ').next()?.parse().ok());
                    assert!(latest >= Some(n), "extension {n} is safe, and {latest:?} is there");
                    assert_eq!(kept, latest.map(extension).as_ref(), "with all of its keys");
                }
                2 if !self.may_be_there(n + STAY) => {
                    assert_eq!(logins.get(&LoginId(n)), Some(&&login(n)), "login {n} is safe");
                    assert!(journal.contains(&n), "so is what the journal tells of it");
                }
                2 => {}
                3 => {
                    let ended = LoginId(n.saturating_sub(STAY));
                    assert!(!logins.contains_key(&ended), "the end of {ended:?} is safe");
                    assert!(journal.contains(&n), "so is what the journal tells of it");
                }
                _ => assert_eq!(calls.get(&CallId(n)), Some(&call(n)), "call {n} is safe"),
            }
        }
        // A login and its entry are there together, acknowledged or not.
        assert!(logins.keys().all(|id| journal.contains(&id.0)), "a login without its entry");
        let is_in = |n: &&u64| *n % 5 == 2 && !self.may_be_there(*n + STAY);
        assert!(
            journal.iter().filter(is_in).all(|n| logins.contains_key(&LoginId(*n))),
            "an entry without its login"
        );
        let reached = self.rounds.last().map_or(0, |(_, acked)| *acked);
        assert!(opened.snapshot.last_call + 5 > reached, "numbers never go back");
        assert!(self.is_safe(reached) || reached == 0);
    }
}

/// The change number `n`, a login or logout with its entry in the journal.
fn changes(n: u64) -> Vec<(u64, Change)> {
    let entry = AuditEntry { number: n, at: None, what: AuditFact::MoreChanged { count: 1 } };
    let has_entry = matches!(n % 5, 2 | 3);
    has_entry.then_some((n, Change::Audit(entry))).into_iter().chain([(n, change(n))]).collect()
}

/// The change number `n`: its kind follows from `n`, and so does every value in it.
fn change(n: u64) -> Change {
    match n % 5 {
        0 => Change::Bound(binding(n)),
        1 => Change::Extension(extension(n)),
        2 => Change::LoggedIn(login(n)),
        3 => Change::LoggedOut(LoginId(n.saturating_sub(STAY)), LogoutReason::Code),
        _ => Change::Call(call(n)),
    }
}

fn extension(n: u64) -> Extension {
    let name = format!("{n} {}", "x".repeat((n * 37 % 700) as usize));
    // Now and then one with as many keys as an office file may give.
    let keys = if n % 175 == 1 { 200 } else { n % 4 };
    let key = |k: u64| KeyWish::Speed { number: k.to_string(), label: "y".repeat(64) };
    Extension { keys: (0..keys).map(key).collect(), ..Extension::roaming(digits(n), name) }
}

fn digits(n: u64) -> ExtensionNumber {
    (100 + n % 60).to_string().parse().expect("three digits are a number")
}

fn login(n: u64) -> Login {
    let device = DeviceId((n % 100_000) as u32);
    let method = LoginMethod::Code;
    Login { id: LoginId(n), extension: digits(n), device, since: None, method, saved: true }
}

fn binding(n: u64) -> Binding {
    Binding {
        account: AccountName::owned(&digits(n)),
        device: DeviceId((n % 40) as u32),
        generation: Generation(1),
        contact: format!("sip:{}@192.168.1.7", n % 40),
        path: vec![],
        transport: "udp".into(),
        local: ([192, 168, 1, 1], 5060).into(),
        remote: ([192, 168, 1, 7], 5060).into(),
        call_id: n.to_string(),
        cseq: 1,
        q: 1000,
        instance: None,
        reg_id: None,
        granted: 3600,
        user_agent: "test".into(),
        since: None,
    }
}

/// Where a phone is that registers the `n`th time; `None` where only the phone matters.
fn register(n: u64, place: Option<u64>) -> Binding {
    let contact = format!("sip:{}@192.168.1.7:{}", n % PHONES, 1024 + place.unwrap_or(0) % 60_000);
    Binding { device: DeviceId((1 + n % PHONES) as u32), contact, ..binding(n) }
}

fn call(n: u64) -> CallRecord {
    CallRecord {
        id: CallId(n),
        started: None,
        answered_after_ms: None,
        lasted_ms: n,
        caller: Party { extension: None, name: "y".repeat((n * 53 % 120) as usize), device: None },
        dialled: n.to_string(),
        callee: None,
        answered_by: None,
        outcome: CallOutcome::Answered,
        kind: CallKind::Internal,
    }
}

/// A place to mount discs; `None`, with a word, where this machine or user has no means to.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Option<Self> {
        let bench = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: only root can mount a disc");
            return None;
        }
        let image = bench.dir.path().join("probe");
        let probe = std::fs::File::create(&image).and_then(|file| file.set_len(8 << 20));
        probe.expect("a file of 8 MB");
        let point = bench.dir.path().join("probe.mounted");
        std::fs::create_dir(&point).expect("a folder to mount on");
        let works = try_run("mkfs.ext4", &["-q", "-F", &text(&image)])
            && try_run("mount", &["-o", "loop", &text(&image), &text(&point)])
            && try_run("umount", &[&text(&point)]);
        if !works {
            println!("skipped: no loop device or no mkfs.ext4 here");
            return None;
        }
        Some(bench)
    }

    /// A new empty ext4 disc of so many megabytes.
    fn image(&self, name: &str, megabytes: u64) -> PathBuf {
        let image = self.dir.path().join(name);
        let file = std::fs::File::create(&image).and_then(|file| file.set_len(megabytes << 20));
        file.expect("a file for the disc");
        run("mkfs.ext4", &["-q", "-F", &text(&image)]);
        image
    }

    fn mount(&self, image: &Path, options: &[&str]) -> Disc {
        let path = self.dir.path().join("mounted");
        let _ = std::fs::create_dir(&path);
        let (image, point) = (text(image), text(&path));
        run("mount", &[options, &[&image, &point]].concat());
        Disc { path }
    }

    fn mount_memory(&self, megabytes: u64) -> Disc {
        let path = self.dir.path().join("memory");
        let _ = std::fs::create_dir(&path);
        run("mount", &["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs", &text(&path)]);
        Disc { path }
    }
}

/// A mounted disc; unmounted when dropped, whatever happens.
struct Disc {
    path: PathBuf,
}

impl Disc {
    fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for Disc {
    fn drop(&mut self) {
        if !try_run("umount", &[&text(&self.path)]) {
            try_run("umount", &["-l", &text(&self.path)]);
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are text").to_owned()
}

fn try_run(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

fn run(program: &str, arguments: &[&str]) {
    assert!(try_run(program, arguments), "{program} {arguments:?} failed");
}

/// Fills a disc to the last byte.
fn fill(ballast: &Path) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(ballast).expect("ballast");
    for size in [64 * 1024, 4096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

fn submit(store: &Store, numbers: std::ops::RangeInclusive<u64>) {
    for n in numbers {
        store.submit_together(changes(n)).expect("the queue has room");
    }
}

/// The latest acknowledgement and trouble told within `patience`.
fn seen(acks: &mut Acks, patience: Duration) -> (Option<u64>, Option<StoreTrouble>) {
    let give_up = Instant::now() + patience;
    let mut latest = (None, None);
    loop {
        match acks.try_next() {
            Some(Ack::Saved { through }) => latest.0 = Some(through),
            Some(Ack::Trouble(trouble)) => latest.1 = trouble,
            None if Instant::now() >= give_up || latest.0.is_some() => return latest,
            None => thread::sleep(Duration::from_micros(300)),
        }
    }
}

fn wait_until(acks: &mut Acks, through: u64, trouble: &Option<StoreTrouble>) {
    let give_up = Instant::now() + Duration::from_secs(60);
    let mut latest = (0, None);
    while latest.0 < through || latest.1 != *trouble {
        assert!(Instant::now() < give_up, "waited for {through} in vain: {latest:?}");
        match acks.try_next() {
            Some(Ack::Saved { through }) => latest.0 = through,
            Some(Ack::Trouble(trouble)) => latest.1 = trouble,
            None => thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn settings() -> StoreSettings {
    StoreSettings { call_records: 1_000_000, audit_entries: 1_000_000, ..StoreSettings::default() }
}

fn rounds(usual: u32, nightly: u32) -> u32 {
    if std::env::var("PERCH_NIGHTLY").is_ok_and(|nightly| nightly == "1") { nightly } else { usual }
}

/// A pause that differs from round to round, in milliseconds.
fn pause(round: u32, least: u64, most: u64) -> Duration {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).expect("random bytes");
    let spread = u64::from(u16::from_le_bytes(bytes)) + u64::from(round);
    Duration::from_millis(least + spread % (most - least))
}

/// The child that makes changes of every kind.
const CHILD: &str = "the_child_that_writes";
/// How many phones the other child moves about.
const PHONES: u64 = 40;
/// How many changes the child leaves unacknowledged at most.
const WINDOW: u64 = 100;
/// A login ends this many changes later.
const STAY: u64 = 501;
