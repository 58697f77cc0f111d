//! Dialogs: what two user agents share from the first answer to the BYE (RFC 3261 §12).
//!
//! A [`Dialog`] is a value: its name, the numbers of both sides, where requests go and by which way. It writes the
//! requests inside it (loose and strict routing), judges the order of those that come, and follows the other side when
//! its contact changes. Each branch of a forked INVITE is a dialog of its own.
//!
//! Not here: when a dialog begins and ends, session descriptions, subscriptions; sending, and matching an answer to its
//! request ([`super::transaction`]). Our own Contact is given by whoever knows our address.

use super::message::{HeaderError, Message};
use super::method::Method;
use super::name::Name;
use super::outgoing::{Outgoing, Request};
use super::uri::{Scheme, Uri};

/// One dialog, seen from our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    id: DialogId,
    state: State,
    security: Security,
    /// Our From, tag and all.
    local: String,
    /// Our To, tag and all.
    remote: String,
    /// Our Contact, the whole value.
    contact: String,
    /// The number of our last request.
    local_number: u32,
    /// The number of the other side's last request, if there was one.
    remote_number: Option<u32>,
    routes: Vec<String>,
    target: String,
    /// The contact in a request we have not accepted yet, and its number.
    offered_target: Option<(u32, String)>,
}

/// What names a dialog, seen from our side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The Call-ID of all its messages.
    pub call_id: String,
    /// The tag we gave.
    pub local_tag: String,
    /// The tag the other side gave; empty if it is as old as RFC 2543.
    pub remote_tag: String,
}

/// How far a dialog has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A provisional answer made it.
    Early,
    /// A 2xx made or confirmed it.
    Confirmed,
}

/// Whether a dialog must stay on secure transports (RFC 3261 §12.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It was begun with `sip:`.
    Plain,
    /// It was begun with `sips:`.
    Sips,
}

/// What the number of a request in a dialog says (RFC 3261 §12.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It is to be treated.
    InOrder,
    /// It is older than one that has come: answer 500.
    OutOfOrder,
}

/// How many Record-Routes a dialog may have; a message with more is refused as malformed.
pub const MAX_ROUTES: usize = 32;

impl Dialog {
    /// The dialog that our answer to `request` makes, if it carries `local_tag` (RFC 3261 §12.1.1).
    ///
    /// `contact` is the value of our Contact header in it.
    pub fn as_server(
        request: &Message<'_>,
        local_tag: &str,
        contact: impl Into<String>,
        state: State,
    ) -> Result<Dialog, HeaderError> {
        let from = request.from()?;
        let to = request.header_of(Name::To).ok_or(HeaderError::Missing("To"))?;
        let is_tagged = request.to()?.tag().is_some();
        let id = DialogId {
            call_id: request.call_id()?.to_owned(),
            local_tag: local_tag.to_owned(),
            remote_tag: from.tag().unwrap_or_default().to_owned(),
        };
        Ok(Dialog {
            id,
            state,
            security: security_of(request.request_uri().unwrap_or_default()),
            local: if is_tagged { to.to_owned() } else { format!("{to};tag={local_tag}") },
            remote: request.header_of(Name::From).unwrap_or_default().to_owned(),
            contact: contact.into(),
            local_number: 0,
            remote_number: Some(request.cseq()?.0),
            routes: routes_of(request)?,
            // A request as old as RFC 2543 may name no contact: then it is its sender.
            target: target_of(request)?.unwrap_or_else(|| from.uri.to_owned()),
            offered_target: None,
        })
    }

