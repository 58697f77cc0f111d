//! A source file as the law sees it: its words without comments, texts and test code, and what it imports.
//!
//! Not a compiler: a reader of words that knows paths (`crate::a::{b, c}`, `super::b`), braces and `#[cfg(test)]`. Names that a
//! macro builds stay unseen; the house has none.

/// A word or a sign of the source, and its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

/// A file of the crate, with its place in the tree of modules.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its path below `src/`, such as `exchange/ivr.rs`.
    pub path: &'a str,
    /// The module it is, such as `["exchange", "ivr"]`.
    pub module: Vec<&'a str>,
    pub text: &'a str,
    /// What counts: no comments, no texts, no test code.
    pub tokens: Vec<Token<'a>>,
    /// The modules that this file declares for tests alone.
    pub test_modules: Vec<&'a str>,
    /// Lines before the first test module.
    pub lines: usize,
}

/// A path that a file names, seen from the crate's root: `["model", "Login"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import<'a> {
    pub path: Vec<&'a str>,
    pub line: usize,
}

/// A function, by name, with its first line and how many it has.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    pub name: &'a str,
    pub line: usize,
    pub lines: usize,
}

impl<'a> Source<'a> {
    pub fn read(path: &'a str, text: &'a str) -> Source<'a> {
        let module = match path.strip_suffix(".rs").expect("only Rust files are read") {
            "lib" | "main" => Vec::new(),
            path => path.split('/').collect(),
        };
        let Product { tokens, test_modules, first_test } = without_tests(&tokens_of(text));
        let lines = first_test.map_or(text.lines().count(), |line| line - 1);
        Source { path, module, text, tokens, test_modules, lines }
    }

    /// Every path of our own that the file names outside its tests.
    pub fn imports(&self) -> Vec<Import<'a>> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            let start = self.tokens[at];
            let is_start = at == 0 || self.tokens[at - 1].text != "::";
            if !is_start || self.text_at(at + 1) != "::" {
                continue;
            }
            let root = match start.text {
                // The program's own file sees the library under the crate's name.
                "crate" | "perch" => Vec::new(),
                "self" => self.module.clone(),
                "super" => self.module[..self.module.len().saturating_sub(1)].to_vec(),
                _ => continue,
            };
            let mut paths = Vec::new();
            self.paths_from(at + 2, root, &mut paths);
            found.extend(paths.into_iter().map(|path| Import { path, line: start.line }));
        }
        found
    }

    /// Follows the path whose next word stands at `at`, into every branch of `{…}`; gives where it ends.
    fn paths_from(&self, mut at: usize, mut path: Vec<&'a str>, found: &mut Vec<Vec<&'a str>>) -> usize {
        loop {
            match self.text_at(at) {
                "{" => {
                    at += 1;
                    while !matches!(self.text_at(at), "}" | "") {
                        at = self.paths_from(at, path.clone(), found);
                        at += usize::from(self.text_at(at) == ",");
                    }
                    return at + 1;
                }
                "super" => {
                    path.pop();
                }
                "self" => {}
                word => path.push(word),
            }
            at += 1;
            if self.text_at(at) != "::" {
                found.push(path);
                return if self.text_at(at) == "as" { at + 2 } else { at };
            }
            at += 1;
        }
    }

    /// Where one of `words` stands, each a path such as `Instant::now`: its line and the word.
    pub fn words<'w>(&self, words: &[&'w str]) -> Vec<(usize, &'w str)> {
        let mut found = Vec::new();
        for word in words {
            let wanted: Vec<&str> = tokens_of(word).iter().map(|token| token.text).collect();
            let places = self.tokens.windows(wanted.len());
            let hits = places.filter(|place| place.iter().map(|token| token.text).eq(wanted.iter().copied()));
            found.extend(hits.map(|place| (place[0].line, *word)));
        }
        found.sort_unstable();
        found
    }

    /// Its functions, outermost and inner ones, outside tests.
    pub fn functions(&self) -> Vec<Function<'a>> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if token.text != "fn" || !is_word(self.text_at(at + 1)) {
                continue;
            }
            let end = item_end(&self.tokens, at);
            let last = self.tokens.get(end - 1).map_or(token.line, |token| token.line);
            found.push(Function {
                name: self.text_at(at + 1),
                line: token.line,
                lines: last - token.line + 1,
            });
        }
        found
    }

    fn text_at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }
}

