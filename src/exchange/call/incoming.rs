//! A request that waits for its answer: kept as it came, because the answer is made from it.

use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::Response;
use crate::sip::transaction::ServerKey;

/// A request of one side that is not answered yet.
#[derive(Debug)]
pub(super) struct Incoming {
    pub key: ServerKey,
    pub flow: Flow,
    /// The number of its CSeq.
    pub number: u32,
    raw: Box<[u8]>,
}

impl Incoming {
    /// Keeps `request`.
    pub fn of(key: ServerKey, request: &Message<'_>, flow: Flow) -> Self {
        let number = request.cseq_parts().map_or(0, |(number, _)| number);
        Self { key, flow, number, raw: request.raw().into() }
    }

    /// The request.
    pub fn request(&self) -> Message<'_> {
        Message::parse(&self.raw).expect("it was read when it came")
    }

    /// An answer to it, with our tag if it has none.
    pub fn answer(&self, status: u16, tag: Option<&str>) -> Response {
        Response::answering(&self.request(), &self.flow, status, tag)
    }

    /// An answer to it that makes or renews a dialog.
    pub fn answer_in_dialog(&self, status: u16, tag: &str, contact: &str) -> Response {
        use crate::sip::outgoing::Outgoing;
        let request = self.request();
        Response::answering(&request, &self.flow, status, Some(tag))
            .with_record_route(&request)
            .with("Contact", contact)
    }
}
