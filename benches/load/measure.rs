//! What a server has used: processor time and memory of its processes, as the kernel counts them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// A server's processes: the one started and its children, which do not change while it serves.
pub fn family(root: u32) -> Result<Vec<u32>> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(parent) = all.get(next).copied() {
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        next += 1;
    }
    Ok(all)
}

/// The processor time used so far: user and system, of every thread that lives or has lived.
pub fn processor_time(processes: &[u32]) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for process in processes {
        let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(*process)?))?;
        sum += Duration::from(clock_gettime(clock)?);
    }
    Ok(sum)
}

/// Resident memory in kB, and whose it is.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// What the processes hold. Of several processes, shared pages are divided among those who share them; one alone
    /// counts all it sees.
    pub total: u64,
    /// The parts.
    pub parts: BTreeMap<&'static str, u64>,
}

/// The memory of some processes.
pub fn memory(processes: &[u32]) -> Result<Memory> {
    let mut memory = Memory::default();
    let measure = if processes.len() > 1 { "Pss:" } else { "Rss:" };
    for process in processes {
        let path = format!("/proc/{process}/smaps");
        let maps = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let mut part = "other";
        for line in maps.lines() {
            let first = line.split_whitespace().next().unwrap_or_default();
            if first.contains('-') && !first.ends_with(':') {
                part = part_of(line);
            } else if let Some(value) = line.strip_prefix(measure) {
                let size: u64 = value.trim().trim_end_matches("kB").trim().parse().unwrap_or(0);
                memory.total += size;
                *memory.parts.entry(part).or_default() += size;
            }
        }
    }
    Ok(memory)
}

/// Which part of a program a mapping is, by the line that names it in `smaps`.
fn part_of(line: &str) -> &'static str {
    let mut words = line.split_whitespace();
    let rights = words.nth(1).unwrap_or_default();
    let name = words.nth(3).unwrap_or_default();
    match name {
        "[heap]" => "heap, main thread",
        "[stack]" => "stacks",
        "/dev/zero" => "shared memory",
        "" => "heap, other threads; stacks; large blocks",
        name if name.starts_with('[') => "kernel's pages",
        name if name.contains(".so") => "libraries",
        name if name.contains("/dev/zero") || name.contains("SYSV") => "shared memory",
        _ if rights.starts_with("r-x") => "program: code",
        _ if rights.contains('w') => "program: data",
        _ => "program: constants",
    }
}
