//! The registrar: where accounts can be reached (RFC 3261 §10, RFC 3327, RFC 5626).
//!
//! Owns the bindings. Each belongs to the device whose credentials registered it; a device may only change its own. A
//! refresh that changes nothing but the time is no change to keep: flash is spared. A binding that was stored is loaded
//! with its whole lifetime from the start and marked unproved until its phone is heard (HOTDESK B11).
//!
//! Not here: whether the request is proved (`admission`), which account a device may register (`exchange`).

mod place;
mod wish;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustc_hash::FxBuildHasher;

use crate::model::{AccountName, Binding, DeviceId, Generation, Now};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::uri;

use place::Placement;
use wish::{Wanted, Wish};

/// The shortest lifetime granted; less is answered 423.
pub const SHORTEST: u32 = 60;

/// The longest lifetime granted, and what a phone gets that names none.
pub const LONGEST: u32 = 3600;

/// How many contacts one account may have; a further one is refused.
pub const MAX_CONTACTS: usize = 32;

/// How many bindings the box holds in all; a further one is refused.
pub const MAX_BINDINGS: usize = 8192;

/// Where everybody is.
#[derive(Debug, Default)]
pub struct Registrar {
    /// By account. It is looked into at every registration, and walked over by `accounts`, so that order is never chance.
    bindings: HashMap<AccountName, Vec<Bound>, ByAccount>,
    /// The accounts each device has bindings in.
    accounts: BTreeMap<DeviceId, BTreeSet<AccountName>>,
    count: usize,
    made: u64,
    /// The Date header of this second.
    date: Option<(i64, String)>,
    /// No binding lapses before this; it may be earlier than the truth, never later.
    next_lapse: Option<Instant>,
    turns: VecDeque<Turn>,
}

/// The names of accounts are the owner's and few: nobody can choose them so that they collide.
type ByAccount = FxBuildHasher;

/// One live binding.
#[derive(Debug, Clone)]
pub struct Bound {
    /// What the store keeps of it.
    pub binding: Binding,
    /// The way to it.
    pub flow: Flow,
    /// When it lapses.
    pub expires: Instant,
    /// Counts up with every REGISTER: the newest binding of a device is tried first.
    pub made: u64,
    /// Whether the phone has been heard since the box started.
    pub proof: Proof,
}

/// Whether a binding's phone has been heard since the box started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It has.
    Heard,
    /// It was stored before a restart; it rings all the same.
    Stored,
}

/// What others must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// A binding is new, or has changed in more than its time.
    Bound(Box<Binding>),
    /// A binding is gone.
    Unbound {
        /// The device.
        device: DeviceId,
        /// The contact, verbatim.
        contact: String,
    },
}

/// Who registers.
#[derive(Debug, Clone)]
pub struct Registrant {
    /// The account in the To header.
    pub account: AccountName,
    /// The device its credentials belong to.
    pub device: DeviceId,
    /// Which credentials.
    pub generation: Generation,
    /// The longest lifetime this one is granted, in seconds, and what it gets that names none; else [`LONGEST`].
    pub longest: Option<u32>,
}

/// Why a registration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// A header cannot be read, or `*` stands where it must not.
    BadContact,
    /// A lifetime is too short.
    TooBrief,
    /// An older request of the same Call-ID came late.
    OutOfOrder,
    /// The account or the box has no room.
    TooMany,
}

impl Registrar {
    /// The bindings as they were stored, each with its whole lifetime from now. The store keeps them in no order: the
    /// youngest counts as the newest.
    pub fn restored(mut bindings: Vec<Binding>, now: Instant) -> Self {
        let mut registrar = Self::default();
        bindings.sort_by_key(|binding| binding.since);
        for binding in bindings.into_iter().take(MAX_BINDINGS) {
            let Some(flow) = place::stored_flow(&binding) else { continue };
            let expires = now + Duration::from_secs(u64::from(binding.granted));
            registrar.made += 1;
            let bound = Bound { flow, expires, made: registrar.made, proof: Proof::Stored, binding };
            registrar.lapses_at(expires);
            registrar.accounts.entry(bound.binding.device).or_default().insert(bound.binding.account.clone());
            registrar.bindings.entry(bound.binding.account.clone()).or_default().push(bound);
            registrar.count += 1;
        }
        registrar
    }

