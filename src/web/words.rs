//! The words of the pages: each sentence once per language, in `i18n/<code>.ftl` (Project Fluent).
//!
//! A sentence that a file lacks shows as `⟦key⟧`; a test holds both files to the same keys, and to the keys the pages
//! use. Values put into a sentence are escaped where the page is written, not here.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::model::Language;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en", include_str!("i18n/en.ftl")));
static ITALIAN: LazyLock<Bundle> = LazyLock::new(|| bundle("it", include_str!("i18n/it.ftl")));

/// The sentences of one of [`Words::LANGUAGES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Language);

impl Words {
    /// The languages of the pages, in the order of their links. The voice and the phones speak more.
    pub const LANGUAGES: [Language; 2] = [Language::En, Language::It];

    /// Whether the pages speak a language.
    pub fn speak(language: Language) -> bool {
        Self::LANGUAGES.contains(&language)
    }

    /// The sentence of this key.
    pub fn say(self, key: &str) -> String {
        self.fill(key, &FluentArgs::new())
    }

    /// The sentence of this key with one value in it.
    pub fn say1(self, key: &str, name: &'static str, value: impl ToString) -> String {
        let mut args = FluentArgs::new();
        args.set(name, FluentValue::from(value.to_string()));
        self.fill(key, &args)
    }

    /// The sentence of this key with two values in it.
    pub fn say2(
        self,
        key: &str,
        (first, one): (&'static str, &dyn ToString),
        (second, two): (&'static str, &dyn ToString),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(first, FluentValue::from(one.to_string()));
        args.set(second, FluentValue::from(two.to_string()));
        self.fill(key, &args)
    }

    /// The sentence of this key for this many things, as `$n`.
    pub fn count(self, key: &str, n: usize) -> String {
        let mut args = FluentArgs::new();
        args.set("n", FluentValue::from(n));
        self.fill(key, &args)
    }

    /// The sentence of this key with a range in it, as `$from`, `$to` and `$total`.
    pub fn range(self, key: &str, from: usize, to: usize, total: usize) -> String {
        let mut args = FluentArgs::new();
        args.set("from", FluentValue::from(from));
        args.set("to", FluentValue::from(to));
        args.set("total", FluentValue::from(total));
        self.fill(key, &args)
    }

    /// The sentence of this key, where there is one.
    pub fn find(self, key: &str) -> Option<String> {
        self.bundle().has_message(key).then(|| self.say(key))
    }

    fn bundle(self) -> &'static Bundle {
        match self.0 {
            Language::It => &ITALIAN,
            Language::En | Language::De | Language::Fr | Language::Es => &ENGLISH,
        }
    }

    fn fill(self, key: &str, args: &FluentArgs<'_>) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("⟦{key}⟧");
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if errors.is_empty() { text } else { format!("⟦{key}: {text}⟧") }
    }
}

/// Reads one language's file. A fault in it is a fault of this program: every build tests both files.
fn bundle(code: &str, text: &str) -> Bundle {
    let language: LanguageIdentifier = code.parse().expect("the codes above are language codes");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    // What cannot be read is left out and shows as its key; the tests below fail on it.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(readable, _)| readable);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The language that a browser asks for in its Accept-Language header, out of those at hand.
pub fn preferred(header: &str, among: &[Language]) -> Option<Language> {
    const ENTRIES_READ: usize = 16;
    let weight = |entry: &str| -> Option<(u16, Language)> {
        let mut parts = entry.split(';');
        let code = parts.next()?.trim().split('-').next()?.to_ascii_lowercase();
        let q = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
        let q = (q.clamp(0.0, 1.0) * 1000.0) as u16;
        (q > 0).then_some(())?;
        let language = code.parse().ok().filter(|language| among.contains(language))?;
        Some((q, language))
    };
    let mut best: Option<(u16, Language)> = None;
    for (q, language) in header.split(',').take(ENTRIES_READ).filter_map(weight) {
        if best.is_none_or(|(highest, _)| q > highest) {
            best = Some((q, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const FILES: [&str; 2] = [include_str!("i18n/en.ftl"), include_str!("i18n/it.ftl")];

    /// Keys that are put together: a prefix and something that a value decides.
    const MADE: [&str; 12] = [
        "note-",
        "month-",
        "country-",
        "policy-",
        "idle-",
        "value-",
        "profile-",
        "weekday-",
        "restart-",
        "auto-logout-",
        "language-",
        "template-kind-",
    ];

    fn keys(file: &str) -> BTreeSet<&str> {
        let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        file.lines().filter(is_key).filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect()
    }

    /// Everything in the room that can use a key.
    fn sources(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("the room's folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html") {
                text.push_str(&std::fs::read_to_string(&path).expect("a source file"));
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_sentences_with_the_same_values_in_them() {
        let [english, italian] = FILES.map(keys);
        assert_eq!(english, italian);
        for text in FILES {
            assert!(FluentResource::try_new(text.to_owned()).is_ok());
        }
        let values = |words: Words, key: &str| {
            let message = words.bundle().get_message(key).and_then(|message| message.value());
            let text = format!("{:?}", message.expect("a sentence"));
            let names = text.split("VariableReference").skip(1).filter_map(|rest| rest.split('"').nth(1));
            names.map(str::to_owned).collect::<BTreeSet<String>>()
        };
        for key in english {
            assert_eq!(values(Words(Language::En), key), values(Words(Language::It), key), "{key}");
        }
    }

    #[test]
    fn every_sentence_is_used_and_every_used_sentence_is_there() {
        let mut text = String::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web")), &mut text);
        let known = keys(FILES[0]);
        for key in &known {
            let made = MADE.iter().any(|prefix| key.starts_with(prefix));
            assert!(made || text.contains(&format!("\"{key}\"")), "nobody says {key}");
        }
        for call in [".say(\"", ".say1(\"", ".say2(\"", ".count(\"", ".range(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or_default();
                assert!(known.contains(key) || key.contains('{') || key.is_empty(), "there is no {key}");
            }
        }
    }

    #[test]
    fn a_sentence_counts_things_as_people_do() {
        assert_eq!(Words(Language::En).count("status-waiting", 1), "A new phone is waiting.");
        assert_eq!(Words(Language::En).count("status-waiting", 3), "3 new phones are waiting.");
        assert_eq!(Words(Language::It).count("status-waiting", 3), "3 nuovi telefoni sono in attesa.");
    }

    #[test]
    fn the_browser_is_answered_in_the_best_language_it_asks_for() {
        let asked = |header| preferred(header, &Language::ALL);
        assert_eq!(asked("it-IT,it;q=0.9,en;q=0.8"), Some(Language::It));
        assert_eq!(asked("pt-BR, en;q=0.5, it;q=0.7"), Some(Language::It));
        assert_eq!(asked("fr-CA, de"), Some(Language::Fr));
        assert_eq!(asked("pt, sv"), None);
        assert_eq!(preferred("fr, de, it;q=0.3", &Words::LANGUAGES), Some(Language::It));
        assert_eq!(asked("it;q=0, en"), Some(Language::En));
        assert_eq!(asked("it;q=nonsense"), None);
    }
}
