//! Which known word somebody may have meant.

/// The known word nearest to `word`, where one is near enough to be meant.
pub(super) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    const LONGEST: usize = 40;
    let word = word.to_ascii_lowercase().replace('-', "_");
    if word.chars().count() > LONGEST {
        return None;
    }
    let begins = |known: &&&str| {
        (word.len() >= 3 && known.starts_with(&word)) || (known.len() >= 3 && word.starts_with(**known))
    };
    let close = known
        .iter()
        .map(|known| (distance(&word, known), known))
        .filter(|(distance, known)| distance * 3 <= known.len().max(3))
        .min();
    close.map(|(_, known)| *known).or_else(|| known.iter().find(begins).copied())
}

/// How many letters must be put in, taken out, changed, or swapped with the next to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, candidate) in other.iter().enumerate() {
            let changed = above[j] + usize::from(letter != candidate);
            let mut least = changed.min(row[j] + 1).min(above[j + 1] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *candidate {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_the_word_that_was_meant() {
        let known = &["number", "name", "hotdesk", "pin", "emergency_extension"];
        assert_eq!(nearest("nunber", known), Some("number"));
        assert_eq!(nearest("hot-desk", known), Some("hotdesk"));
        assert_eq!(nearest("Pin", known), Some("pin"));
        assert_eq!(nearest("naem", known), Some("name"));
        assert_eq!(nearest("emergency", known), Some("emergency_extension"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