    /// Answers a REGISTER of a proved registrant.
    pub fn handle_register(
        &mut self,
        request: &Message<'_>,
        registrant: &Registrant,
        flow: &Flow,
        tag: &str,
        now: Now,
    ) -> Response {
        self.drop_lapsed(now.mono);
        match self.register(request, registrant, flow, now) {
            Ok(()) => self.listing(request, &registrant.account, flow, tag, now),
            Err(refusal) => {
                let response = Response::answering(request, flow, refusal.status(), Some(tag));
                match refusal {
                    Refusal::TooBrief => response.with("Min-Expires", SHORTEST.to_string()),
                    Refusal::TooMany => response.with("Retry-After", "600"),
                    Refusal::BadContact | Refusal::OutOfOrder => response,
                }
            }
        }
    }

    /// Every live binding of a device, the newest first.
    pub fn of_device(&self, device: DeviceId, now: Instant) -> Vec<&Bound> {
        let mut found: Vec<_> = self.of(device).filter(|bound| bound.expires > now).collect();
        found.sort_by_key(|bound| std::cmp::Reverse(bound.made));
        found
    }

    /// The device that lives at an address, by its live bindings (HOTDESK B8): the one that registers from this very
    /// place or is called there; else one on the same machine, for phones send from other ports than they listen on, and
    /// open new streams. Of several the one of that account, else the one heard last.
    pub fn device_near(&self, remote: SocketAddr, account: Option<&str>, now: Instant) -> Option<DeviceId> {
        let place = |bound: &Bound| {
            let is_exact = bound.flow.remote == remote || bound.binding.remote == remote;
            let is_near = [bound.flow.remote, bound.binding.remote].iter().any(|one| one.ip() == remote.ip());
            let is_meant = account == Some(bound.binding.account.user());
            (is_near && bound.expires > now).then_some((is_exact, is_meant, bound.made))
        };
        let near = self.all().filter_map(|bound| Some((place(bound)?, bound.binding.device)));
        near.max().map(|(_, device)| device)
    }

    /// Whether a device can be reached.
    pub fn is_reachable(&self, device: DeviceId, now: Instant) -> bool {
        self.of(device).any(|bound| bound.expires > now)
    }

    /// The same, quicker for a device that is likely to be reached at `account`.
    pub fn is_reachable_at(&self, account: &AccountName, device: DeviceId, now: Instant) -> bool {
        let mut here = self.bindings.get(account).into_iter().flatten();
        here.any(|bound| bound.binding.device == device && bound.expires > now)
            || self.is_reachable(device, now)
    }

    /// Every binding, by device.
    pub fn all(&self) -> impl Iterator<Item = &Bound> {
        self.accounts.keys().flat_map(|device| self.of(*device))
    }

    /// The phone behind a contact was heard: its binding is proved.
    pub fn heard(&mut self, device: DeviceId, contact: &str) {
        for account in self.accounts.get(&device).into_iter().flatten() {
            for bound in self.bindings.get_mut(account).into_iter().flatten() {
                if bound.binding.device == device && bound.binding.contact == contact {
                    bound.proof = Proof::Heard;
                }
            }
        }
    }

    /// A stream is gone: what was reached by it is reached at its contact now, over a new one (RFC 5923).
    pub fn handle_flow_closed(&mut self, flow: &Flow) {
        let on_it: Vec<_> = self
            .all()
            .filter(|bound| bound.flow == *flow)
            .map(|bound| (bound.binding.account.clone(), bound.binding.contact.clone()))
            .collect();
        for (account, contact) in on_it {
            for bound in self.bindings.get_mut(&account).into_iter().flatten() {
                if bound.flow == *flow
                    && bound.binding.contact == contact
                    && let Some(way) = place::stored_flow(&bound.binding)
                {
                    bound.flow = way;
                }
            }
        }
    }

    /// Removes the bindings of a device in one account.
    pub fn forget_account(&mut self, device: DeviceId, account: &AccountName) {
        self.remove_where(account, |bound| bound.binding.device == device);
    }

