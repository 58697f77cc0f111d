//! Lamps: the calls of one extension as those who watch it are told of them (RFC 4235).
//!
//! Each report is the full state, so that one that was lost is made good by the next; a call that has ended stands in one
//! more report as terminated. Who is at the other end is told to nobody, and each subscription numbers the calls it sees by
//! itself, so that two of them put side by side do not tell it either.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::CallId;

/// One call of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The call.
    pub call: CallId,
    /// Which side of it the extension is on.
    pub side: Side,
    /// How far it has come.
    pub stage: Stage,
}

/// Which side of a call an extension is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It makes the call.
    Initiator,
    /// It is called.
    Recipient,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has answered.
    Early,
    /// Somebody has.
    Confirmed,
}

/// The calls that one subscriber has been told of.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Each with its number there.
    calls: BTreeMap<CallId, (u32, Line)>,
    last: u32,
}

impl Shown {
    /// Whether these are other calls, or others in what they have come to, than the subscriber knows of.
    pub fn differs(&self, lines: &[Line]) -> bool {
        let known = |line: &Line| self.calls.get(&line.call).is_some_and(|(_, shown)| shown == line);
        lines.len() != self.calls.len() || !lines.iter().all(known)
    }

    /// The report on these calls, which the subscriber knows of from now on.
    pub fn report(&mut self, entity: &str, version: u32, lines: &[Line]) -> String {
        let mut xml = format!(
            "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
             version=\"{version}\" state=\"full\" entity=\"{}\">\r\n",
            escaped(entity)
        );
        let former = std::mem::take(&mut self.calls);
        for line in lines {
            let number = former.get(&line.call).map_or_else(|| self.next(), |(number, _)| *number);
            write_dialog(&mut xml, number, line, line.stage.word());
            self.calls.insert(line.call, (number, *line));
        }
        for (number, line) in former.values().filter(|(_, line)| !self.calls.contains_key(&line.call)) {
            write_dialog(&mut xml, *number, line, "terminated");
        }
        xml.push_str("</dialog-info>\r\n");
        xml
    }

    fn next(&mut self) -> u32 {
        self.last += 1;
        self.last
    }
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Confirmed => "confirmed",
        }
    }
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Recipient => "recipient",
        }
    }
}

fn write_dialog(xml: &mut String, number: u32, line: &Line, state: &str) {
    let side = line.side.word();
    let _ = write!(xml, "<dialog id=\"{number}\" direction=\"{side}\"><state>{state}</state></dialog>\r\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RINGS: Line = Line { call: CallId(7), side: Side::Recipient, stage: Stage::Early };

    #[test]
    fn b12_a_report_is_full_and_names_nobody_at_the_other_end() {
        let mut shown = Shown::default();
        assert!(shown.differs(&[RINGS]));
        assert_eq!(
            shown.report("sip:100@office.perch.local", 3, &[RINGS]),
            "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"3\" \
             state=\"full\" entity=\"sip:100@office.perch.local\">\r\n\
             <dialog id=\"1\" direction=\"recipient\"><state>early</state></dialog>\r\n</dialog-info>\r\n"
        );
        assert!(!shown.differs(&[RINGS]));
    }

    #[test]
    fn a_call_that_has_ended_is_told_once_and_its_number_not_given_again() {
        let mut shown = Shown::default();
        shown.report("sip:100@a", 0, &[RINGS]);
        let next = Line { call: CallId(8), side: Side::Initiator, stage: Stage::Confirmed };
        let report = shown.report("sip:100@a", 1, &[next]);
        let dialogs: Vec<_> = report.lines().filter(|line| line.starts_with("<dialog id")).collect();
        assert_eq!(
            dialogs,
            [
                "<dialog id=\"2\" direction=\"initiator\"><state>confirmed</state></dialog>",
                "<dialog id=\"1\" direction=\"recipient\"><state>terminated</state></dialog>"
            ]
        );
        assert!(!shown.report("sip:100@a", 2, &[next]).contains("terminated"));
    }

    #[test]
    fn an_address_cannot_break_out_of_the_report() {
        assert_eq!(escaped("sip:\"<a>&b"), "sip:&quot;&lt;a>&amp;b");
    }
}
