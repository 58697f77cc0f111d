//! The law of imports as data, and the finding of what breaks it.
//!
//! Changing a table here is a design decision: say why in the commit.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Import, Source};

/// What each room may import, in reading order. A room of a later issue may stand here before it exists.
pub const LAW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sip", &[]),
    ("media", &[]),
    ("metrics", &[]),
    ("board", &[]),
    ("exchange", &["model", "sip", "media", "metrics"]),
    ("provision", &["model", "sip"]),
    ("panel", &["model"]),
    ("upkeep", &["model"]),
    // Each room's settings; of the exchange also the table of emergency numbers, to refuse a plan that hides one.
    ("config", &["model", "sip", "media", "board", "exchange", "provision", "panel", "upkeep"]),
    // ---- the I/O line
    ("control", &["model", "config", "exchange", "upkeep"]),
    ("store", &["model", "config"]),
    ("net", &["sip", "media", "metrics"]),
    ("hw", &["board", "panel"]),
    ("host", &["model", "config", "upkeep"]),
    ("web", &["model", "metrics", "config", "provision", "upkeep", "control", "store"]),
    ("cli", &["model", "config", "store", "control"]),
    ("app", EVERYTHING),
    ("main", EVERYTHING),
];

const EVERYTHING: &[&str] = &["*"];

/// The rooms below the I/O line: pure values in, pure values out.
pub const PURE: &[&str] =
    &["model", "sip", "media", "metrics", "board", "exchange", "provision", "panel", "upkeep", "config"];

/// Words that touch the world, or wait, or differ from run to run.
pub const IO_WORDS: &[&str] = &[
    "tokio::",
    "axum::",
    "sled::",
    "nix::",
    "socket2::",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::sync::mpsc",
    "thread::",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "UnixStream",
    "UnixListener",
    "File::open",
    "File::create",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "Mutex",
    "RwLock",
    "Condvar",
    "async",
    "await",
    "spawn",
    "sleep",
    "getrandom",
    "thread_rng",
    "rand::rng",
    "OsRng",
    "SysRng",
    "println",
    "eprintln",
];

/// The chapters of `exchange.rs` itself: they may name every part of the exchange, and only `exchange.rs` names them.
const STORY: &str = "story";
/// The exchange's inputs, outputs and settings: every part's outcome may stand in them; the parts do not know them.
const PORT: &str = "port";

pub const MOST_LINES: usize = 400;
pub const MOST_FUNCTION_LINES: usize = 70;

/// Files that may be longer, each with the reason. Best empty.
pub const LONG_FILES: &[(&str, &str)] = &[
    ("exchange/call.rs", "the questions and inputs of one call, still to be told apart"),
    ("exchange/registrar.rs", "its lesser types stand before its tests, still to be given a file"),
];
/// Functions that may be longer, as `file: name`, each with the reason. Best empty.
pub const LONG_FUNCTIONS: &[(&str, &str)] =
    &[("sip/outgoing/reason.rs: reason_phrase", "a table: one line for each status code of the registry")];

/// Everything in `sources` that breaks the law, one sentence each, in order.
pub fn faults(sources: &[Source]) -> Vec<String> {
    let product = product_of(sources);
    let mut faults = BTreeSet::new();
    for source in &product {
        check_imports(source, &mut faults);
        check_parts_of_the_exchange(source, &mut faults);
        check_words(source, &mut faults);
        check_size(source, &mut faults);
    }
    check_circles(&product, &mut faults);
    // The header is for the reader of tests as well.
    for source in sources.iter().filter(|source| !source.text.starts_with("//!")) {
        faults.insert(format!("{}: begins without a //! header", source.path));
    }
    faults.into_iter().collect()
}

/// The files that are no tests: not `tests.rs`, nor in a folder of tests, nor declared under `#[cfg(test)]`.
fn product_of<'s, 'a>(sources: &'s [Source<'a>]) -> Vec<&'s Source<'a>> {
    let mut test_modules = BTreeSet::new();
    for source in sources {
        for name in &source.test_modules {
            let mut module = source.module.clone();
            module.push(name);
            test_modules.insert(module);
        }
    }
    let is_test = |source: &Source| {
        let mut prefixes = (1..=source.module.len()).map(|length| &source.module[..length]);
        source.module.contains(&"tests") || prefixes.any(|prefix| test_modules.contains(prefix))
    };
    sources.iter().filter(|source| !is_test(source)).collect()
}

