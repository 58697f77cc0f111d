//! The promises: each id stands in `promises.toml` with one sentence, and a test holds it.
//!
//! An id without a test fails here, and so does a test with an id that the book does not have; so nothing is promised that
//! is not tried, and no test holds what was never promised. `promises/citations.rs` says how a test cites. What no test
//! holds yet stands in the book's list `unmet`, which can only become shorter. `docs/promises.md` is written from both:
//! `PERCH_BLESS=1` writes it anew.

#[path = "promises/citations.rs"]
mod citations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use citations::{Citations, Citing, citations_in};
use serde::Deserialize;

/// The ids there are: each letter, and its last number.
const IDS: [(&str, u32); 7] = [("K", 28), ("F", 15), ("I", 23), ("C", 22), ("P", 15), ("rule", 9), ("B", 15)];

/// The page made of all this, from the root of the tree.
const PAGE: &str = "docs/promises.md";

/// `promises.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    unmet: Vec<String>,
    part: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    title: String,
    promises: BTreeMap<String, String>,
}

/// The tests that cite each id, as file and name.
type Held = BTreeMap<String, BTreeSet<(String, String)>>;

// ---- The book and the tree

#[test]
fn the_book_has_every_id_once_with_a_sentence_of_its_own() {
    let faults = faults_of_book(&book());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_promise_is_held_by_a_test_and_every_cited_promise_is_in_the_book() {
    let (held, mut faults) = held_by(&files_of_the_tree());
    faults.extend(faults_of_citations(&book(), &held));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_page_of_promises_says_what_the_book_and_the_tests_say() {
    let path = root().join(PAGE);
    let page = page_of(&book(), &held_by(&files_of_the_tree()).0);
    if std::env::var_os("PERCH_BLESS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(
        committed == page,
        "{PAGE} is not what the book and the tests say, first in {differs:?}; \
         `PERCH_BLESS=1 cargo test --test promises` writes it anew"
    );
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn book() -> Book {
    let text = fs::read_to_string(root().join("tests/promises.toml")).expect("the book is there");
    toml::from_str(&text).expect("the book is TOML of its form")
}

/// Every file of source that may hold tests: its path from the root, and its text.
fn files_of_the_tree() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        collect(&root().join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 100, "the tree was not found: {} files", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("the source can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).expect("found below it").to_string_lossy().into_owned();
            files.push((name, fs::read_to_string(&path).expect("source is text")));
        }
    }
}

// ---- What is asked of them

/// Every id there is, in order.
fn all_ids() -> impl Iterator<Item = String> {
    IDS.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")))
}

fn faults_of_book(book: &Book) -> Vec<String> {
    let mut faults = Vec::new();
    let mut sentences = BTreeMap::new();
    let written = book.part.iter().flat_map(|part| &part.promises);
    for (id, sentence) in written {
        if !all_ids().any(|known| known == *id) {
            faults.push(format!("{id} is no id"));
        }
        if sentence.split_whitespace().count() < 3 || !sentence.ends_with('.') || sentence.contains('\n') {
            faults.push(format!("{id} is no sentence on one line: {sentence:?}"));
        }
        if let Some(other) = sentences.insert(sentence, id) {
            faults.push(format!("{id} says what {other} says"));
        }
    }
    for id in all_ids() {
        let places = book.part.iter().filter(|part| part.promises.contains_key(&id)).count();
        if places != 1 {
            faults.push(format!("{id} stands in {places} parts"));
        }
    }
    faults.extend(
        book.unmet
            .iter()
            .filter(|id| !all_ids().any(|known| known == **id))
            .map(|id| format!("{id} is called unmet and is no id")),
    );
    faults
}

/// The tests that cite each id, and what is wrong in the way they do.
fn held_by(files: &[(String, String)]) -> (Held, Vec<String>) {
    let (mut held, mut faults) = (Held::new(), Vec::new());
    for (path, text) in files {
        let Citations { tests, faults: bad } = citations_in(text);
        faults.extend(bad.into_iter().map(|fault| format!("{path}:{fault}")));
        for Citing { test, ids } in tests {
            for id in ids {
                held.entry(id).or_default().insert((path.clone(), test.clone()));
            }
        }
    }
    (held, faults)
}

fn faults_of_citations(book: &Book, held: &Held) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, tests) in held {
        if !all_ids().any(|known| known == *id) {
            for (path, test) in tests {
                faults.push(format!("{path}: `{test}` cites {id}, which is no promise"));
            }
        }
    }
    for id in all_ids() {
        match (held.contains_key(&id), book.unmet.contains(&id)) {
            (true, true) => {
                faults
                    .push(format!("{id} is held by a test now: take it from `unmet` in tests/promises.toml"));
            }
            (false, false) => faults.push(format!("{id} is held by no test")),
            (true, false) | (false, true) => {}
        }
    }
    faults
}

