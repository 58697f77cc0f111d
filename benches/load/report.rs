//! What was measured, printed.

use std::time::Duration;

use crate::Wanted;
use crate::measure::Memory;

/// One kind of load on one server.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Processor time of the server for each operation, in microseconds.
    pub each: f64,
    /// How many succeeded.
    pub done: usize,
    /// How many did not.
    pub failed: usize,
    /// Why the last of those did not.
    pub why: Option<String>,
    /// How many requests the phones had to send again.
    pub again: usize,
    /// How long it took.
    pub took: Duration,
}

/// What one round found of one server.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Which.
    pub server: &'static str,
    /// First registrations.
    pub first: Loaded,
    /// Registrations of phones that were registered already.
    pub refresh: Loaded,
    /// Calls.
    pub call: Loaded,
    /// Memory before any phone came.
    pub idle: Memory,
    /// Memory with every phone registered once.
    pub registered: Memory,
    /// Memory after all of the round.
    pub after: Memory,
}

/// A round in one line.
pub fn line(figures: &Figures) -> String {
    let Figures { first, refresh, call, idle, registered, after, .. } = figures;
    let load = |what: &str, one: &Loaded| {
        let trouble = match &one.why {
            Some(why) => format!(" ({} failed: {why})", one.failed),
            None if one.again > 0 => format!(" ({} sent again)", one.again),
            None => String::new(),
        };
        format!("{what} {:.1} µs in {:.1} s{trouble}", one.each, one.took.as_secs_f64())
    };
    format!(
        "{}, {}, {}; {:.1}, {:.1}, {:.1} MB",
        load("first", first),
        load("refresh", refresh),
        load("call", call),
        megabytes(idle.total),
        megabytes(registered.total),
        megabytes(after.total)
    )
}

/// One row of the table: what, how to find it in a round, and the target.
type Row = (&'static str, fn(&Figures) -> f64, Target);

/// What Perch is to reach.
enum Target {
    /// At most this many times Kamailio's.
    Ratio(f64),
    /// At most this.
    Most(f64),
    /// Only shown.
    None,
}

const ROWS: [Row; 6] = [
    ("registration, refreshed: µs", |one| one.refresh.each, Target::Ratio(1.0 / 3.0)),
    ("registration, the first: µs", |one| one.first.each, Target::Ratio(1.0 / 3.0)),
    ("call: µs", |one| one.call.each, Target::Ratio(1.0)),
    ("memory idle: MB", |one| megabytes(one.idle.total), Target::Most(20.0)),
    ("memory, all registered: MB", |one| megabytes(one.registered.total), Target::Most(30.0)),
    ("memory, after all loads: MB", |one| megabytes(one.after.total), Target::None),
];

/// The table of medians, and the memory's parts.
pub fn print(wanted: &Wanted, all: &[Figures]) {
    println!(
        "{} rounds, {} phones; {} registrations at {}/s and {} calls at {}/s in each; medians",
        wanted.rounds, wanted.phones, wanted.refreshes, wanted.rate, wanted.calls, wanted.call_rate
    );
    println!("\n| measure | Kamailio | Perch | ratio | target | |\n|---|---:|---:|---:|---:|---|");
    for (what, figure, target) in ROWS {
        let of = |name: &str| median(all.iter().filter(|one| one.server == name).map(figure).collect());
        let (theirs, ours) = (of("kamailio"), of("perch"));
        let (ratio, value) = (ours / theirs, ours);
        let (target, met) = match target {
            Target::Ratio(most) => (format!("ratio {most:.2}"), verdict(ratio, most)),
            Target::Most(most) => (format!("{most:.0} MB"), verdict(value, most)),
            Target::None => (String::new(), String::new()),
        };
        println!("| {what} | {theirs:.1} | {ours:.1} | {ratio:.2} | {target} | {met} |");
    }
    for name in ["perch", "kamailio"] {
        if let Some(last) = all.iter().rev().find(|one| one.server == name) {
            parts(name, last);
        }
    }
    let failed: usize = all.iter().map(|one| one.first.failed + one.refresh.failed + one.call.failed).sum();
    let again: usize = all.iter().map(|one| one.first.again + one.refresh.again + one.call.again).sum();
    println!("\n{failed} operations failed, {again} requests were sent again.");
}

fn verdict(value: f64, most: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    if value <= most { "met".to_owned() } else { format!("MISSED by {:.0} %", (value / most - 1.0) * 100.0) }
}

fn parts(name: &str, figures: &Figures) {
    println!(
        "\n| {name}: memory by part, MB | idle | all registered | after all loads |\n|---|---:|---:|---:|"
    );
    let mut names: Vec<_> = figures.after.parts.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(figures.registered.parts.get(*name)));
    for part in names {
        let of = |memory: &Memory| megabytes(memory.parts.get(part).copied().unwrap_or(0));
        println!(
            "| {part} | {:.1} | {:.1} | {:.1} |",
            of(&figures.idle),
            of(&figures.registered),
            of(&figures.after)
        );
    }
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