fn room_of<'a>(source: &Source<'a>) -> Option<&'a str> {
    if source.path == "main.rs" { Some("main") } else { source.module.first().copied() }
}

/// The room that an import names; `None` for what is no room of ours.
fn target<'a>(import: &Import<'a>) -> Option<&'a str> {
    import.path.first().copied().filter(|room| LAW.iter().any(|(name, _)| name == room))
}

fn check_imports(source: &Source, faults: &mut BTreeSet<String>) {
    let Some(room) = room_of(source) else { return };
    let Some((_, allowed)) = LAW.iter().find(|(name, _)| *name == room) else {
        faults.insert(format!("{}: the law knows no room `{room}`", source.path));
        return;
    };
    for import in source.imports() {
        let Some(other) = target(&import).filter(|other| *other != room) else { continue };
        if *allowed != EVERYTHING && !allowed.contains(&other) {
            let line = import.line;
            faults.insert(format!("{}:{line}: `{room}` may not import `{other}`", source.path));
        }
    }
    if room != "store" {
        for (line, _) in source.words(&["sled::"]) {
            faults.insert(format!("{}:{line}: only `store` names sled", source.path));
        }
    }
}

/// The parts of the exchange import neither one another nor their parent.
fn check_parts_of_the_exchange(source: &Source, faults: &mut BTreeSet<String>) {
    let ["exchange", part, ..] = source.module[..] else { return };
    for import in source.imports() {
        let ["exchange", other, ..] = import.path[..] else { continue };
        let is_allowed = other == part || (part == STORY) || (part == PORT && other != STORY);
        if !is_allowed {
            let line = import.line;
            faults.insert(format!(
                "{}:{line}: `exchange::{part}` may not import `exchange::{other}`",
                source.path
            ));
        }
    }
}

fn check_words(source: &Source, faults: &mut BTreeSet<String>) {
    let Some(room) = room_of(source).filter(|room| PURE.contains(room)) else { return };
    for (line, word) in source.words(IO_WORDS) {
        faults.insert(format!("{}:{line}: `{word}` below the I/O line (room `{room}`)", source.path));
    }
}

fn check_size(source: &Source, faults: &mut BTreeSet<String>) {
    let is_excused = |list: &[(&str, &str)], name: &str| list.iter().any(|(excused, _)| *excused == name);
    if source.lines > MOST_LINES && !is_excused(LONG_FILES, source.path) {
        faults.insert(format!(
            "{}: {} lines before its tests, more than {MOST_LINES}",
            source.path, source.lines
        ));
    }
    for function in source.functions().iter().filter(|function| function.lines > MOST_FUNCTION_LINES) {
        let (name, lines) = (function.name, function.lines);
        if !is_excused(LONG_FUNCTIONS, &format!("{}: {name}", source.path)) {
            faults.insert(format!("{}:{}: `{name}` has {lines} lines", source.path, function.line));
        }
    }
}

/// Rooms that import one another round and round, whatever the table says.
fn check_circles(product: &[&Source], faults: &mut BTreeSet<String>) {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in product {
        let Some(room) = room_of(source) else { continue };
        let others =
            source.imports().iter().filter_map(target).filter(|other| *other != room).collect::<Vec<_>>();
        edges.entry(room).or_default().extend(others);
    }
    // Take away, again and again, the rooms that import nothing that is left; what cannot be taken away is a knot.
    loop {
        let leaves: Vec<&str> = edges
            .iter()
            .filter(|(_, to)| !to.iter().any(|to| edges.contains_key(to)))
            .map(|(room, _)| *room)
            .collect();
        if leaves.is_empty() {
            break;
        }
        edges.retain(|room, _| !leaves.contains(room));
    }
    if !edges.is_empty() {
        faults.insert(format!("a circle of rooms: {}", edges.into_keys().collect::<Vec<_>>().join(", ")));
    }
}
