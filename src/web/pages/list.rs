//! A long list on a page: searched by a few words, shown a hundred rows at a time.
//!
//! So a page costs the same however large the office is. What is looked for and which page it is stand in the address
//! (`?find=ros&page=2`), so that reloading, going back and the page's own refreshing keep them.

use std::collections::BTreeMap;

use crate::web::form::encode;

/// How many rows a page shows.
pub const ROWS: usize = 100;

/// From how many rows on there is something to search.
const MANY: usize = 20;

/// The longest text looked for, in characters.
const LONGEST: usize = 64;

/// What of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    find: String,
    words: Vec<String>,
    page: usize,
}

/// The part of a list that is shown, and the way to the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// The page it is on.
    pub path: &'static str,
    /// What is looked for, as it was typed.
    pub find: String,
    /// Whether there is enough to search.
    pub is_long: bool,
    /// How many rows fit what is looked for.
    pub total: usize,
    /// The place of the first row shown, from 1.
    pub from: usize,
    /// The place of the last row shown.
    pub to: usize,
    /// The address of the rows before.
    pub before: Option<String>,
    /// The address of the rows after.
    pub after: Option<String>,
    /// This page's own query, for what leads back to it.
    pub here: String,
}

impl Search {
    /// What an address asks for.
    pub fn of(query: &BTreeMap<String, String>) -> Self {
        let find: String = query.get("find").map_or("", |text| text.trim()).chars().take(LONGEST).collect();
        let words = find.split_whitespace().map(str::to_lowercase).collect();
        let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        Self { find, words, page }
    }

    /// Whether nothing is looked for, so that every row fits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether each word looked for is in one of these texts.
    pub fn fits(&self, texts: &[&str]) -> bool {
        self.words.iter().all(|word| texts.iter().any(|text| text.to_lowercase().contains(word.as_str())))
    }

    /// Cuts the rows that fit down to those of one page.
    pub fn cut<T>(&self, path: &'static str, rows: Vec<T>) -> (Vec<T>, Pager) {
        let total = rows.len();
        let pages = total.div_ceil(ROWS).max(1);
        let page = self.page.clamp(1, pages);
        let first = (page - 1) * ROWS;
        let shown: Vec<T> = rows.into_iter().skip(first).take(ROWS).collect();
        let address = |page: usize| format!("{path}?{}", self.query(page));
        let pager = Pager {
            path,
            find: self.find.clone(),
            is_long: total > MANY || !self.find.is_empty(),
            total,
            from: if shown.is_empty() { 0 } else { first + 1 },
            to: first + shown.len(),
            before: (page > 1).then(|| address(page - 1)),
            after: (page < pages).then(|| address(page + 1)),
            here: if page > 1 || !self.find.is_empty() { self.query(page) } else { String::new() },
        };
        (shown, pager)
    }

    fn query(&self, page: usize) -> String {
        match self.find.as_str() {
            "" => format!("page={page}"),
            find => format!("find={}&page={page}", encode(find)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(find: &str, page: &str) -> Search {
        let query = [("find", find), ("page", page)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Search::of(&BTreeMap::from(query))
    }

    #[test]
    fn every_word_must_be_found_somewhere_in_the_row_in_any_case() {
        let row = ["100", "Ada Rossi", "80:5e:c0:11:22:33"];
        for find in ["", "ros", "ADA rossi", "100 ada", "c0:11"] {
            assert!(search(find, "").fits(&row), "{find}");
        }
        assert!(!search("ada bianchi", "").fits(&row));
    }

    #[test]
    fn a_page_beyond_the_last_shows_the_last() {
        let (shown, pager) = search("a&b", "99").cut("/x", (0..250).collect());
        assert_eq!((shown.first(), shown.len(), pager.from, pager.to), (Some(&200), 50, 201, 250));
        assert_eq!((pager.before.as_deref(), pager.after), (Some("/x?find=a%26b&page=2"), None));
        let (shown, pager) = search("", "nonsense").cut("/x", Vec::<u8>::new());
        assert_eq!((shown.len(), pager.from, pager.to, pager.here.as_str()), (0, 0, 0, ""));
    }
}