    /// Removes the bindings of a device other than those of `account`: the new account has registered (PHONES C2.6).
    pub fn keep_only(&mut self, device: DeviceId, account: &AccountName) {
        let others: Vec<_> =
            self.accounts.get(&device).into_iter().flatten().filter(|one| *one != account).cloned().collect();
        for other in others {
            self.remove_where(&other, |bound| bound.binding.device == device);
        }
    }

    /// Removes every binding of a device that is gone.
    pub fn forget_device(&mut self, device: DeviceId) {
        for account in self.accounts.get(&device).cloned().unwrap_or_default() {
            self.remove_where(&account, |bound| bound.binding.device == device);
        }
    }

    /// Removes what has lapsed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.drop_lapsed(now);
    }

    /// When to call [`Registrar::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_lapse
    }

    /// The next change to act on; drain it after every call that takes `&mut self`.
    pub fn poll_turn(&mut self) -> Option<Turn> {
        self.turns.pop_front()
    }

    fn register(
        &mut self,
        request: &Message<'_>,
        registrant: &Registrant,
        flow: &Flow,
        now: Now,
    ) -> Result<(), Refusal> {
        let call_id = request.call_id().map_err(|_| Refusal::BadContact)?;
        let (cseq, _) = request.cseq_parts().map_err(|_| Refusal::BadContact)?;
        let held = self.bindings.get(&registrant.account).map_or(&[][..], Vec::as_slice);
        let own = || held.iter().filter(|bound| bound.binding.device == registrant.device);
        // RFC 3261 §10.3 item 7: within one Call-ID the CSeq must rise.
        let is_late = |bound: &Bound| bound.binding.call_id == call_id && bound.binding.cseq >= cseq;
        let wanted = match Wish::of(request, registrant.longest.unwrap_or(LONGEST))? {
            Wish::Forget if own().any(is_late) => return Err(Refusal::OutOfOrder),
            Wish::Forget => {
                let device = registrant.device;
                self.remove_where(&registrant.account, |bound| bound.binding.device == device);
                return Ok(());
            }
            Wish::Bind(wanted) => wanted,
        };
        let mut added = 0;
        for one in &wanted {
            let mut known = own().filter(|bound| bound.is_at(one.contact.uri)).peekable();
            added += usize::from(known.peek().is_none() && one.lifetime > 0);
            if known.any(is_late) {
                return Err(Refusal::OutOfOrder);
            }
        }
        if added > 0 && (held.len() + added > MAX_CONTACTS || self.count + added > MAX_BINDINGS) {
            return Err(Refusal::TooMany);
        }
        for one in wanted {
            self.put(request, registrant, flow, &one, now);
        }
        Ok(())
    }

    fn put(
        &mut self,
        request: &Message<'_>,
        registrant: &Registrant,
        flow: &Flow,
        wanted: &Wanted<'_>,
        now: Now,
    ) {
        let (device, uri) = (registrant.device, wanted.contact.uri);
        if wanted.lifetime == 0 {
            let is_meant = |bound: &Bound| bound.binding.device == device && bound.is_at(uri);
            return self.remove_where(&registrant.account, is_meant);
        }
        let expires = now.mono + Duration::from_secs(u64::from(wanted.lifetime));
        let placement = Placement {
            request,
            registrant,
            flow,
            contact: &wanted.contact,
            uri: &wanted.uri,
            lifetime: wanted.lifetime,
        };
        let way = placement.way();
        self.lapses_at(expires);
        if !self.bindings.contains_key(&registrant.account) {
            self.bindings.insert(registrant.account.clone(), Vec::new());
        }
        let bindings = self.bindings.get_mut(&registrant.account).expect("it was just made sure of");
        let is_contact = |bound: &Bound| bound.binding.device == device && bound.is_at(uri);
        let is_its = |bound: &Bound| {
            is_contact(bound)
                || (bound.binding.device == device && placement.is_same_outbound(&bound.binding))
        };
        let known = bindings.iter().position(is_contact).or_else(|| bindings.iter().position(is_its));
        let Some(place) = known else {
            self.made += 1;
            let binding = placement.binding(now);
            self.turns.push_back(Turn::Bound(Box::new(binding.clone())));
            bindings.push(Bound { binding, flow: way, expires, made: self.made, proof: Proof::Heard });
            self.count += 1;
            self.accounts.entry(device).or_default().insert(registrant.account.clone());
            return;
        };
        // Stored bindings may hold the same phone twice, before and after it had a new contact: one of them is left.
        let mut gone = keep_one(bindings, place, is_its);
        self.count -= gone.len();
        let known = bindings.iter_mut().find(|bound| is_its(bound)).expect("one of them is left");
        // Where the phone was heard last is where it is, also when it is back at an earlier contact.
        self.made += 1;
        known.made = self.made;
        (known.flow, known.expires, known.proof) = (way, expires, Proof::Heard);
        let changed = !placement.repeats(&known.binding);
        if changed {
            let binding = Binding { since: known.binding.since, ..placement.binding(now) };
            gone.push(std::mem::replace(&mut known.binding, binding).contact);
        } else {
            placement.renew(&mut known.binding);
        }
        let is_elsewhere = |contact: &String| *contact != known.binding.contact;
        let gone = gone.into_iter().filter(is_elsewhere);
        self.turns.extend(gone.map(|contact| Turn::Unbound { device, contact }));
        if changed {
            self.turns.push_back(Turn::Bound(Box::new(known.binding.clone())));
        }
    }

    /// The 200 with all bindings of the account, each with the time it has left (SIP.md, what others get wrong, 1).
    fn listing(
        &mut self,
        request: &Message<'_>,
        account: &AccountName,
        flow: &Flow,
        tag: &str,
        now: Now,
    ) -> Response {
        let mut response = Response::answering(request, flow, 200, Some(tag));
        for bound in self.bindings.get(account).into_iter().flatten() {
            response.push("Contact", place::listed(bound, now.mono));
        }
        for path in request.headers("Path") {
            response.push("Path", path);
        }
        let is_outbound =
            request.supports("outbound") && request.contact().is_ok_and(|one| one.is_outbound());
        if is_outbound {
            response.push("Require", "outbound");
        }
        if let Some(date) = self.date(now) {
            response.push("Date", date);
        }
        response
    }

    /// What the Date header says; written once a second.
    fn date(&mut self, now: Now) -> Option<&str> {
        let wall = now.wall?;
        let (_, text) = match self.date.take() {
            Some(date) if date.0 == wall.as_second() => self.date.insert(date),
            _ => self.date.insert((wall.as_second(), wall.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())),
        };
        Some(text)
    }

    fn drop_lapsed(&mut self, now: Instant) {
        if self.next_lapse.is_none_or(|next| next > now) {
            return;
        }
        let lapsed: Vec<_> =
            self.all().filter(|one| one.expires <= now).map(|one| one.binding.account.clone()).collect();
        for account in lapsed {
            self.remove_where(&account, |bound| bound.expires <= now);
        }
        self.next_lapse = self.all().map(|bound| bound.expires).min();
    }

    fn remove_where(&mut self, account: &AccountName, goes: impl Fn(&Bound) -> bool) {
        let Some(bindings) = self.bindings.get_mut(account) else { return };
        let (gone, stay): (Vec<_>, Vec<_>) =
            std::mem::take(bindings).into_iter().partition(|bound| goes(bound));
        *bindings = stay;
        self.count -= gone.len();
        for Bound { binding: Binding { device, contact, .. }, .. } in gone {
            if !bindings.iter().any(|bound| bound.binding.device == device)
                && let Some(accounts) = self.accounts.get_mut(&device)
            {
                accounts.remove(account);
            }
            self.turns.push_back(Turn::Unbound { device, contact });
        }
        if bindings.is_empty() {
            self.bindings.remove(account);
        }
    }

    fn of(&self, device: DeviceId) -> impl Iterator<Item = &Bound> {
        let accounts = self.accounts.get(&device).into_iter().flatten();
        accounts
            .filter_map(|account| self.bindings.get(account))
            .flatten()
            .filter(move |bound| bound.binding.device == device)
    }

    fn lapses_at(&mut self, expires: Instant) {
        self.next_lapse = Some(self.next_lapse.map_or(expires, |next| next.min(expires)));
    }
}

