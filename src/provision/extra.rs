//! Lines of the owner's own at the end of a phone's file: whatever Perch does not know to write.
//!
//! They come last, so they win over what Perch writes, idle and logged in alike. Each line is one whole setting in the form
//! of the phone's maker, so that none can break the file; lines that do not keep that form are left out all together, for
//! half of what somebody meant may be worse than nothing. What is taken off the list again stays on a phone until its maker
//! forgets it: Perch does not remember what it once wrote.

use crate::model::Vendor;

/// How long all lines together may be, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// How long one line may be, in bytes.
pub const MAX_LINE: usize = 500;

/// Why lines cannot stand in a phone's file; the sentence says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtraFlaw {
    /// More than [`MAX_BYTES`].
    #[error("these lines are longer than {} KiB together: remove some", MAX_BYTES / 1024)]
    TooLong,
    /// A line, counted from 1, that is no setting of the form a Yealink phone reads.
    #[error("line {0} is no setting of a Yealink phone: write for example account.1.ringtone = Ring2.wav")]
    NotYealink(usize),
    /// A line, counted from 1, that is no setting of the form a Snom phone reads.
    #[error("line {0} is no setting of a Snom phone: write for example <ringer>Ringer2</ringer>")]
    NotSnom(usize),
    /// The phone is set up by hand.
    #[error("Perch writes no file for this phone: remove the lines")]
    ByHand,
}

/// Lines that can stand in a file as they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExtraLines<'a> {
    /// Settings.
    pub settings: Vec<&'a str>,
    /// Keys, which a Snom phone reads in a part of their own.
    pub keys: Vec<&'a str>,
}

impl<'a> ExtraLines<'a> {
    /// Reads lines for a phone of this maker.
    pub fn read(vendor: Vendor, text: &'a str) -> Result<Self, ExtraFlaw> {
        if text.len() > MAX_BYTES {
            return Err(ExtraFlaw::TooLong);
        }
        let mut lines = Self::default();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            let fits = line.len() <= MAX_LINE && !line.chars().any(is_unprintable);
            match vendor {
                _ if line.is_empty() => {}
                Vendor::Generic => return Err(ExtraFlaw::ByHand),
                Vendor::Yealink if fits && is_cfg_line(line) => lines.settings.push(line),
                Vendor::Yealink => return Err(ExtraFlaw::NotYealink(number)),
                Vendor::Snom if fits && element(line) == Some("fkey") => lines.keys.push(line),
                Vendor::Snom if fits && element(line).is_some() => lines.settings.push(line),
                Vendor::Snom => return Err(ExtraFlaw::NotSnom(number)),
            }
        }
        Ok(lines)
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `name = value`, or a comment that is not read as a version.
fn is_cfg_line(line: &str) -> bool {
    if let Some(comment) = line.strip_prefix('#') {
        return !comment.starts_with('!');
    }
    let Some((name, _)) = line.split_once('=') else { return false };
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    // A word of the boot file, by which everything else would fall back to the factory's values.
    is_name && name != "overwrite_mode"
}

/// The name of the one XML element that the line is, without elements inside.
fn element(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('<')?;
    let end = inside.find(|c: char| !is_name_char(c))?;
    let (name, mut rest) = inside.split_at(end);
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (key, value) = attribute.split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        if key.is_empty() || !key.chars().all(is_name_char) || !is_text(value) {
            return None;
        }
        rest = after;
    }
    let is_whole = match rest.strip_prefix('>') {
        None => rest == "/>",
        Some(content) => {
            let (content, tail) = content.split_once("</")?;
            is_text(content) && tail.strip_suffix('>') == Some(name)
        }
    };
    let is_named = name.starts_with(|c: char| c.is_ascii_lowercase()) && !STRUCTURE.contains(&name);
    (is_whole && is_named).then_some(name)
}

/// The elements that a file is built of.
const STRUCTURE: [&str; 2] = ["settings", "tbook"];

fn is_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// Whether a text can stand between tags: `&` only as one of the five names that XML has for signs.
fn is_text(text: &str) -> bool {
    let mut parts = text.split('&');
    let is_free = |part: &str| !part.contains(['<', '>']);
    let is_sign =
        |part: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|sign| part.starts_with(sign));
    parts.next().is_some_and(is_free) && parts.all(|part| is_sign(part) && is_free(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_the_form_of_the_maker_are_taken_as_they_are() {
        let text =
            " account.1.ringtone = Ring2.wav\n\n# louder\nvoice.group_spk_vol=11\r\nlinekey.9.label = \n";
        let yealink = ExtraLines::read(Vendor::Yealink, text).expect("settings");
        let lines =
            ["account.1.ringtone = Ring2.wav", "# louder", "voice.group_spk_vol=11", "linekey.9.label ="];
        assert_eq!(yealink.settings, lines);

        let text = "<ringer perm=\"R\">Ringer2 &amp; more</ringer>\n<fkey idx=\"3\" label=\"Door\" perm=\"\">speed 9</fkey>\n<dst/>";
        let snom = ExtraLines::read(Vendor::Snom, text).expect("settings");
        assert_eq!(snom.settings, ["<ringer perm=\"R\">Ringer2 &amp; more</ringer>", "<dst/>"]);
        assert_eq!(snom.keys, ["<fkey idx=\"3\" label=\"Door\" perm=\"\">speed 9</fkey>"]);
    }

    #[test]
    fn a_line_that_would_break_the_file_is_refused_by_its_number() {
        for line in [
            "#!version:1.0.0.1",
            "include:config \"http://elsewhere/x.cfg\"",
            "overwrite_mode = 1",
            "no setting",
            "= value",
            "two words = x",
            "a = b\u{0}",
        ] {
            let text = format!("ok = 1\n{line}");
            assert_eq!(ExtraLines::read(Vendor::Yealink, &text), Err(ExtraFlaw::NotYealink(2)), "{line}");
        }
        for line in [
            "</phone-settings>",
            "<a>b</c>",
            "<a>b",
            "<a><b/></a>",
            "<a x=\"<\">b</a>",
            "<a>b</a><c>d</c>",
            "<a>&nbsp;</a>",
            "<a>& b</a>",
            "<!-- a -->",
            "<settings></settings>",
            "<tbook complete=\"true\"/>",
            "<a x=b>c</a>",
            "account.1.enable = 0",
        ] {
            let text = format!("<ok>1</ok>\n{line}");
            assert_eq!(ExtraLines::read(Vendor::Snom, &text), Err(ExtraFlaw::NotSnom(2)), "{line}");
        }
    }

    #[test]
    fn lines_have_a_bound_and_none_is_for_a_phone_set_up_by_hand() {
        let long = format!("a = {}", "x".repeat(MAX_LINE));
        assert_eq!(ExtraLines::read(Vendor::Yealink, &long), Err(ExtraFlaw::NotYealink(1)));
        let many = "a = 1\n".repeat(MAX_BYTES / 6 + 1);
        assert_eq!(ExtraLines::read(Vendor::Yealink, &many), Err(ExtraFlaw::TooLong));
        assert_eq!(ExtraLines::read(Vendor::Generic, "a = 1"), Err(ExtraFlaw::ByHand));
        assert_eq!(ExtraLines::read(Vendor::Generic, " \n"), Ok(ExtraLines::default()));
    }
}