// ---- The page

fn page_of(book: &Book, held: &Held) -> String {
    let mut page = String::from(
        "# What Perch promises\n\n\
         Each promise is held by tests: they fail when it is broken. This page is written from\n\
         [tests/promises.toml](../tests/promises.toml) and from the tests themselves;\n\
         `PERCH_BLESS=1 cargo test --test promises` writes it anew.\n",
    );
    for part in &book.part {
        let _ = write!(page, "\n## {}\n\n| | promise | held by |\n|---|---|---|\n", part.title);
        for (id, sentence) in all_ids().filter_map(|id| part.promises.get_key_value(&id)) {
            let tests = held.get(id).into_iter().flatten();
            let mut tests: Vec<String> = tests.map(|(path, test)| format!("`{test}` in {path}")).collect();
            if book.unmet.contains(id) {
                tests.push("*not yet*".to_owned());
            }
            let _ = writeln!(page, "| {id} | {} | {} |", sentence.replace('|', "\\|"), tests.join("<br>"));
        }
    }
    page
}

// ---- The checker

/// What a file of these lines cites, as `test: ids`, and its faults.
fn read(lines: &[&str]) -> (Vec<String>, Vec<String>) {
    let Citations { tests, faults } = citations_in(&lines.join("\n"));
    (tests.into_iter().map(|Citing { test, ids }| format!("{test}: {}", ids.join(" "))).collect(), faults)
}

#[track_caller]
fn check(lines: &[&str], cited: &[&str]) {
    assert_eq!(read(lines), (cited.iter().map(ToString::to_string).collect(), Vec::new()), "{lines:?}");
}

#[test]
fn a_name_cites_the_ids_it_begins_with() {
    check(&["#[test]", "fn k10_a_pin_ends() {"], &["k10_a_pin_ends: K10"]);
    check(&["    #[test]", "    fn k6_k7_rule2_all_ring() {"], &["k6_k7_rule2_all_ring: K6 K7 rule2"]);
    check(&["#[tokio::test]", "#[should_panic]", "async fn c16() {"], &["c16: C16"]);
    check(&["#[test]", "fn a_call_for_help_passes_b8() {"], &[]);
    check(&["#[test]", "fn sip_p10_a_call() {"], &[]);
    check(&["#[test]", "fn r02_r06_an_answer() {", "#[test]", "fn rules_are_kept() {"], &[]);
    check(&["fn k10_a_helper() {", "const K: &str = \"fn k10_x() {\";"], &[]);
}

#[test]
fn a_line_above_a_test_cites_too() {
    let head = ["/// A desk.", "/// Promises: K1, rule9.", "#[test]"];
    check(&[&head[..], &["fn a_phone_is_anybodys() {"]].concat(), &["a_phone_is_anybodys: K1 rule9"]);
    check(&[&head[..], &["fn p1_it_rings() {"]].concat(), &["p1_it_rings: P1 K1 rule9"]);
}

