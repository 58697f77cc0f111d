//! Notes: what was just done, told on the page that follows. A redirect carries only the note's name, from this list.

use axum::response::{IntoResponse, Redirect, Response};

use super::words::Words;
use crate::control::Kept;
use crate::model::LoginRefusal;

/// A note as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// Whether it tells of a refusal.
    pub is_bad: bool,
}

const GOOD: [&str; 19] = [
    "ended-all",
    "webhook-removed",
    "token-withdrawn",
    "unlocked",
    "accepted",
    "dismissed",
    "removed",
    "saved",
    "saved-later",
    "logged-in",
    "logged-out",
    "extension-added",
    "extension-removed",
    "phone-added",
    "pin-changed",
    "password-changed",
    "signed-out",
    "welcome",
    "findings-read",
];

const BAD: [&str; 14] = [
    "nobody-anywhere",
    "not-saved",
    "refused-unknown-extension",
    "refused-not-allowed",
    "refused-not-a-hot-desk",
    "refused-wrong-pin",
    "refused-locked",
    "refused-busy-elsewhere",
    "refused-already-here",
    "refused-unknown-device",
    "nobody-there",
    "gone",
    "set-up-done",
    "code-again",
];

/// The note of this name.
pub fn find(words: Words, name: &str) -> Option<Note> {
    let good = GOOD.contains(&name);
    let known = good || BAD.contains(&name);
    known.then(|| Note { text: words.say(&format!("note-{name}")), is_bad: !good })
}

/// Goes to a page of ours, which shows the note.
pub fn redirect(to: &str, note: &str) -> Response {
    let more = if to.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{to}{more}note={note}")).into_response()
}

/// The name of the note for something done: what is not on the disc yet is said.
pub fn of_kept(kept: Kept, saved: &'static str) -> &'static str {
    match kept {
        Kept::Saved => saved,
        Kept::NotYet => "saved-later",
    }
}

/// The name of why a login was refused: of the note, and of the journal's words.
pub fn of_refusal(refusal: LoginRefusal) -> &'static str {
    match refusal {
        LoginRefusal::UnknownExtension => "refused-unknown-extension",
        LoginRefusal::NotAllowed => "refused-not-allowed",
        LoginRefusal::NotAHotDesk => "refused-not-a-hot-desk",
        LoginRefusal::WrongPin => "refused-wrong-pin",
        LoginRefusal::Locked => "refused-locked",
        LoginRefusal::BusyElsewhere => "refused-busy-elsewhere",
        LoginRefusal::AlreadyHere => "refused-already-here",
        LoginRefusal::UnknownDevice => "refused-unknown-device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    #[test]
    fn every_note_has_its_words_in_every_language() {
        for language in Language::ALL {
            for name in GOOD.iter().chain(&BAD) {
                assert!(Words(language).find(&format!("note-{name}")).is_some(), "{name} in {language}");
            }
        }
        assert_eq!(find(Words(Language::En), "<script>"), None);
    }
}