/// Removes all bindings that are `its` but the one at `place`; their contacts.
fn keep_one(bindings: &mut Vec<Bound>, place: usize, is_its: impl Fn(&Bound) -> bool) -> Vec<String> {
    let mut gone = Vec::new();
    let mut at = 0;
    bindings.retain(|bound| {
        let stays = at == place || !is_its(bound);
        at += 1;
        if !stays {
            gone.push(bound.binding.contact.clone());
        }
        stays
    });
    gone
}

impl Bound {
    /// Whether it is the binding of that contact (RFC 3261 §19.1.4).
    fn is_at(&self, contact: &str) -> bool {
        uri::equivalent(&self.binding.contact, contact)
    }
}

impl Refusal {
    fn status(self) -> u16 {
        match self {
            Self::BadContact => 400,
            Self::TooBrief => 423,
            Self::OutOfOrder => 500,
            Self::TooMany => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk {
        registrar: Registrar,
        now: Now,
        cseq: u32,
    }

    impl Desk {
        fn new() -> Self {
            Self { registrar: Registrar::default(), now: Now { mono: Instant::now(), wall: None }, cseq: 0 }
        }

        fn sends(&mut self, headers: &str) -> Response {
            self.cseq += 1;
            self.sends_as(DeviceId(1), &format!("c1\r\nCSeq: {} REGISTER", self.cseq), headers)
        }

        fn sends_as(&mut self, device: DeviceId, call: &str, headers: &str) -> Response {
            let raw = format!(
                "REGISTER sip:office.perch.local SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5062;branch=z9hG4bK1\r\n\
                 From: <sip:100@office.perch.local>;tag=1\r\nTo: <sip:100@office.perch.local>\r\n\
                 Call-ID: {call}\r\n{headers}\r\n"
            );
            let message = Message::parse(raw.as_bytes()).expect("a message");
            let address = |text: &str| text.parse().expect("an address");
            let flow = Flow::udp(address("127.0.0.1:5060"), address("127.0.0.9:5062"));
            let registrant = Registrant {
                account: "100".parse().expect("an account"),
                device,
                generation: Generation(1),
                longest: None,
            };
            self.registrar.handle_register(&message, &registrant, &flow, "tag", self.now)
        }

        fn turns(&mut self) -> usize {
            std::iter::from_fn(|| self.registrar.poll_turn()).count()
        }
    }

    fn contacts(response: &Response) -> Vec<String> {
        use crate::sip::outgoing::name_and_value;
        let all = response.headers().iter().map(name_and_value);
        all.filter(|(name, _)| *name == "Contact").map(|(_, value)| value.to_owned()).collect()
    }

    #[test]
    fn r02_r06_r07_the_answer_lists_every_binding_with_its_own_time() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:100@127.0.0.9:5062;ob>\r\nExpires: 300\r\n");
        desk.now.mono += Duration::from_secs(10);
        let other = "c2\r\nCSeq: 1 REGISTER";
        desk.sends_as(DeviceId(2), other, "Contact: <sip:100@127.0.0.8:5062>;expires=120\r\n");
        let listed = contacts(&desk.sends(""));
        assert_eq!(
            listed,
            ["<sip:100@127.0.0.9:5062;ob>;expires=290", "<sip:100@127.0.0.8:5062>;expires=120"]
        );
    }

    #[test]
    fn r08_r09_r10_r13_r14_each_contact_has_its_own_lifetime_within_bounds() {
        let cases = [
            ("Contact: <sip:a@127.0.0.9>;expires=120\r\nExpires: 3000\r\n", "<sip:a@127.0.0.9>;expires=120"),
            ("Contact: <sip:a@127.0.0.9>\r\n", "<sip:a@127.0.0.9>;expires=3600"),
            ("Contact: <sip:a@127.0.0.9>\r\nExpires: 4294967295\r\n", "<sip:a@127.0.0.9>;expires=3600"),
            ("Contact: <sip:a@127.0.0.9>;expires=abc\r\n", "<sip:a@127.0.0.9>;expires=3600"),
        ];
        for (headers, expected) in cases {
            assert_eq!(contacts(&Desk::new().sends(headers)), [expected], "{headers}");
        }
        let two =
            "Contact: <sip:a@127.0.0.9>;expires=120, <sip:b@127.0.0.9>;expires=600\r\nExpires: 3600\r\n";
        assert_eq!(contacts(&Desk::new().sends(two)).len(), 2);
    }

    #[test]
    fn r11_r21_a_lifetime_too_short_is_refused_and_nothing_is_bound() {
        let mut desk = Desk::new();
        let response = desk.sends("Contact: <sip:a@127.0.0.9>;expires=3600, <sip:b@127.0.0.9>;expires=1\r\n");
        assert_eq!((response.status, response.header("Min-Expires")), (423, Some("60")));
        assert_eq!(desk.registrar.all().count(), 0);
    }

    #[test]
    fn r15_to_r19_star_removes_everything_and_only_alone_with_expires_0() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:a@127.0.0.9>, <sip:b@127.0.0.9>\r\n");
        for wrong in
            ["Expires: 300\r\nContact: *\r\n", "Contact: *\r\n", "Contact: *, <sip:x@h>\r\nExpires: 0\r\n"]
        {
            assert_eq!(desk.sends(wrong).status, 400, "{wrong}");
        }
        assert_eq!(contacts(&desk.sends("Contact: <sip:a@127.0.0.9>;expires=0\r\n")).len(), 1);
        assert_eq!(contacts(&desk.sends("Contact: *\r\nExpires: 0\r\n")), [] as [String; 0]);
    }