#[test]
fn what_cites_nothing_is_told() {
    let none = |lines: &[&str], fault: &str| assert_eq!(read(lines), (Vec::new(), vec![fault.to_owned()]));
    none(&["/// Promises: K1.", "fn help() {"], "1: promises above what is no test");
    none(&["/// Promises: K1.", "", "#[test]", "fn t() {"], "1: promises above what is no test");
    none(&["/// Promises: K1."], "1: promises above what is no test");
    none(&["/// Promises: K1.", "#[ignore]", "#[test]", "fn t() {"], "1: promises above what is no test");
    none(&["/// See Promises: K1.", "#[test]", "fn t() {"], "1: `Promises:` begins a line");
    for text in ["k1.", "K1", "K1 and K2.", "K1,K2.", "K.", ".", "R1."] {
        let line = format!("/// Promises: {text}");
        none(&[&line, "#[test]", "fn t() {"], &format!("1: `Promises: K10, B8.` is the form, not `{text}`"));
    }
    assert_eq!(read(&["#[test]", "#[ignore = \"slow\"]", "fn k10_a_pin() {"]), (Vec::new(), Vec::new()));
}

fn files(texts: &[&str]) -> Vec<(String, String)> {
    texts.iter().map(|text| ("tests/sample.rs".to_owned(), format!("#[test]\nfn {text}() {{"))).collect()
}

/// The faults of citations in a book without a promise that is unmet but for `unmet`, when these tests are all there are.
fn faults_with(unmet: &[&str], tests: &[&str]) -> Vec<String> {
    let book = Book { unmet: unmet.iter().map(ToString::to_string).collect(), part: Vec::new() };
    let (held, faults) = held_by(&files(tests));
    assert_eq!(faults, Vec::<String>::new());
    faults_of_citations(&book, &held)
}

#[test]
fn an_id_without_a_test_and_a_test_without_an_id_are_found() {
    let every: String = all_ids().map(|id| id.to_lowercase() + "_").collect();
    assert_eq!(faults_with(&[], &[&every]), Vec::<String>::new());
    let without_k1 = every.replacen("k1_", "", 1);
    assert_eq!(faults_with(&[], &[&without_k1]), ["K1 is held by no test"]);
    assert_eq!(faults_with(&["K1"], &[&without_k1]), Vec::<String>::new());
    assert_eq!(
        faults_with(&["K1"], &[&every]),
        ["K1 is held by a test now: take it from `unmet` in tests/promises.toml"]
    );
    for (name, id) in [("k99_x", "K99"), ("p02_x", "P02"), ("k0_x", "K0"), ("rule10_x", "rule10")] {
        let fault = format!("tests/sample.rs: `{name}` cites {id}, which is no promise");
        assert_eq!(faults_with(&[], &[&every, name]), [fault]);
    }
}

#[test]
fn a_faulty_book_is_found() {
    let mut promises: BTreeMap<String, String> =
        all_ids().map(|id| (id.clone(), format!("Perch does {id}."))).collect();
    let book = |unmet: &[&str], promises: &BTreeMap<String, String>| Book {
        unmet: unmet.iter().map(ToString::to_string).collect(),
        part: vec![Part { title: "All".to_owned(), promises: promises.clone() }],
    };
    assert_eq!(faults_of_book(&book(&[], &promises)), Vec::<String>::new());
    assert_eq!(faults_of_book(&book(&["K29"], &promises)), ["K29 is called unmet and is no id"]);
    promises.insert("K1".to_owned(), "Yes.".to_owned());
    promises.insert("K2".to_owned(), "Perch does K3.".to_owned());
    promises.insert("K29".to_owned(), "Perch does K29.".to_owned());
    promises.remove("B15");
    assert_eq!(
        faults_of_book(&book(&[], &promises)),
        [
            "K1 is no sentence on one line: \"Yes.\"",
            "K29 is no id",
            "K3 says what K2 says",
            "B15 stands in 0 parts"
        ]
    );
}
