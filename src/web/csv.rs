//! Cells of CSV files (RFC 4180), harmless to the spreadsheet that opens them.

/// A text as a cell: quoted where it must be, and with an apostrophe before it where a spreadsheet would take it for a
/// formula.
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_field_that_holds_a_comma_or_a_formula_is_harmless() {
        for (field, written) in [
            ("Ada Rossi", "Ada Rossi"),
            ("Rossi, \"Ada\"", "\"Rossi, \"\"Ada\"\"\""),
            ("=1+1", "'=1+1"),
            ("\r=1+1", "\"'\r=1+1\""),
            ("*77*", "*77*"),
        ] {
            assert_eq!(cell(field), written);
        }
    }
}