    #[test]
    fn r20_an_older_request_of_the_same_call_id_changes_nothing() {
        let mut desk = Desk::new();
        desk.cseq = 5;
        desk.sends("Contact: <sip:a@127.0.0.9>\r\n");
        desk.cseq = 3;
        assert_eq!(desk.sends("Contact: <sip:a@127.0.0.9>;expires=0\r\n").status, 500);
        assert_eq!(desk.registrar.all().count(), 1);
    }

    #[test]
    fn r27_r28_r29_a_refresh_is_known_by_rfc_3261_19_1_4_and_writes_nothing() {
        let mut desk = Desk::new();
        let instance = "+sip.instance=\"<urn:uuid:1>\";q=0.5";
        desk.sends(&format!("Contact: <sip:a@Phone.Lan:5062;ob;line=x>;{instance}\r\n"));
        assert_eq!(desk.turns(), 1);
        let listed =
            contacts(&desk.sends(&format!("Contact: <sip:a@phone.lan:5062;line=x;ob>;{instance}\r\n")));
        assert_eq!(
            listed,
            [format!("<sip:a@phone.lan:5062;line=x;ob>;expires=3600;q=0.5;{}", &instance[..28])]
        );
        desk.turns();
        desk.sends(&format!("Contact: <sip:a@phone.lan:5062;line=x;ob>;{instance}\r\n"));
        assert_eq!(desk.turns(), 0);
    }

