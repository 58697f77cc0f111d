//! The law of the house, held against every file of `src/`: who may import whom, what stays below the I/O line, how long
//! a file may grow.
//!
//! The tables stand in `architecture/law.rs`, the reading of source in `architecture/source.rs`. Half of the tests here test
//! the checker itself, on samples that must be found.

#[path = "architecture/law.rs"]
mod law;
#[path = "architecture/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{Function, Source};

// ---- The house

#[test]
fn every_file_keeps_the_law() {
    let files = files_of_the_house();
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::read(path, text)).collect();
    assert!(sources.len() > 50, "the house was not found: {} files", sources.len());

    let faults = law::faults(&sources);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_law_itself_has_no_circle_and_rests_on_the_io_line() {
    let place = |room: &str| law::LAW.iter().position(|(name, _)| *name == room);
    for (room, allowed) in law::LAW {
        for other in allowed.iter().filter(|other| **other != "*") {
            assert!(place(other) < place(room), "{room} may import {other}, which stands after it");
            let rises = law::PURE.contains(room) && !law::PURE.contains(other);
            assert!(!rises, "{room} is below the I/O line and {other} above it");
        }
    }
}

#[test]
fn c4_no_feature_asks_for_a_licence() {
    for (path, text) in files_of_the_house() {
        let asks = |word: &str| ["licence", "license"].iter().any(|part| word.to_lowercase().contains(part));
        let found: Vec<_> =
            Source::read(&path, &text).tokens.into_iter().filter(|token| asks(token.text)).collect();
        assert!(found.is_empty(), "{path}: {found:?}");
    }
}

fn files_of_the_house() -> Vec<(String, String)> {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &src, &mut files);
    files.sort();
    files
}

fn collect(src: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("the source can be listed").path();
        if path.is_dir() {
            collect(src, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(src).expect("found below it").to_string_lossy().into_owned();
            files.push((below, fs::read_to_string(&path).expect("source is text")));
        }
    }
}

// ---- The checker

/// The faults of one sample file, which is given the header it needs.
fn faults_of(path: &str, text: &str) -> Vec<String> {
    let text = format!("//! A sample.\n{text}");
    law::faults(&[Source::read(path, &text)])
}

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(faults_of(path, text), expected, "in {path}:\n{text}");
}

#[test]
fn an_import_outside_the_law_is_found_however_it_is_written() {
    let fault = ["sip/uri.rs:2: `sip` may not import `model`"];
    check("sip/uri.rs", "use crate::model::Login;", &fault);
    check("sip/uri.rs", "pub(crate) use crate::{model::{self, Login as L}, sip::Uri};", &fault);
    check("sip/uri.rs", "fn f() -> crate::model::Login { todo!() }", &fault);
    check("sip/uri.rs", "use super::super::model;", &fault);
    check(
        "sip/uri/deep.rs",
        "use super::{super::{super::model::Login}};",
        &["sip/uri/deep.rs:2: `sip` may not import `model`"],
    );
}

#[test]
fn an_import_inside_the_law_is_not() {
    check(
        "exchange/ivr.rs",
        "use crate::media::{self, Digit};\nuse crate::sip::Uri;\nuse super::super::model::Now;",
        &[],
    );
    check("app/run.rs", "use crate::{web, net::udp, store::Store};", &[]);
    check("main.rs", "use perch::cli::{self, Outcome};", &[]);
    check("sip/uri.rs", "use self::model::Thing; use super::model::Other; use std::{fmt, model};", &[]);
}

#[test]
fn a_name_in_a_comment_a_text_or_a_test_is_no_import() {
    let text = r##"
/// As [`crate::model::Login`] says. /* crate::model */
/* crate::model::Login /* nested */ std::fs */
const A: &str = "crate::model::Login \" std::fs"; const B: &[u8] = br#"tokio:: " spawn"#; const C: char = '"';
fn f<'a>(x: &'a str) -> char { '\'' }
#[cfg(test)]
use crate::model::{Login, Other};
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests { use crate::model::Login; fn f() { std::fs::read("x"); } }
"##;
    check("sip/uri.rs", text, &[]);
}

#[test]
fn what_stands_after_a_test_is_still_read() {
    let text = "#[cfg(test)]\n#[allow(dead_code)]\nfn only() {}\nuse crate::model::X;";
    check("sip/uri.rs", text, &["sip/uri.rs:5: `sip` may not import `model`"]);
}

#[test]
fn an_io_word_below_the_line_is_found_and_above_it_not() {
    let text = "fn f() { let now = std::time::Instant::now(); }";
    check(
        "exchange/ivr.rs",
        text,
        &["exchange/ivr.rs:2: `Instant::now` below the I/O line (room `exchange`)"],
    );
    check("net/udp.rs", text, &[]);
    let text = "use std::{net::UdpSocket};";
    check("panel.rs", text, &["panel.rs:2: `UdpSocket` below the I/O line (room `panel`)"]);
    // A word is a whole word.
    check("exchange/ivr.rs", "struct Spawned; fn respawn_mutex() {}", &[]);
}

