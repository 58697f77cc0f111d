//! `application/x-www-form-urlencoded`: reading it, bounded, and writing a value of it.

/// How many fields a form may have.
const FIELDS: usize = 128;

/// The fields of a form in order; `None` where it cannot be read or has too many.
pub fn fields(body: &[u8]) -> Option<Vec<(String, String)>> {
    if body.is_empty() {
        return Some(Vec::new());
    }
    let parts: Vec<&[u8]> = body.split(|byte| *byte == b'&').take(FIELDS + 1).collect();
    if parts.len() > FIELDS {
        return None;
    }
    parts
        .into_iter()
        .map(|part| {
            let at = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
            let value = part.get(at + 1..).unwrap_or_default();
            Some((decode(&part[..at])?, decode(value)?))
        })
        .collect()
}

/// `+` is a blank, `%41` is `A`; `None` where it is no UTF-8 then or holds a control character other than a line's end.
fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(*rest.next()?).to_digit(16)?;
                let low = char::from(*rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => *other,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    let clean = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    clean.then_some(text)
}

/// A text as it stands in an address: what is neither letter nor digit is percent-encoded.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_blanks_and_accents() {
        let read = fields(b"name=Rossi+%26+Figli&pin=&note=caff%C3%A8&bare").expect("well-formed");
        let pairs: Vec<(&str, &str)> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("name", "Rossi & Figli"), ("pin", ""), ("note", "caffè"), ("bare", "")]);
    }

    #[test]
    fn a_form_that_is_none_is_refused() {
        for wrong in [&b"a=%"[..], b"a=%zz", b"a=%ff", b"a=%00", b"a=%1b"] {
            assert_eq!(fields(wrong), None, "{wrong:?}");
        }
        assert_eq!(fields("a=1&".repeat(200).as_bytes()), None);
    }
}