    #[test]
    fn r30_a_binding_lapses_and_rings_no_more() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:a@127.0.0.9>;expires=60\r\n");
        assert!(desk.registrar.is_reachable(DeviceId(1), desk.now.mono));
        desk.now.mono += Duration::from_secs(60);
        assert!(!desk.registrar.is_reachable(DeviceId(1), desk.now.mono));
        desk.turns();
        desk.registrar.handle_timeout(desk.now.mono);
        assert_eq!((desk.turns(), desk.registrar.poll_timeout()), (1, None));
    }

    /// Promises: C8.
    #[test]
    fn r31_r32_a_path_is_echoed_and_the_same_instance_replaces_its_binding() {
        let mut desk = Desk::new();
        let outbound = "Supported: path, outbound\r\nPath: <sip:127.0.0.3:5070;lr>\r\n";
        let contact = |user: &str| {
            format!("Contact: <sip:{user}@127.0.0.9>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\r\n")
        };
        desk.sends(&format!("{outbound}{}", contact("a")));
        let response = desk.sends(&format!("{outbound}{}", contact("b")));
        assert_eq!(contacts(&response).len(), 1);
        assert_eq!(response.header("Path"), Some("<sip:127.0.0.3:5070;lr>"));
        assert_eq!(response.header("Require"), Some("outbound"));
        let flow = desk.registrar.of_device(DeviceId(1), desk.now.mono)[0].flow;
        assert_eq!(flow.remote.to_string(), "127.0.0.3:5070");
    }

    #[test]
    fn r32_outbound_is_granted_only_for_a_contact_that_is_one_flow() {
        let sends =
            |contact: &str| Desk::new().sends(&format!("Supported: outbound\r\nContact: {contact}\r\n"));
        let granted = |contact: &str| sends(contact).header("Require").map(str::to_owned);
        let instance = "+sip.instance=\"<urn:uuid:1>\"";
        assert_eq!(granted(&format!("<sip:a@127.0.0.9>;reg-id=1;{instance}")), Some("outbound".to_owned()));
        assert_eq!(granted("<sip:a@127.0.0.9>;reg-id=1"), None, "without an instance it means nothing");
        assert_eq!(granted(&format!("<sip:a@127.0.0.9>;{instance}")), None);
        let two = format!("<sip:a@127.0.0.9>;reg-id=1;{instance}, <sip:b@127.0.0.9>;reg-id=2;{instance}");
        assert_eq!(sends(&two).status, 400);

        let mut desk = Desk::new();
        desk.sends(&format!("Supported: outbound\r\nContact: <sip:a@127.0.0.9>;reg-id=1;{instance}\r\n"));
        let other = "Supported: outbound\r\nContact: <sip:b@127.0.0.8>\r\n";
        let response = desk.sends_as(DeviceId(2), "c2\r\nCSeq: 1 REGISTER", other);
        assert_eq!(response.header("Require"), None, "another phone's flow is not this one's");
    }

    #[test]
    fn a_contact_that_nobody_could_call_is_refused() {
        let long = format!("<sip:{}@127.0.0.9>", "a".repeat(2000));
        for contact in ["<mailto:a@h>", "<sip:a@>", "<sip:a@[::1>", "<sip:a@h:99999>", &long] {
            assert_eq!(Desk::new().sends(&format!("Contact: {contact}\r\n")).status, 400, "{contact}");
        }
    }

    #[test]
    fn a_phone_is_called_where_it_can_be_reached() {
        let way = |headers: &str| {
            let mut desk = Desk::new();
            desk.sends(headers);
            let bound = desk.registrar.of_device(DeviceId(1), desk.now.mono)[0];
            format!("{} {}", bound.flow.transport, bound.flow.remote)
        };
        // The phone of these tests sends from 127.0.0.9:5062 and says so.
        for (contact, expected) in [
            ("<sip:a@127.0.0.9:5070>", "UDP 127.0.0.9:5070"),
            ("<sip:a@127.0.0.9:5070;transport=tcp>", "TCP 127.0.0.9:5070"),
            ("<sip:a@127.0.0.9:5070;transport=ws>", "UDP 127.0.0.9:5062"),
            ("<sips:a@127.0.0.9:5070>", "UDP 127.0.0.9:5062"),
            ("<sip:a@phone.lan>", "UDP 127.0.0.9:5062"),
            ("<sip:a@0.0.0.0:5070>", "UDP 127.0.0.9:5062"),
            ("<sip:a@127.0.0.7:5070>", "UDP 127.0.0.7:5070"),
        ] {
            assert_eq!(way(&format!("Contact: {contact}\r\n")), expected, "{contact}");
        }
    }

    /// Promises: C1, C8.
    #[test]
    fn a_phone_behind_a_nat_is_called_where_it_comes_from() {
        for via in ["192.168.9.9:5060", "192.168.9.9:1234", "phone.lan"] {
            let mut desk = Desk::new();
            let raw = format!(
                "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK1;rport\r\nFrom: <sip:100@h>;tag=1\r\n\
                 To: <sip:100@h>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContact: <sip:a@192.168.9.9:5060>\r\n\r\n"
            );
            let message = Message::parse(raw.as_bytes()).expect("a message");
            let address = |text: &str| text.parse().expect("an address");
            let flow = Flow::udp(address("203.0.113.1:5060"), address("203.0.113.9:40000"));
            let (device, generation) = (DeviceId(1), Generation(1));
            let registrant =
                Registrant { account: "100".parse().expect("an account"), device, generation, longest: None };
            desk.registrar.handle_register(&message, &registrant, &flow, "tag", desk.now);
            assert_eq!(desk.registrar.of_device(device, desk.now.mono)[0].flow, flow, "{via}");
        }
    }

    #[test]
    fn a_phone_that_is_back_at_an_earlier_contact_is_called_there_first() {
        let mut desk = Desk::new();
        for contact in ["a", "b", "a"] {
            desk.sends(&format!("Contact: <sip:{contact}@127.0.0.9:5062>\r\n"));
        }
        let newest = &desk.registrar.of_device(DeviceId(1), desk.now.mono)[0].binding.contact;
        assert_eq!(newest, "sip:a@127.0.0.9:5062");
    }

    #[test]
    fn t19_a_phone_whose_stream_is_gone_is_reached_at_its_contact() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:a@127.0.0.9:5070;transport=tcp>\r\n");
        let address = |text: &str| text.parse().expect("an address");
        let stream = Flow::tcp(address("127.0.0.1:5060"), address("127.0.0.9:41234"), 7);
        let account = "100".parse().expect("an account");
        let bound = &mut desk.registrar.bindings.get_mut::<AccountName>(&account).expect("bound")[0];
        bound.flow = stream;
        bound.binding.transport = "tcp".to_owned();
        desk.registrar.handle_flow_closed(&stream);
        let flow = desk.registrar.of_device(DeviceId(1), desk.now.mono)[0].flow;
        assert_eq!(flow, Flow::tcp(stream.local, address("127.0.0.9:5070"), 0));
    }

    #[test]
    fn r34_the_contacts_of_one_account_are_bounded_and_the_old_ones_stay() {
        let mut desk = Desk::new();
        for number in 0..=MAX_CONTACTS {
            let response = desk.sends(&format!("Contact: <sip:a{number}@127.0.0.9>\r\n"));
            assert_eq!(response.status, if number < MAX_CONTACTS { 200 } else { 503 });
        }
        assert_eq!(desk.registrar.all().count(), MAX_CONTACTS);
    }

    #[test]
    fn b11_a_stored_binding_rings_at_once_for_its_whole_lifetime() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:a@127.0.0.9:5062>;expires=600\r\n");
        let stored: Vec<_> = desk.registrar.all().map(|bound| bound.binding.clone()).collect();
        let again = Registrar::restored(stored, desk.now.mono);
        let bound = again.of_device(DeviceId(1), desk.now.mono + Duration::from_secs(599))[0];
        assert_eq!((bound.proof, bound.flow.remote.to_string()), (Proof::Stored, "127.0.0.9:5062".into()));
    }

    #[test]
    fn b11_a_phone_with_a_new_contact_leaves_no_old_one_behind() {
        let at = |contact: &str| {
            format!("Contact: <sip:a@127.0.0.9;line={contact}>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"\r\n")
        };
        let mut desk = Desk::new();
        desk.sends(&at("old"));
        let old = desk.registrar.all().next().expect("bound").binding.clone();
        desk.turns();
        desk.sends(&at("new"));
        let new = desk.registrar.all().next().expect("bound").binding.clone();
        let turns: Vec<_> = std::iter::from_fn(|| desk.registrar.poll_turn()).collect();
        let gone = Turn::Unbound { device: DeviceId(1), contact: old.contact.clone() };
        assert_eq!(turns, [gone, Turn::Bound(Box::new(new.clone()))]);

        // A store that holds both all the same: the phone's next refresh leaves the one that is true.
        desk.registrar = Registrar::restored(vec![old, new], desk.now.mono);
        assert_eq!(contacts(&desk.sends(&at("new"))).len(), 1);
        assert_eq!(desk.registrar.all().count(), 1);
        desk.now.mono += Duration::from_secs(3599);
        desk.registrar.handle_timeout(desk.now.mono);
        assert!(desk.registrar.is_reachable(DeviceId(1), desk.now.mono));
    }

    #[test]
    fn a_device_cannot_remove_what_another_registered() {
        let mut desk = Desk::new();
        desk.sends("Contact: <sip:a@127.0.0.9>\r\n");
        desk.sends_as(DeviceId(2), "c2\r\nCSeq: 1 REGISTER", "Contact: *\r\nExpires: 0\r\n");
        desk.sends_as(DeviceId(2), "c2\r\nCSeq: 2 REGISTER", "Contact: <sip:a@127.0.0.9>;expires=0\r\n");
        assert_eq!(desk.registrar.all().count(), 1);
    }
}
