//! The data folder in other hands: a command that was once run as the superuser leaves files that the box may not touch.
//!
//! Needs the superuser, who alone can give files away; without, the tests say so and pass.

#[allow(dead_code, reason = "the tests of the command line need more of it")]
#[path = "support/running_box.rs"]
mod running_box;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use running_box::{Addresses, PERCH, Said, said};
use tempfile::TempDir;

/// Nobody: who owns nothing, and here runs the box.
const NOBODY: u32 = 65534;

/// A folder in which nobody's box has an office, and the program where nobody can read it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: only the superuser can give files away");
            return None;
        }
        let place = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        fs::copy(PERCH, place.program()).expect("copied");
        fs::create_dir(place.data()).expect("made");
        for path in [place.dir.path(), &place.program()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
        }
        chown(place.data(), Some(NOBODY), Some(NOBODY)).expect("given away");
        let office = place.dir.path().join("office.toml");
        fs::write(
            &office,
            "[office]\nname = \"Rossi\"\ncountry = \"IT\"\nlanguage = \"it\"\ntimezone = \"Europe/Rome\"\n",
        )
        .expect("written");
        let applied = place.does(&["apply", "--yes", &office.to_string_lossy()]);
        assert_eq!(applied.code, Some(0), "{applied:?}");
        Some(place)
    }

    fn program(&self) -> PathBuf {
        self.dir.path().join("perch")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The office file, where anybody may read it.
    fn office_of_nobody(&self) -> String {
        let office = self.dir.path().join("office.toml");
        fs::set_permissions(&office, fs::Permissions::from_mode(0o644)).expect("set");
        office.to_string_lossy().into_owned()
    }

    /// `perch <arguments>` as nobody.
    fn does(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(self.program());
        said(command.args(arguments).arg("--data").arg(self.data()).uid(NOBODY).gid(NOBODY))
    }

    /// `perch <arguments>` as the superuser.
    fn does_as_root(&self, arguments: &[&str]) -> Said {
        said(Command::new(self.program()).args(arguments).arg("--data").arg(self.data()))
    }

    /// A start that is refused in one sentence, with `name` and the remedy in it.
    #[track_caller]
    fn refuses(&self, name: &Path) {
        let at = Addresses::free().options();
        let words: Vec<&str> = ["serve"].into_iter().chain(at.iter().map(String::as_str)).collect();
        let said = self.does(&words);
        assert_eq!((said.code, said.err.lines().count()), (Some(2), 1), "{said:?}");
        let named = format!("{:?}", self.data().join(name));
        assert!(said.err.contains(&named) && said.err.contains("chown -R nobody"), "{named}: {said:?}");
    }

    /// Every file in the folder, with what tells whether it was written.
    fn traces(&self) -> Vec<(PathBuf, u64, i64)> {
        let mut all = Vec::new();
        collect(&self.data(), &mut all);
        all.sort();
        all
    }
}

fn collect(dir: &Path, into: &mut Vec<(PathBuf, u64, i64)>) {
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        let found = entry.metadata().expect("it is there");
        if found.is_dir() {
            collect(&entry.path(), into);
        }
        into.push((entry.path(), found.len(), found.mtime_nsec()));
    }
}

#[test]
fn a_store_that_cannot_be_looked_into_is_not_taken_for_gone() {
    let Some(place) = Place::new() else { return };
    let before = place.traces();
    for name in ["store", "snapshots"] {
        let folder = place.data().join(name);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("set");
        chown(&folder, Some(0), Some(0)).expect("given away");
        place.refuses(Path::new(name));
        chown(&folder, Some(NOBODY), Some(NOBODY)).expect("given back");
    }
    assert_eq!(place.traces(), before, "nothing was moved or made");
    assert_eq!(place.does(&["token"]).code, Some(0), "and all is well again");
}

#[test]
fn a_single_file_of_another_user_is_named_and_nothing_is_touched() {
    let Some(place) = Place::new() else { return };
    let before = place.traces();
    let files: Vec<_> = before.iter().filter(|(path, ..)| path.is_file()).collect();
    assert!(files.len() > 6, "{files:?}");
    for (file, ..) in files {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("set");
        chown(file, Some(0), Some(0)).expect("given away");
        place.refuses(file.strip_prefix(place.data()).expect("below it"));
        chown(file, Some(NOBODY), Some(NOBODY)).expect("given back");
    }
    assert_eq!(place.traces(), before, "nothing was moved or made");
}

#[test]
fn a_command_of_the_superuser_leaves_nothing_behind_that_the_box_may_not_use() {
    let Some(place) = Place::new() else { return };
    let office = place.dir.path().join("office.toml");
    let settings = fs::read_to_string(&office).expect("there").replace("Rossi", "Bianchi");
    fs::write(&office, settings).expect("written");
    fs::set_permissions(&office, fs::Permissions::from_mode(0o600)).expect("set");
    for command in [&["token"][..], &["apply", "--yes", &office.to_string_lossy()], &["export"]] {
        let said = place.does_as_root(command);
        assert_eq!(said.code, Some(0), "{said:?}");
        for (path, ..) in place.traces() {
            assert_eq!(fs::metadata(&path).expect("it is there").uid(), NOBODY, "{command:?}: {path:?}");
        }
    }
    assert!(place.does(&["export"]).out.contains("Bianchi"));
    let reset = place.does_as_root(&["reset", "--yes"]);
    assert_eq!(reset.code, Some(0), "{reset:?}");
    assert_eq!(place.does(&["apply", "--yes", &place.office_of_nobody()]).code, Some(0));
}

#[test]
fn no_file_in_the_folder_is_open_to_others() {
    let Some(place) = Place::new() else { return };
    for (path, ..) in place.traces() {
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path:?}");
    }
}
