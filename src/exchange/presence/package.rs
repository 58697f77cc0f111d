//! Event packages: what can be subscribed to (RFC 6665 §7.2).

/// What kind of thing is reported on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// The calls of an extension: busy lamps (RFC 4235).
    Dialog,
    /// Messages that wait (RFC 3842).
    MessageSummary,
}

impl Package {
    const ALL: [Self; 2] = [Self::Dialog, Self::MessageSummary];

    /// The package of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dialog => "dialog",
            Self::MessageSummary => "message-summary",
        }
    }

    /// In which form it is told.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Dialog => "application/dialog-info+xml",
            Self::MessageSummary => "application/simple-message-summary",
        }
    }

    /// Whether an Accept header with these values takes that form; without any it does (RFC 6665 §3.1.3).
    pub fn is_accepted<'a>(self, mut accept: impl Iterator<Item = &'a str>) -> bool {
        let Some(first) = accept.next() else { return true };
        let takes = |value: &str| {
            let range = value.split(';').next().unwrap_or_default().trim();
            ["*/*", "application/*", self.content_type()].iter().any(|one| range.eq_ignore_ascii_case(one))
        };
        takes(first) || accept.any(takes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_need_not_say_what_it_can_read() {
        let dialog = Package::named("Dialog").expect("a package");
        assert_eq!(Package::named("presence"), None);
        for (accept, taken) in [
            (&[][..], true),
            (&["application/pidf+xml", "application/dialog-info+xml;q=1"], true),
            (&["application/*"], true),
            (&["application/pidf+xml"], false),
        ] {
            assert_eq!(dialog.is_accepted(accept.iter().copied()), taken, "{accept:?}");
        }
    }
}
