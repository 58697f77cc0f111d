//! Which tests cite which promises, read from the source of the tests.
//!
//! A test cites a promise in one of two ways:
//!
//! - its name begins with ids in lower case, joined by `_`: `k10_k11_a_pin_ends_with_hash_or_after_five_seconds`;
//! - a line above it, among its comments and attributes, names them: `/// Promises: K10, K11.`
//!
//! An id is one of the letters K F I C P B and a number, or `rule` and a number. The checklist of SIP has ids with a P as
//! well; a test of one of those says `sip_p10_…`, and an id with a leading zero is never a promise. An ignored test holds
//! nothing. Whether an id exists is not known here: `promises.rs` asks the book.

/// A test and the promises it cites.
#[derive(Debug, PartialEq, Eq)]
pub struct Citing {
    pub test: String,
    pub ids: Vec<String>,
}

/// What one file of source says of promises.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Citations {
    pub tests: Vec<Citing>,
    /// What is written in a form that cites nothing, each a sentence that begins with the line.
    pub faults: Vec<String>,
}

/// Reads one file of source.
pub fn citations_in(text: &str) -> Citations {
    let mut found = Citations::default();
    let mut head = Head::default();
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim_start(), index + 1);
        if let Some(comment) = line.strip_prefix("///") {
            match comment.trim().strip_prefix(LINE) {
                Some(ids) => head.cited.push((number, ids.trim())),
                None if comment.contains(LINE) => {
                    found.faults.push(format!("{number}: `{LINE}` begins a line"))
                }
                None => {}
            }
        } else if line.starts_with("#[") {
            head.is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            head.is_ignored |= line.starts_with("#[ignore");
        } else {
            std::mem::take(&mut head).end(function_name(line), &mut found);
        }
    }
    head.end(None, &mut found);
    found
}

/// The comments and attributes above an item.
#[derive(Debug, Default)]
struct Head<'a> {
    /// The lines of promises, with their numbers.
    cited: Vec<(usize, &'a str)>,
    is_test: bool,
    is_ignored: bool,
}

impl Head<'_> {
    /// Takes down what the head says of the function below it, if there is one.
    fn end(self, function: Option<&str>, found: &mut Citations) {
        let Some(test) = function.filter(|_| self.is_test && !self.is_ignored) else {
            let stray = self.cited.iter();
            found.faults.extend(stray.map(|(line, _)| format!("{line}: promises above what is no test")));
            return;
        };
        let mut ids = ids_of_name(test);
        for (line, text) in self.cited {
            match ids_of_line(text) {
                Some(more) => ids.extend(more),
                None => found.faults.push(format!("{line}: `{LINE} K10, B8.` is the form, not `{text}`")),
            }
        }
        if !ids.is_empty() {
            found.tests.push(Citing { test: test.to_owned(), ids });
        }
    }
}

/// The ids at the beginning of a test's name.
fn ids_of_name(name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for word in name.split('_') {
        match word.strip_prefix("rule") {
            Some(number) if is_number(number) => ids.push(word.to_owned()),
            _ if is_lettered(word, "kficpb") => ids.push(word.to_uppercase()),
            _ => break,
        }
    }
    ids
}

/// The ids of a line such as `K10, rule3.`; nothing if that is not its form.
fn ids_of_line(text: &str) -> Option<Vec<String>> {
    let is_id = |id: &&str| is_lettered(id, "KFICPB") || id.strip_prefix("rule").is_some_and(is_number);
    let ids: Vec<&str> = text.strip_suffix('.')?.split(", ").collect();
    ids.iter().all(is_id).then(|| ids.into_iter().map(str::to_owned).collect())
}

fn is_lettered(word: &str, letters: &str) -> bool {
    word.chars().next().is_some_and(|first| letters.contains(first) && is_number(&word[first.len_utf8()..]))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name of the function that this line begins.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_head =
        before.split(' ').all(|word| ["", "async", "pub", "pub(crate)", "pub(super)"].contains(&word));
    let end = after.find(|sign: char| !sign.is_alphanumeric() && sign != '_')?;
    is_head.then(|| &after[..end])
}

/// How a line that cites promises begins.
const LINE: &str = "Promises:";
