//! The systemd unit: systemd itself finds it sound, and as closed as a box on other people's desks should be.
//!
//! Needs `systemd-analyze`; without it the tests say so and pass, unless `PERCH_REQUIRE_TOOLS=1` says that it must be there.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The exposure that systemd may find at most, in tenths (0 is closed, 100 open).
const MOST_EXPOSURE: &str = "--threshold=12";

#[test]
fn systemd_finds_no_fault_in_the_unit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The unit names the installed program; here the one just built stands for it.
    let unit = fs::read_to_string(unit()).expect("the unit is there");
    let path = folder.path().join("perch.service");
    fs::write(&path, unit.replace("/usr/bin/perch", env!("CARGO_BIN_EXE_perch"))).expect("written");

    let Some(output) = analyze(&["verify", "--man=no", &path.to_string_lossy()]) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    let about_us: Vec<&str> = said.lines().filter(|line| line.contains("perch")).collect();
    assert!(output.status.success() && about_us.is_empty(), "{said}");
}

#[test]
fn the_unit_is_closed_but_for_what_it_needs() {
    let unit = unit().to_string_lossy().into_owned();
    let Some(output) = analyze(&["security", "--offline=true", "--no-pager", MOST_EXPOSURE, &unit]) else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_unit_never_gives_up_and_leaves_no_picture_of_the_memory() {
    let unit = fs::read_to_string(unit()).expect("the unit is there");
    for line in ["Restart=always", "StartLimitIntervalSec=0", "LimitCORE=0"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
}

fn unit() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("systemd/perch.service")
}

fn analyze(arguments: &[&str]) -> Option<Output> {
    match Command::new("systemd-analyze").args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if std::env::var_os("PERCH_REQUIRE_TOOLS").is_some() => panic!("systemd-analyze: {error}"),
        Err(error) => {
            println!("skipped: systemd-analyze: {error}");
            None
        }
    }
}
