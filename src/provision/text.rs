//! Cleaning of texts that come from people before they enter a phone's file.
//!
//! Every value passes here before a vendor's writer adds its own escaping, so no text can begin a new line or hide
//! control characters in a file, whatever was typed.

/// The longest text a phone is given for one value, in characters.
const MAX_CHARS: usize = 99;

/// The longest address or password, in characters.
const MAX_LONG_CHARS: usize = 511;

/// A text on one line: control characters and line separators become single spaces, ends trimmed, length bounded.
pub fn one_line(text: &str) -> String {
    bounded_line(text, MAX_CHARS)
}

/// The same for URLs and passwords, which may be longer.
pub fn long_line(text: &str) -> String {
    bounded_line(text, MAX_LONG_CHARS)
}

/// A person's or an office's name as phones show it and send it in From: with no sign that ends a quoted string there.
pub fn shown_name(text: &str) -> String {
    one_line(text).replace('"', "'").replace('\\', "/")
}

/// What a phone can dial: letters, digits and the signs of telephone numbers and SIP user parts; all else is left out.
pub fn dialable(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '#' | '+' | '.' | '_' | '-' | '@'))
        .take(MAX_CHARS)
        .collect()
}

fn bounded_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for c in text.chars().map(|c| if breaks_lines(c) { ' ' } else { c }).take(4 * most) {
        if !(c == ' ' && line.ends_with(' ')) {
            line.push(c);
        }
    }
    let line: String = line.trim().chars().take(most).collect();
    line.trim_end().to_owned()
}

/// Control characters, line and paragraph separators, and what no XML file may hold.
fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_on_one_line() {
        assert_eq!(one_line("  Ada\r\nRossi\u{2028}\t\u{0}x "), "Ada Rossi x");
        assert_eq!(one_line("\n\n"), "");
        assert_eq!(one_line(&"é".repeat(500)).chars().count(), 99);
    }

    #[test]
    fn a_name_can_be_quoted() {
        assert_eq!(shown_name("Ada \"Boss\" Rossi\n\\o/"), "Ada 'Boss' Rossi /o/");
    }

    #[test]
    fn a_number_keeps_what_can_be_dialled() {
        assert_eq!(dialable("+39 (055) 12-34 |x"), "+3905512-34x");
        assert_eq!(dialable("*77*100*#"), "*77*100*#");
    }
}
