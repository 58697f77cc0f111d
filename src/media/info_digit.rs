//! Keypad digits in the body of a SIP INFO.
//!
//! Two bodies are in use: `application/dtmf-relay` with lines such as `Signal=5` and `Duration=160`, and
//! `application/dtmf` with the digit alone. No RFC describes either, so reading is tolerant of spaces, of the case of
//! words, of quotes, and of event numbers where a digit should be.

/// The digit in an INFO's body, if the content type is one of the two and the body holds exactly one key.
pub fn info_digit(content_type: &str, body: &[u8]) -> Option<char> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let body = std::str::from_utf8(body.get(..MAX_BODY).unwrap_or(body)).ok()?;
    if media_type.eq_ignore_ascii_case("application/dtmf-relay") {
        let signal = body.lines().find_map(|line| {
            let (name, value) = line.split_once(['=', ':'])?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?;
        key(signal)
    } else if media_type.eq_ignore_ascii_case("application/dtmf") {
        // Some phones send the relay's lines under this name.
        if body.contains('=') { info_digit("application/dtmf-relay", body.as_bytes()) } else { key(body) }
    } else {
        None
    }
}

fn key(text: &str) -> Option<char> {
    let text = text.trim().trim_matches('"').trim();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => match letter.to_ascii_uppercase() {
            letter @ ('0'..='9' | '*' | '#' | 'A'..='D') => Some(letter),
            _ => None,
        },
        // `10` and `11` are the event numbers of * and #, which some phones write.
        _ => match text {
            "10" | "star" => Some('*'),
            "11" | "pound" => Some('#'),
            _ => None,
        },
    }
}

/// Only this much of a body is looked at.
const MAX_BODY: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_bodies_are_understood_in_all_their_spellings() {
        let relay = "application/dtmf-relay";
        let plain = "application/dtmf";
        let cases = [
            (relay, "Signal=5\r\nDuration=160", Some('5')),
            (relay, "Signal= 5\r\nDuration= 160\r\n", Some('5')),
            (relay, "signal = 5 \nduration = 250\n", Some('5')),
            (relay, "Duration=160\r\nSignal=#\r\n", Some('#')),
            (relay, "Signal=*\r\n", Some('*')),
            (relay, "Signal=d\r\n", Some('D')),
            (relay, "Signal=\"7\"\r\n", Some('7')),
            (relay, "Signal=10\r\n", Some('*')),
            (relay, "Signal=11\r\n", Some('#')),
            (relay, "Signal=16\r\n", None),
            (relay, "Signal=\r\n", None),
            (relay, "Signal=55\r\n", None),
            (relay, "5", None),
            (relay, "", None),
            ("Application/DTMF-Relay; charset=utf-8", "Signal=1", Some('1')),
            (plain, "5", Some('5')),
            (plain, " 5\r\n", Some('5')),
            (plain, "#", Some('#')),
            (plain, "Signal=9\r\nDuration=100\r\n", Some('9')),
            (plain, "hello", None),
            ("text/plain", "5", None),
            ("", "5", None),
        ];
        for (content_type, body, digit) in cases {
            assert_eq!(info_digit(content_type, body.as_bytes()), digit, "{content_type}: {body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_fall(body in prop::collection::vec(any::<u8>(), 0..600)) {
            for content_type in ["application/dtmf", "application/dtmf-relay"] {
                let _ = info_digit(content_type, &body);
            }
        }
    }
}