/// What is left of a file's tokens without its tests.
struct Product<'a> {
    tokens: Vec<Token<'a>>,
    test_modules: Vec<&'a str>,
    first_test: Option<usize>,
}

fn without_tests<'a>(tokens: &[Token<'a>]) -> Product<'a> {
    let mut product = Product { tokens: Vec::new(), test_modules: Vec::new(), first_test: None };
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut at = 0;
    while at < tokens.len() {
        if !["#", "[", "cfg", "(", "test", ")", "]"]
            .iter()
            .enumerate()
            .all(|(step, sign)| text(at + step) == *sign)
        {
            product.tokens.push(tokens[at]);
            at += 1;
            continue;
        }
        let line = tokens[at].line;
        let mut item = at + 7;
        while text(item) == "#" {
            item = close(tokens, item + 1);
        }
        let mut word = item;
        if text(word) == "pub" {
            word += 1;
            if text(word) == "(" {
                word = close(tokens, word);
            }
        }
        if text(word) == "mod" {
            match text(word + 2) {
                ";" => product.test_modules.push(text(word + 1)),
                _ => product.first_test = product.first_test.or(Some(line)),
            }
        }
        at = item_end(tokens, item);
    }
    product
}

/// Just past the item that begins at `at`: past its block, or past its `;`.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut at = at;
    let ends_with_block = !matches!(first_keyword(tokens, at), "use" | "const" | "static" | "type" | "let");
    while at < tokens.len() {
        match tokens[at].text {
            ";" => return at + 1,
            "{" if ends_with_block => return close(tokens, at),
            "(" | "[" | "{" => at = close(tokens, at),
            _ => at += 1,
        }
    }
    tokens.len()
}

/// The word that says what item this is: `const` is only one if no `fn` follows it.
fn first_keyword<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    let keyword = |token: &&Token| {
        matches!(
            token.text,
            "fn" | "use" | "const" | "static" | "type" | "let" | "mod" | "impl" | "struct" | "enum" | "trait"
        )
    };
    let mut keywords =
        tokens[at..].iter().take_while(|token| !matches!(token.text, "{" | ";")).filter(keyword);
    match (keywords.next(), keywords.next()) {
        (Some(Token { text: "const", .. }), Some(Token { text: "fn", .. })) => "fn",
        (Some(token), _) => token.text,
        (None, _) => "",
    }
}

/// Just past the bracket that closes the one at `at`.
fn close(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0usize;
    for (step, token) in tokens[at..].iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + step + 1;
        }
    }
    tokens.len()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The words and signs of `text`: no blanks, no comments, no texts. `::` is one sign; every other sign is one character.
fn tokens_of(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, counts) = next_length(rest, first);
        if counts {
            tokens.push(Token { text: &rest[..length], line });
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// How long the next piece is, and whether it is a token.
fn next_length(rest: &str, first: char) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), false);
    }
    if let Some(length) = quoted(rest) {
        return (length, false);
    }
    if first.is_alphanumeric() || first == '_' {
        let length = rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
        return (length, true);
    }
    if rest.starts_with("::") {
        return (2, true);
    }
    (first.len_utf8(), !first.is_whitespace())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the text or character that begins here, if one does: `"…"`, `r#"…"#`, `b"…"`, `'x'`; not a lifetime.
fn quoted(rest: &str) -> Option<usize> {
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c']).len();
    let body = if prefix <= 1 { &rest[prefix..] } else { return None };
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inner = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inner.find(&end).map_or(inner.len(), |at| at + end.len());
        return Some(rest.len() - inner.len() + length);
    }
    let quote = body.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = &body[1..];
    let is_lifetime = quote == '\'' && !inner.starts_with('\\') && inner.chars().nth(1) != Some('\'');
    if is_lifetime {
        return None;
    }
    let mut escaped = false;
    for (at, next) in inner.char_indices() {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if next == quote => return Some(rest.len() - inner.len() + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}