    /// The dialog that `response` makes, which is the answer to a request of ours to `request_uri` (RFC 3261 §12.1.2).
    /// Early or confirmed by its status.
    ///
    /// `contact` is the value of our Contact header in the request. A provisional answer without a Contact makes a
    /// dialog too: its requests go where the first one went, until the 2xx says better.
    pub fn as_client(
        request_uri: &str,
        response: &Message<'_>,
        contact: impl Into<String>,
    ) -> Result<Dialog, HeaderError> {
        let id = DialogId::of_response(response)?;
        let state = match response.status() {
            Some(200..) => State::Confirmed,
            _ => State::Early,
        };
        Ok(Dialog {
            id,
            state,
            security: security_of(request_uri),
            local: response.header_of(Name::From).unwrap_or_default().to_owned(),
            remote: response.header_of(Name::To).unwrap_or_default().to_owned(),
            contact: contact.into(),
            local_number: response.cseq()?.0,
            remote_number: None,
            routes: reversed(routes_of(response)?),
            target: target_of(response)?.unwrap_or_else(|| request_uri.to_owned()),
            offered_target: None,
        })
    }

    /// What names it.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// How far it has come.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether it must stay on secure transports.
    pub fn security(&self) -> Security {
        self.security
    }

    /// Where its requests end: the other side's contact.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The URI its requests are sent to next: the first route, else the target.
    pub fn next_hop(&self) -> &str {
        self.routes.first().map_or(&self.target, |route| uri_of(route))
    }

    /// The number of our last request.
    pub fn local_number(&self) -> u32 {
        self.local_number
    }

    /// Our Contact from now on.
    pub fn set_contact(&mut self, contact: impl Into<String>) {
        self.contact = contact.into();
    }

    /// Whether `message` belongs to this dialog: a request from the other side, or an answer to one of ours.
    pub fn is_of(&self, message: &Message<'_>) -> bool {
        let id =
            if message.is_request() { DialogId::of_request(message) } else { DialogId::of_response(message) };
        id.is_ok_and(|id| id == self.id)
    }

    /// The next request of ours: Request-URI and Route as the route set asks, From, To, Call-ID, the next CSeq, and our
    /// Contact where the method renews it. Not for ACK and CANCEL, which have no number of their own: see
    /// [`Dialog::ack`] and the transaction layer.
    pub fn request(&mut self, method: Method) -> Request {
        self.local_number = self.local_number.saturating_add(1);
        let renews = renews_target(method.as_str());
        let mut request = self.numbered(method, self.local_number);
        if renews {
            request.push("Contact", self.contact.as_str());
        }
        request
    }

    /// The ACK for the 2xx to our INVITE with that number. If the INVITE carried credentials, the ACK must carry them
    /// too (RFC 3261 §13.2.2.4): add them with [`with_credentials`].
    pub fn ack(&self, number: u32) -> Request {
        self.numbered(Method::Ack, number)
    }

    fn numbered(&self, method: Method, number: u32) -> Request {
        let (uri, routes) = self.way();
        let mut request = Request::new(method, uri);
        for route in routes {
            request.push("Route", route);
        }
        request.push("Max-Forwards", super::transaction::MAX_FORWARDS);
        request.push("From", self.local.as_str());
        request.push("To", self.remote.as_str());
        request.push("Call-ID", self.id.call_id.as_str());
        request.push("CSeq", format!("{number} {}", request.method));
        request
    }

    /// Request-URI and Route values (RFC 3261 §12.2.1.1): a first route without `lr` is a strict router, which wants to
    /// find itself in the Request-URI and the target last.
    fn way(&self) -> (String, Vec<String>) {
        let Some((first, rest)) = self.routes.split_first() else { return (self.target.clone(), Vec::new()) };
        let first = uri_of(first);
        let is_loose = Uri::parse(first).is_none_or(|uri| uri.params.has("lr"));
        if is_loose {
            return (self.target.clone(), self.routes.clone());
        }
        let last = format!("<{}>", self.target);
        let without_headers = first.split_once('?').map_or(first, |(uri, _)| uri);
        (without_headers.to_owned(), rest.iter().cloned().chain([last]).collect())
    }

