//! What a phone says of itself in a User-Agent header, HTTP or SIP: maker, model and MAC.
//!
//! Reads the writings of Yealink and Snom and knows the words by which other makers name themselves, so that their
//! phones are left alone. A text longer than [`MAX_TEXT`] says nothing. Nothing here decides anything: `identify`
//! and `discovery` do.

use crate::model::{Mac, ModelName, Vendor};

/// The longest path, URI or header that is looked at, in bytes; no phone comes near it.
pub const MAX_TEXT: usize = 512;

/// The longest model word taken over from a header.
const MAX_MODEL: usize = 24;

/// Words by which makers whose files Perch does not write name themselves.
const OTHER_MAKERS: [&str; 19] = [
    "gigaset",
    "poly",
    "grandstream",
    "fanvil",
    "cisco",
    "linksys",
    "sipura",
    "aastra",
    "mitel",
    "panasonic",
    "htek",
    "sangoma",
    "digium",
    "akuvox",
    "audc-",
    "avaya",
    "flyingvoice",
    "vtech",
    "ale ",
];

/// Who made a phone, as far as its own words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Maker {
    /// One whose files Perch writes.
    Ours(Vendor),
    /// Another maker of phones.
    Other,
    /// The words do not say.
    #[default]
    Untold,
}

/// The facts of a User-Agent header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agent {
    /// The maker.
    pub maker: Maker,
    /// The model, where the maker is ours and wrote one.
    pub model: Option<ModelName>,
    /// The hardware address, where there is one.
    pub mac: Option<Mac>,
}

impl Agent {
    /// Reads a User-Agent header; what it cannot read it leaves out.
    pub fn read(text: &str) -> Self {
        if text.len() > MAX_TEXT {
            return Self::default();
        }
        let lower = text.trim().to_ascii_lowercase();
        let mac = find_mac(&lower);
        if let Some(rest) = lower.strip_prefix("yealink") {
            return Self { maker: Maker::Ours(Vendor::Yealink), model: yealink_model(rest), mac };
        }
        if let Some(rest) = after_word(&lower, "snom") {
            return Self { maker: Maker::Ours(Vendor::Snom), model: snom_model(rest), mac };
        }
        if OTHER_MAKERS.iter().any(|word| after_word(&lower, word).is_some()) {
            return Self { maker: Maker::Other, model: None, mac };
        }
        if is_unsigned_yealink(&lower) {
            return Self { maker: Maker::Ours(Vendor::Yealink), model: yealink_model(&lower), mac };
        }
        Self { maker: Maker::Untold, model: None, mac }
    }
}

/// A model name made of a maker's prefix and the maker's own word; `None` where the word cannot be one.
pub fn model_named(vendor: Vendor, word: &str) -> Option<ModelName> {
    let prefix = match vendor {
        Vendor::Yealink => "yealink-",
        Vendor::Snom => "snom-",
        Vendor::Generic => return None,
    };
    if word.is_empty() || word.len() > MAX_MODEL {
        return None;
    }
    format!("{prefix}{word}").parse().ok()
}

/// `Yealink SIP-T46U 108.86…`, `Yealink SIP VP-T49G …`, `Yealink CP860 …`: the first word that is not `SIP`.
fn yealink_model(rest: &str) -> Option<ModelName> {
    let word = rest.split_ascii_whitespace().find(|word| *word != "sip")?;
    let word = word.strip_prefix("sip-").or_else(|| word.strip_prefix("sip_")).unwrap_or(word);
    if !word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    model_named(Vendor::Yealink, &word.replace('_', "-"))
}

/// `snomD785-SIP 10.1…`, `snomD345/10.1…`, `Snom M900 05.20…`: the letters and digits that follow.
fn snom_model(rest: &str) -> Option<ModelName> {
    let rest = rest.strip_prefix([' ', '-']).unwrap_or(rest);
    let end = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let word = &rest[..end];
    if !word.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    model_named(Vendor::Snom, word)
}

/// Some Yealink models leave the maker out: `W52P 25.30.0.2 …`, `VP530P 23.70.0.40 …`.
fn is_unsigned_yealink(lower: &str) -> bool {
    let mut words = lower.split_ascii_whitespace();
    let (Some(model), Some(firmware)) = (words.next(), words.next()) else { return false };
    let digits = model.strip_prefix("w").or_else(|| model.strip_prefix("vp")).unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && firmware.split('.').count() == 4
        && firmware.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// What follows `word` in `text`, where the word does not stand inside another.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.match_indices(word)
        .find(|(at, _)| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
        .map(|(at, word)| &text[at + word.len()..])
}

/// The first MAC in a text: six pairs held together by `:` or `-`, else twelve hexadecimal digits standing alone.
pub fn find_mac(text: &str) -> Option<Mac> {
    let words = || text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-')));
    let paired = words().find_map(|word| {
        let word = word.trim_matches(['-', ':']);
        let pairs: Vec<&str> = word.split([':', '-']).collect();
        (pairs.len() == 6 && pairs.iter().all(|pair| pair.len() == 2)).then(|| word.parse().ok()).flatten()
    });
    paired.or_else(|| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| word.len() == 12)
            .find_map(|word| word.parse().ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makers_are_told_by_their_own_words() {
        let saw = |text: &str| {
            let agent = Agent::read(text);
            let maker = match agent.maker {
                Maker::Ours(Vendor::Yealink) => "yealink",
                Maker::Ours(Vendor::Snom) => "snom",
                Maker::Ours(Vendor::Generic) => "generic",
                Maker::Other => "other",
                Maker::Untold => "untold",
            };
            let model = agent.model.map_or("-".to_owned(), |model| model.to_string());
            let mac = agent.mac.map_or("-".to_owned(), |mac| mac.bare());
            format!("{maker} {model} {mac}")
        };
        for (text, expected) in [
            ("Yealink SIP-T46U 108.86.0.20 80:5e:c0:11:22:33", "yealink yealink-t46u 805ec0112233"),
            ("yealink SIP-T28P 2.60.0.110", "yealink yealink-t28p -"),
            ("Yealink SIP VP-T49G 51.80.0.100 00:15:65:aa:bb:cc", "yealink yealink-vp-t49g 001565aabbcc"),
            ("Yealink CP860 37.72.0.5", "yealink yealink-cp860 -"),
            ("W52P 25.30.0.2 001565aabbcc", "yealink yealink-w52p 001565aabbcc"),
            ("Yealink SIP-T56A 58.80.0.25 001565f429a4", "yealink yealink-t56a 001565f429a4"),
            ("Yealink", "yealink - -"),
            (
                "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52c6 000413922D24 SXM:0 UXM:0)",
                "snom snom-d785 000413922d24",
            ),
            ("Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)", "snom snom-m900 000413b60680"),
            ("snomD120/10.1.39.11", "snom snom-d120 -"),
            ("snom370/8.7.5.48", "snom snom-370 -"),
            ("Grandstream GRP2612W 1.0.5.67", "other - -"),
            ("Mozilla/4.0 (compatible; GigasetP850-SIP 10.1.33.33 000413E50001)", "other - 000413e50001"),
            ("FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application", "other - -"),
            ("curl/7.88.1", "untold - -"),
            ("venomous 1.0", "untold - -"),
            ("", "untold - -"),
        ] {
            assert_eq!(saw(text), expected, "{text}");
        }
        assert_eq!(Agent::read(&"Yealink ".repeat(100)), Agent::default());
    }
}
