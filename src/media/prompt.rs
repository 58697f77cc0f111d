//! What the voice can say, and the sound of it.
//!
//! Each [`Prompt`] has a recording of the house in each [`Language`], which the owner's own recording replaces. Sound is
//! 8 kHz mono µ-law throughout; an A-law call re-packs it while playing.
//!
//! Not here: when to say what (`exchange`), reading the owner's folder (`app`; [`super::wav`] decodes the files). Texts
//! and the script that speaks them are in `prompts/`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::g711;

/// The recordings of the house and the owner's in their place.
#[derive(Debug, Clone, Default)]
pub struct PromptLibrary {
    overrides: BTreeMap<(Language, Prompt), Arc<[u8]>>,
}

impl PromptLibrary {
    /// A library with the recordings of the house alone.
    pub fn new() -> PromptLibrary {
        PromptLibrary::default()
    }

    /// Puts the owner's recording (8 kHz mono samples) in place of that of the house.
    pub fn override_with(&mut self, language: Language, prompt: Prompt, pcm: &[i16]) {
        let packed = pcm.iter().map(|&sample| g711::encode_ulaw(sample)).collect();
        self.overrides.insert((language, prompt), packed);
    }

    /// The sound of a prompt.
    pub fn audio(&self, language: Language, prompt: Prompt) -> PromptAudio {
        match self.overrides.get(&(language, prompt)) {
            Some(packed) => PromptAudio(Recording::Owned(Arc::clone(packed))),
            None => PromptAudio(Recording::House(prompt.house_recording(language))),
        }
    }
}

/// A recording, 8 kHz mono µ-law; cheap to clone.
#[derive(Clone)]
pub struct PromptAudio(Recording);

#[derive(Clone)]
enum Recording {
    House(&'static [u8]),
    Owned(Arc<[u8]>),
}

impl PromptAudio {
    /// A recording from µ-law bytes that are at hand.
    pub fn from_ulaw(bytes: &[u8]) -> PromptAudio {
        PromptAudio(Recording::Owned(Arc::from(bytes)))
    }

    /// The µ-law bytes, one for each sample.
    pub fn ulaw(&self) -> &[u8] {
        match &self.0 {
            Recording::House(bytes) => bytes,
            Recording::Owned(bytes) => bytes,
        }
    }

    /// How long it takes to play.
    pub fn duration(&self) -> std::time::Duration {
        std::time::Duration::from_micros(self.ulaw().len() as u64 * 125)
    }
}

impl fmt::Debug for PromptAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PromptAudio({:?})", self.duration())
    }
}

/// A name that no prompt or language has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownName {
    /// There are recordings in other languages only.
    #[error("no voice for the language \"{0}\"; there are: {known}", known = names(Language::ALL))]
    Language(String),
    /// Nothing is said under that name.
    #[error("no prompt is called \"{0}\"; there are: {known}", known = names(Prompt::ALL))]
    Prompt(String),
}

fn names<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Declares the languages from one list, so that no part can be forgotten.
macro_rules! languages {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A language the voice speaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Language { $($(#[$doc])* $variant,)* }

        impl Language {
            /// Every language there is a voice for.
            pub const ALL: &'static [Language] = &[$(Language::$variant,)*];

            /// The two-letter code of ISO 639-1.
            pub fn code(self) -> &'static str {
                match self { $(Language::$variant => $name,)* }
            }
        }
    };
}

/// Declares the prompts from one list: variant, name of the recording.
macro_rules! prompts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Something the voice says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Prompt { $($(#[$doc])* $variant,)* }

        impl Prompt {
            /// Every prompt.
            pub const ALL: &'static [Prompt] = &[$(Prompt::$variant,)*];

            /// The name of the prompt in files and folders.
            pub fn name(self) -> &'static str {
                match self { $(Prompt::$variant => $name,)* }
            }

            fn house_recording(self, language: Language) -> &'static [u8] {
                match language {
                    Language::En => match self {
                        $(Prompt::$variant => include_bytes!(concat!("prompts/en/", $name, ".ulaw")),)*
                    },
                    Language::It => match self {
                        $(Prompt::$variant => include_bytes!(concat!("prompts/it/", $name, ".ulaw")),)*
                    },
                    Language::De => match self {
                        $(Prompt::$variant => include_bytes!(concat!("prompts/de/", $name, ".ulaw")),)*
                    },
                    Language::Fr => match self {
                        $(Prompt::$variant => include_bytes!(concat!("prompts/fr/", $name, ".ulaw")),)*
                    },
                    Language::Es => match self {
                        $(Prompt::$variant => include_bytes!(concat!("prompts/es/", $name, ".ulaw")),)*
                    },
                }
            }
        }
    };
}