    /// A request has come in this dialog. If it renews the target, the new one counts from
    /// [`Dialog::handle_accepted`] on.
    pub fn handle_request(&mut self, request: &Message<'_>) -> Result<Order, HeaderError> {
        let (number, method) = request.cseq_parts()?;
        if method == Method::Ack.as_str() || method == Method::Cancel.as_str() {
            return Ok(Order::InOrder);
        }
        if self.remote_number.is_some_and(|last| number < last) {
            return Ok(Order::OutOfOrder);
        }
        self.remote_number = Some(number);
        if renews_target(method)
            && let Ok(contact) = request.contact()
        {
            self.offered_target = Some((number, contact.uri.to_owned()));
        }
        Ok(Order::InOrder)
    }

    /// We have answered the INVITE that began it with 2xx.
    pub fn confirm(&mut self) {
        self.state = State::Confirmed;
    }

    /// We have answered the request of that number in this dialog with 2xx: its contact counts now.
    pub fn handle_accepted(&mut self, number: u32) {
        if let Some((_, target)) = self.offered_target.take_if(|(offered, _)| *offered == number) {
            self.target = target;
        }
    }

    /// An answer to a request of ours in this dialog has come. The first 2xx to the INVITE confirms it and sets the
    /// route once more (RFC 3261 §13.2.2.4); any later 2xx that may renew the target does.
    pub fn handle_response(&mut self, response: &Message<'_>) -> Result<(), HeaderError> {
        let (_, method) = response.cseq_parts()?;
        let is_success = response.status().is_some_and(|status| (200..300).contains(&status));
        if !is_success || !renews_target(method) {
            return Ok(());
        }
        let target = target_of(response)?;
        if self.state == State::Early && method == Method::Invite.as_str() {
            self.routes = reversed(routes_of(response)?);
            self.state = State::Confirmed;
        }
        if let Some(target) = target {
            self.target = target;
        }
        Ok(())
    }
}

impl DialogId {
    /// The dialog a request from the other side belongs to.
    pub fn of_request(request: &Message<'_>) -> Result<DialogId, HeaderError> {
        Ok(DialogId {
            call_id: request.call_id()?.to_owned(),
            local_tag: request.to()?.tag().unwrap_or_default().to_owned(),
            remote_tag: request.from()?.tag().unwrap_or_default().to_owned(),
        })
    }

    /// The dialog an answer to a request of ours belongs to.
    pub fn of_response(response: &Message<'_>) -> Result<DialogId, HeaderError> {
        Ok(DialogId {
            call_id: response.call_id()?.to_owned(),
            local_tag: response.from()?.tag().unwrap_or_default().to_owned(),
            remote_tag: response.to()?.tag().unwrap_or_default().to_owned(),
        })
    }
}

/// `request` with the credentials of `invite`.
pub fn with_credentials(mut request: Request, invite: &Request) -> Request {
    for name in ["Authorization", "Proxy-Authorization"] {
        if let Some(value) = invite.header(name) {
            request.push(name, value);
        }
    }
    request
}

/// Whether a request of that method, and the 2xx to it, carry a contact that counts from then on (RFC 3261 §12.2,
/// RFC 3311 §5, RFC 6665 §4.4.1, RFC 3515 §2.4.4).
fn renews_target(method: &str) -> bool {
    ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"].contains(&method)
}

fn security_of(uri: &str) -> Security {
    match Uri::parse(uri).map(|uri| uri.scheme) {
        Some(Scheme::Sips) => Security::Sips,
        _ => Security::Plain,
    }
}

/// The contact of a message, if it has one.
fn target_of(message: &Message<'_>) -> Result<Option<String>, HeaderError> {
    match message.contact() {
        Ok(contact) => Ok(Some(contact.uri.to_owned())),
        Err(HeaderError::Missing(_)) => Ok(None),
        Err(malformed) => Err(malformed),
    }
}

/// The values of Record-Route, one each, topmost first.
fn routes_of(message: &Message<'_>) -> Result<Vec<String>, HeaderError> {
    message.record_route()?;
    let routes: Vec<String> = message.values("Record-Route").map(str::to_owned).collect();
    if routes.len() > MAX_ROUTES { Err(HeaderError::Malformed("Record-Route")) } else { Ok(routes) }
}

fn reversed(mut routes: Vec<String>) -> Vec<String> {
    routes.reverse();
    routes
}