#[test]
fn only_the_store_names_sled() {
    check("web/api.rs", "use sled::Db;", &["web/api.rs:2: only `store` names sled"]);
    check("store/database.rs", "use sled::Db;", &[]);
}

#[test]
fn a_room_that_the_law_does_not_know_is_found() {
    check("helpers.rs", "", &["helpers.rs: the law knows no room `helpers`"]);
}

#[test]
fn the_parts_of_the_exchange_know_neither_one_another_nor_their_parent() {
    let at = "exchange/ivr.rs:2: `exchange::ivr` may not import";
    check("exchange/ivr.rs", "use super::hotdesk::Hotdesk;", &[&format!("{at} `exchange::hotdesk`")]);
    check("exchange/ivr.rs", "use crate::exchange::Exchange;", &[&format!("{at} `exchange::Exchange`")]);
    check("exchange/ivr.rs", "use super::port::Output;", &[&format!("{at} `exchange::port`")]);
    check("exchange/ivr.rs", "use self::words::Word;", &[]);
    check("exchange/call/leg.rs", "use super::fork::Fork; use crate::exchange::call::limits;", &[]);
}

#[test]
fn the_chapters_of_the_exchange_know_every_part_and_only_it_knows_them() {
    check("exchange/story/login.rs", "use crate::exchange::{Exchange, hotdesk::Hotdesk, port::Output};", &[]);
    check("exchange.rs", "use story::login; use self::story::call; use crate::exchange::ivr::Ivr;", &[]);
    check("exchange/port.rs", "use super::{ivr, refresh::Settings};", &[]);
    let fault = ["exchange/port.rs:2: `exchange::port` may not import `exchange::story`"];
    check("exchange/port.rs", "use super::story::login;", &fault);
}

#[test]
fn a_circle_of_rooms_is_found() {
    let samples = [
        Source::read("config/check.rs", "//!\nuse crate::exchange::dialplan;"),
        Source::read("exchange/dialplan.rs", "//!\nuse crate::config::Rule;"),
        Source::read("web.rs", "//!\nuse crate::config::Rule;"),
    ];
    let faults = law::faults(&samples);
    // The page only leads into the knot; but it cannot be taken apart without it.
    assert_eq!(faults[0], "a circle of rooms: config, exchange, web");
    assert_eq!(faults[1], "exchange/dialplan.rs:2: `exchange` may not import `config`");
}

#[test]
fn tests_in_files_of_their_own_are_left_alone() {
    let samples = [
        Source::read("sip.rs", "//!\n#[cfg(test)] mod tests; #[cfg(test)] pub(crate) mod samples;"),
        Source::read("sip/tests.rs", "//!\nuse crate::model::X;"),
        Source::read("sip/samples.rs", "//!\nuse crate::model::X; use std::fs;"),
        Source::read("sip/samples/more.rs", "//!\nuse crate::model::X;"),
    ];
    assert_eq!(law::faults(&samples), Vec::<String>::new());
}

#[test]
fn a_file_or_a_function_that_has_grown_too_long_is_found() {
    let (most, line) = (law::MOST_LINES, "const A: u8 = 1;\n");
    let long = line.repeat(most);
    check(
        "sip/uri.rs",
        &long,
        &[&format!("sip/uri.rs: {} lines before its tests, more than {most}", most + 1)],
    );
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{long}\n}}", line.repeat(most - 1));
    check("sip/uri.rs", &tested, &[]);

    let function = |lines: usize| format!("fn f() {{\n{}}}", "let a = 1;\n".repeat(lines - 2));
    let most = law::MOST_FUNCTION_LINES;
    check("sip/uri.rs", &function(most + 1), &[&format!("sip/uri.rs:2: `f` has {} lines", most + 1)]);
    check("sip/uri.rs", &function(most), &[]);
}

#[test]
fn a_file_without_a_header_is_found() {
    assert_eq!(
        law::faults(&[Source::read("sip/uri.rs", "use std::fmt;")]),
        ["sip/uri.rs: begins without a //! header"]
    );
}

#[test]
fn a_function_is_measured_whatever_its_signature_holds() {
    let text = "//!\npub const fn f<const N: usize>(a: [u8; 3], g: fn(u8) -> u8) -> [u8; 2] {\n  a\n}\ntrait T {\n fn g();\n}";
    let source = Source::read("sip/uri.rs", text);
    let f = Function { name: "f", line: 2, lines: 3 };
    let g = Function { name: "g", line: 6, lines: 1 };
    assert_eq!(source.functions(), [f, g]);
}