languages! {
    /// English.
    En = "en",
    /// Italian.
    It = "it",
    /// German.
    De = "de",
    /// French.
    Fr = "fr",
    /// Spanish.
    Es = "es",
}

prompts! {
    /// Asks for the PIN.
    EnterPin = "enter_pin",
    /// The PIN was wrong and may be tried again.
    WrongPin = "wrong_pin",
    /// The PIN was wrong for the last time; says goodbye.
    WrongPinLast = "wrong_pin_last",
    /// The login is made and this phone now takes the user's calls.
    LoggedIn = "logged_in",
    /// The login has ended.
    LoggedOut = "logged_out",
    /// No extension has that number.
    UnknownExtension = "unknown_extension",
    /// The extension may not use hot desks.
    NotAllowed = "not_allowed",
    /// Too many wrong PINs: closed for a while.
    Locked = "locked",
    /// The user is logged in at another phone and the office does not move logins.
    BusyElsewhere = "busy_elsewhere",
    /// No way out of the building for this call.
    NoOutsideLine = "no_outside_line",
    /// The phone is the caller's own.
    AlreadyYours = "already_yours",
    /// A logout where nobody is logged in.
    NotLoggedIn = "not_logged_in",
    /// An idle hot-desk phone calls emergency numbers and nothing else.
    OnlyEmergencyAndLogin = "only_emergency_and_login",
    /// The box is at fault.
    SystemFault = "system_fault",
    /// Asks for the number of the user, before the PIN.
    EnterId = "enter_id",
    /// No user has that number and PIN; both may be tried again.
    WrongLogin = "wrong_login",
    /// Number and PIN were wrong for the last time; says goodbye.
    WrongLoginLast = "wrong_login_last",
    /// The login at another phone has ended, as its user asked from here.
    LoggedOutThere = "logged_out_there",
    /// A logout from any phone by a user who is logged in at none.
    NowhereLoggedIn = "nowhere_logged_in",
    /// The user's own phones no longer ring.
    PhonesOff = "phones_off",
    /// The user's own phones ring again.
    PhonesOn = "phones_on",
    /// The user owns no phone that could be switched off or on.
    NoOwnPhones = "no_own_phones",
    /// Nobody can log in at this phone.
    PhoneNotShared = "phone_not_shared",
    /// The former login ended because somebody else took the phone.
    ToldDisplaced = "told_displaced",
    /// The login at another phone has ended because of this one.
    ToldMoved = "told_moved",
    /// The administrator ended the former login.
    ToldByAdministrator = "told_by_administrator",
    /// The former login ended by age, idle time, the clock or because the phone was gone.
    ToldAutomatically = "told_automatically",
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Language, UnknownName> {
        let found = Language::ALL.iter().find(|language| language.code() == text);
        found.copied().ok_or_else(|| UnknownName::Language(text.to_owned()))
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Prompt {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Prompt, UnknownName> {
        let found = Prompt::ALL.iter().find(|prompt| prompt.name() == text);
        found.copied().ok_or_else(|| UnknownName::Prompt(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn every_recording() -> Vec<((Language, Prompt), PromptAudio)> {
        let library = PromptLibrary::new();
        let prompts_in = |&language| Prompt::ALL.iter().map(move |&prompt| (language, prompt));
        let all = Language::ALL.iter().flat_map(prompts_in);
        all.map(|(language, prompt)| ((language, prompt), library.audio(language, prompt))).collect()
    }

    /// The loudness of each tenth of a second, from 0 to 1.
    fn outline(audio: &PromptAudio) -> Vec<f32> {
        let loudness = |part: &[u8]| {
            let sum: f32 = part.iter().map(|&byte| f32::from(g711::decode_ulaw(byte)).powi(2)).sum();
            (sum / part.len() as f32).sqrt() / 32_768.0
        };
        audio.ulaw().chunks(800).map(loudness).collect()
    }

    #[test]
    fn every_text_has_a_recording_and_every_recording_a_text() {
        let texts: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(include_str!("prompts/texts.toml")).expect("the list of texts is TOML");
        let written: Vec<(&str, &str)> = texts
            .iter()
            .flat_map(|(language, prompts)| {
                prompts.keys().map(move |name| (language.as_str(), name.as_str()))
            })
            .collect();
        let mut spoken: Vec<(&str, &str)> = every_recording()
            .into_iter()
            .map(|((language, prompt), _)| (language.code(), prompt.name()))
            .collect();
        spoken.sort_unstable();
        assert_eq!(written, spoken);
    }

    #[test]
    fn k12_p10_who_has_logged_in_hears_that_and_that_calls_come_to_this_phone() {
        let texts: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(include_str!("prompts/texts.toml")).expect("the list of texts is TOML");
        for (language, logged_in, calls) in [
            ("en", "You are logged in", "This phone now takes your calls"),
            ("it", "Accesso eseguito", "Ora questo telefono riceve le sue chiamate"),
        ] {
            let text = &texts[language][Prompt::LoggedIn.name()];
            assert!(text.starts_with(logged_in) && text.contains(calls), "{text}");
        }
    }

    #[test]
    fn recordings_are_short_level_and_do_not_clip() {
        for (name, audio) in every_recording() {
            let length = audio.duration();
            assert!(
                length > Duration::from_secs(1) && length < Duration::from_secs(8),
                "{name:?} {length:?}"
            );
            let outline = outline(&audio);
            let loud: Vec<f32> = outline.into_iter().filter(|&part| part > 0.02).collect();
            let rms = (loud.iter().map(|part| part * part).sum::<f32>() / loud.len() as f32).sqrt();
            let decibel = 20.0 * rms.log10();
            assert!((-21.0..=-19.0).contains(&decibel), "{name:?} is at {decibel} dB");
            let peak = audio.ulaw().iter().map(|&byte| g711::decode_ulaw(byte).unsigned_abs()).max();
            assert!(peak < Some(31_000), "{name:?} peaks at {peak:?}");
        }
    }

    #[test]
    fn recordings_begin_and_end_with_a_breath_so_that_no_word_is_cut() {
        for (name, audio) in every_recording() {
            let loudest = |part: &[u8]| part.iter().map(|&byte| g711::decode_ulaw(byte).unsigned_abs()).max();
            let sound = audio.ulaw();
            // 20 ms before and after, and somebody speaks within 100 ms.
            let breaths = (loudest(&sound[..160]), loudest(&sound[sound.len() - 160..]));
            assert!(breaths.0 < Some(330) && breaths.1 < Some(330), "{name:?}: {breaths:?}");
            assert!(loudest(&sound[..800]) > Some(330), "{name:?} begins late");
        }
    }

    #[test]
    fn any_two_recordings_can_be_told_apart_by_ear() {
        let all: Vec<_> =
            every_recording().into_iter().map(|(name, audio)| (name, outline(&audio), audio)).collect();
        for (n, (name, outline, audio)) in all.iter().enumerate() {
            for (other_name, other_outline, other_audio) in &all[n + 1..] {
                let apart = audio.duration().abs_diff(other_audio.duration());
                let difference: f32 = outline.iter().zip(other_outline).map(|(a, b)| (a - b).abs()).sum();
                assert!(
                    apart > Duration::from_millis(40) || difference > 0.3,
                    "{name:?} and {other_name:?}: {apart:?}, {difference}"
                );
            }
        }
    }

    #[test]
    fn the_owners_recording_takes_the_place_of_ours_and_only_that() {
        let mut library = PromptLibrary::new();
        library.override_with(Language::It, Prompt::Locked, &[0, 8_000, -8_000]);
        let bytes = [0, 8_000, -8_000].map(g711::encode_ulaw);
        assert_eq!(library.audio(Language::It, Prompt::Locked).ulaw(), bytes);
        assert_ne!(library.audio(Language::En, Prompt::Locked).ulaw(), bytes);
        assert_ne!(library.audio(Language::It, Prompt::WrongPin).ulaw(), bytes);
    }

    #[test]
    fn names_are_read_back_and_unknown_ones_are_answered_with_the_list() {
        for &language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
        for &prompt in Prompt::ALL {
            assert_eq!(prompt.to_string().parse(), Ok(prompt));
        }
        let fault = "pt".parse::<Language>().expect_err("there is no Portuguese voice yet");
        assert_eq!(fault.to_string(), "no voice for the language \"pt\"; there are: en, it, de, fr, es");
        assert!("hello".parse::<Prompt>().is_err());
    }
}