/// The URI inside a route.
fn uri_of(route: &str) -> &str {
    super::message::NameAddr::parse(route, "Route").map_or(route, |address| address.uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "<sip:box@10.0.0.1:5060>";

    /// An INVITE of Ann's to us, its lines changed or added to.
    fn invite(more: &str) -> String {
        format!(
            "INVITE sip:bob@box SIP/2.0\r\n\
             Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa\r\n\
             {more}\
             From: \"Ann\" <sip:ann@box>;tag=ann\r\n\
             To: <sip:bob@box>\r\n\
             Call-ID: call\r\n\
             CSeq: 7 INVITE\r\n\
             Contact: <sip:ann@10.0.0.9:40000;line=abc%23>\r\n\r\n"
        )
    }

    /// Bob's answer to an INVITE of ours.
    fn answer(status: u16, tag: &str, more: &str) -> String {
        format!(
            "SIP/2.0 {status} x\r\n\
             Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb\r\n\
             {more}\
             From: \"Ann\" <sip:ann@box>;tag=box\r\n\
             To: <sip:bob@box>;tag={tag}\r\n\
             Call-ID: out\r\n\
             CSeq: 1 INVITE\r\n\r\n"
        )
    }

    fn server(more: &str) -> Dialog {
        let text = invite(more);
        Dialog::as_server(&parse(&text), "box", OURS, State::Early).expect("a dialog")
    }

    fn client(status: u16, more: &str) -> Dialog {
        let text = answer(status, "bob", more);
        Dialog::as_client("sip:bob@10.0.0.8", &parse(&text), OURS).expect("a dialog")
    }

    fn parse(text: &str) -> Message<'_> {
        Message::parse(text.as_bytes()).expect("a message")
    }

    /// A request of Ann's in the dialog.
    fn inside(method: &str, number: u32, contact: &str) -> String {
        format!(
            "{method} sip:box@10.0.0.1 SIP/2.0\r\n\
             From: <sip:ann@box>;tag=ann\r\n\
             To: <sip:bob@box>;tag=box\r\n\
             Call-ID: call\r\n\
             CSeq: {number} {method}\r\n\
             Contact: <{contact}>\r\n\r\n"
        )
    }

    fn comes(dialog: &mut Dialog, method: &str, number: u32) -> Order {
        let text = inside(method, number, "sip:ann@10.0.0.7");
        dialog.handle_request(&parse(&text)).expect("a readable request")
    }

    fn head(request: &Request) -> String {
        let text = String::from_utf8_lossy(&request.to_bytes()).replace("\r\n", "\n");
        text.trim_end().to_owned()
    }

    #[test]
    fn the_called_side_turns_from_and_to_round_and_counts_from_one() {
        let mut dialog = server("");
        assert_eq!(
            head(&dialog.request(Method::Bye)),
            "BYE sip:ann@10.0.0.9:40000;line=abc%23 SIP/2.0\n\
             Max-Forwards: 70\n\
             From: <sip:bob@box>;tag=box\n\
             To: \"Ann\" <sip:ann@box>;tag=ann\n\
             Call-ID: call\n\
             CSeq: 1 BYE\n\
             Content-Length: 0"
        );
        assert_eq!(dialog.request(Method::Info).header("CSeq"), Some("2 INFO"));
    }

    #[test]
    fn the_calling_side_goes_on_with_the_number_of_its_invite() {
        let mut dialog = client(200, "Contact: <sip:bob@10.0.0.8:5062>\r\n");
        assert_eq!(dialog.state(), State::Confirmed);
        assert_eq!(
            head(&dialog.request(Method::Invite)),
            "INVITE sip:bob@10.0.0.8:5062 SIP/2.0\n\
             Max-Forwards: 70\n\
             From: \"Ann\" <sip:ann@box>;tag=box\n\
             To: <sip:bob@box>;tag=bob\n\
             Call-ID: out\n\
             CSeq: 2 INVITE\n\
             Contact: <sip:box@10.0.0.1:5060>\n\
             Content-Length: 0"
        );
        assert_eq!(dialog.local_number(), 2);
    }

    #[test]
    fn the_ack_has_the_number_of_its_invite_the_way_of_the_dialog_and_the_credentials() {
        let routes = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nContact: <sip:bob@b>\r\n";
        let dialog = client(200, routes);
        let invite = Request::new(Method::Invite, "sip:bob@box").with("Proxy-Authorization", "Digest x");
        let ack = with_credentials(dialog.ack(1), &invite);
        assert!(head(&ack).starts_with("ACK sip:bob@b SIP/2.0\nRoute: <sip:p1;lr>\nRoute: <sip:p2;lr>\n"));
        assert_eq!(ack.header("CSeq"), Some("1 ACK"));
        assert_eq!(ack.header("Proxy-Authorization"), Some("Digest x"));
        assert_eq!(ack.header("Authorization"), None);
        assert_eq!(dialog.local_number(), 1);
    }

    #[test]
    fn the_called_side_keeps_the_order_of_the_route_and_the_calling_side_turns_it_round() {
        let routes = "Record-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n";
        let way = |mut dialog: Dialog| {
            head(&dialog.request(Method::Bye)).lines().skip(1).take(2).collect::<String>()
        };
        assert_eq!(way(server(routes)), "Route: <sip:p2;lr>Route: <sip:p1;lr>");
        assert_eq!(way(client(200, routes)), "Route: <sip:p1;lr>Route: <sip:p2;lr>");
        assert_eq!(server(routes).next_hop(), "sip:p2;lr");
        assert_eq!(server("").next_hop(), "sip:ann@10.0.0.9:40000;line=abc%23");
    }

    #[test]
    fn a_strict_router_finds_itself_in_the_request_uri_and_the_target_last() {
        let mut dialog = server("Record-Route: <sip:old@p1?x=y>, <sip:p2;lr>\r\n");
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri, "sip:old@p1");
        let routes: Vec<_> =
            head(&bye).lines().filter(|line| line.starts_with("Route")).map(str::to_owned).collect();
        assert_eq!(routes, ["Route: <sip:p2;lr>", "Route: <sip:ann@10.0.0.9:40000;line=abc%23>"]);
    }

    #[test]
    fn a_request_older_than_the_last_is_out_of_order() {
        let mut dialog = server("");
        assert_eq!(comes(&mut dialog, "INFO", 8), Order::InOrder);
        assert_eq!(comes(&mut dialog, "INFO", 12), Order::InOrder);
        assert_eq!(comes(&mut dialog, "INFO", 11), Order::OutOfOrder);
        assert_eq!(comes(&mut dialog, "ACK", 7), Order::InOrder);
        assert_eq!(comes(&mut dialog, "INFO", 12), Order::InOrder);
        assert_eq!(comes(&mut dialog, "BYE", 13), Order::InOrder);
    }

    #[test]
    fn the_first_request_to_the_calling_side_may_have_any_number() {
        let mut dialog = client(200, "Contact: <sip:bob@b>\r\n");
        assert_eq!(comes(&mut dialog, "BYE", 4_711), Order::InOrder);
        assert_eq!(comes(&mut dialog, "BYE", 4_710), Order::OutOfOrder);
    }

    #[test]
    fn a_reinvite_moves_the_target_only_when_it_is_accepted() {
        let mut dialog = server("");
        comes(&mut dialog, "INVITE", 8);
        assert_eq!(dialog.target(), "sip:ann@10.0.0.9:40000;line=abc%23");
        dialog.handle_accepted(8);
        assert_eq!(dialog.target(), "sip:ann@10.0.0.7");

        let mut dialog = server("");
        comes(&mut dialog, "INVITE", 8);
        comes(&mut dialog, "BYE", 9);
        dialog.handle_accepted(9);
        assert_eq!(dialog.target(), "sip:ann@10.0.0.9:40000;line=abc%23");
    }

    #[test]
    fn an_update_in_an_early_dialog_moves_the_target_and_confirms_nothing() {
        let mut dialog = server("");
        comes(&mut dialog, "UPDATE", 8);
        dialog.handle_accepted(8);
        assert_eq!((dialog.target(), dialog.state()), ("sip:ann@10.0.0.7", State::Early));
        dialog.confirm();
        assert_eq!(dialog.state(), State::Confirmed);
    }

    #[test]
    fn the_2xx_confirms_an_early_dialog_and_sets_its_route_once_more() {
        let mut dialog = client(180, "Record-Route: <sip:p1;lr>\r\n");
        assert_eq!((dialog.state(), dialog.target()), (State::Early, "sip:bob@10.0.0.8"));
        let ok = answer(200, "bob", "Record-Route: <sip:p2;lr>\r\nContact: <sip:bob@b>\r\n");
        assert!(dialog.is_of(&parse(&ok)));
        dialog.handle_response(&parse(&ok)).expect("a readable answer");
        assert_eq!(
            (dialog.state(), dialog.target(), dialog.next_hop()),
            (State::Confirmed, "sip:bob@b", "sip:p2;lr")
        );
        let later = answer(200, "bob", "Record-Route: <sip:p3;lr>\r\nContact: <sip:bob@c>\r\n");
        dialog.handle_response(&parse(&later)).expect("a readable answer");
        assert_eq!((dialog.target(), dialog.next_hop()), ("sip:bob@c", "sip:p2;lr"));
    }

    #[test]
    fn a_refusal_and_the_answer_to_a_bye_change_nothing() {
        let mut dialog = client(180, "Contact: <sip:bob@b>\r\n");
        let before = dialog.clone();
        for text in [
            answer(486, "bob", "Contact: <sip:elsewhere@b>\r\n"),
            answer(200, "bob", "Contact: <sip:elsewhere@b>\r\n").replace("1 INVITE", "2 BYE"),
        ] {
            dialog.handle_response(&parse(&text)).expect("a readable answer");
            assert_eq!(dialog, before);
        }
    }

    #[test]
    fn each_branch_of_a_fork_is_a_dialog_of_its_own() {
        let dialog = client(180, "");
        let other = answer(180, "carl", "");
        assert!(!dialog.is_of(&parse(&other)));
        let other = Dialog::as_client("sip:bob@box", &parse(&other), OURS).expect("a dialog");
        assert_ne!(dialog.id(), other.id());
    }

    #[test]
    fn a_request_belongs_to_a_dialog_by_call_id_and_both_tags() {
        let dialog = server("");
        let request = inside("BYE", 8, "sip:x@y");
        assert!(dialog.is_of(&parse(&request)));
        for (from, to) in
            [("tag=ann", "tag=eve"), ("tag=box", "tag=bix"), ("Call-ID: call", "Call-ID: other")]
        {
            assert!(!dialog.is_of(&parse(&request.replace(from, to))), "{to}");
        }
    }

    #[test]
    fn a_dialog_begun_with_sips_stays_secure() {
        let text = invite("").replace("INVITE sip:", "INVITE sips:");
        let dialog = Dialog::as_server(&parse(&text), "box", OURS, State::Early).expect("a dialog");
        assert_eq!((dialog.security(), server("").security()), (Security::Sips, Security::Plain));
    }

    #[test]
    fn an_invite_with_too_long_a_route_makes_no_dialog() {
        let long = invite(&"Record-Route: <sip:p;lr>\r\n".repeat(MAX_ROUTES + 1));
        let made = Dialog::as_server(&parse(&long), "box", OURS, State::Early);
        assert_eq!(made, Err(HeaderError::Malformed("Record-Route")));
    }

    #[test]
    fn a_caller_as_old_as_rfc_2543_has_no_tag_and_no_contact() {
        let text = invite("").replace(";tag=ann", "").replace("Contact:", "X-Contact:");
        let dialog = Dialog::as_server(&parse(&text), "box", OURS, State::Early).expect("a dialog");
        assert_eq!(dialog.id().remote_tag, "");
        assert_eq!(dialog.target, "sip:ann@box");
    }
}
