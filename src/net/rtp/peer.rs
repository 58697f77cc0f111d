//! The other end of a call's sound: whose packets are heard, and where the box's own go.
//!
//! Signalling tells a place; packets from an address that may send teach a better one (symmetric RTP, RFC 4961), for a
//! phone behind NAT does not know its own. When signalling tells a new place, that one counts (RFC 3264 §8.3.1), and
//! packets still under way from the former one do not turn the stream back.
//!
//! Not here: what the packets hold ([`crate::media`]).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// The phone's end of one call's sound.
#[derive(Debug)]
pub struct Peer {
    /// Where its signalling comes from.
    signalling: Vec<IpAddr>,
    /// What its session descriptions said last and before.
    told: Option<SocketAddr>,
    told_before: Option<IpAddr>,
    /// Where its packets come from, once some have come.
    learned: Option<Learned>,
    /// The place it was at before it told another.
    left: Option<Left>,
}

#[derive(Debug, Clone, Copy)]
struct Learned {
    place: SocketAddr,
    since: Instant,
}

#[derive(Debug)]
struct Left {
    place: SocketAddr,
    until: Instant,
}

impl Peer {
    /// A phone of which only the signalling is known.
    pub fn new(signalling: Vec<IpAddr>) -> Peer {
        let signalling = signalling.iter().map(IpAddr::to_canonical).collect();
        Peer { signalling, told: None, told_before: None, learned: None, left: None }
    }

    /// Its session description says where it listens. The same place again changes nothing, nor does the address of
    /// zeros, by which old phones hold a call.
    pub fn told(&mut self, place: SocketAddr, now: Instant) {
        if self.told == Some(place) || place.ip().is_unspecified() {
            return;
        }
        // A place learned just now is the new one already: sound has overtaken signalling.
        let told = self.told;
        let overtook =
            self.learned.take_if(|learned| Some(learned.place) != told && now < learned.since + OVERTAKING);
        let left = self.destination();
        self.left = left.map(|place| Left { place, until: now + STRAGGLING });
        self.told_before = self.told.map(|place| place.ip());
        self.told = Some(place);
        self.learned = overtook;
    }

    /// Whether a packet from there is the phone's.
    pub fn is_heard(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let told = self.told.map(|place| place.ip().to_canonical());
        let before = self.told_before.map(|address| address.to_canonical());
        self.signalling.contains(&address) || told == Some(address) || before == Some(address)
    }

    /// A packet of sound has come from there.
    pub fn heard_from(&mut self, place: SocketAddr, now: Instant) {
        let is_known = self.learned.is_some_and(|learned| learned.place == place);
        let is_straggler = self.left.as_ref().is_some_and(|left| left.place == place && now < left.until);
        if !is_known && !is_straggler {
            self.learned = Some(Learned { place, since: now });
        }
    }

    /// Where to send; `None` while nothing is known.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.learned.map(|learned| learned.place).or(self.told)
    }
}

/// What was agreed may reach the sound later than the phone's first packets after it, by so much.
const OVERTAKING: Duration = Duration::from_millis(200);
/// Packets sent before an answer was read arrive this late at most.
const STRAGGLING: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> SocketAddr {
        text.parse().expect("a place")
    }

    /// A phone that signals from 10.0.0.9 and told this place.
    fn told(text: &str) -> (Peer, Instant) {
        let now = Instant::now();
        let mut peer = Peer::new(vec![place("10.0.0.9:5060").ip()]);
        assert_eq!(peer.destination(), None);
        peer.told(place(text), now);
        (peer, now)
    }

    fn goes_to(peer: &Peer) -> String {
        peer.destination().expect("somewhere").to_string()
    }

    #[test]
    fn sound_goes_where_the_phone_sends_from_once_it_sends() {
        let (mut peer, now) = told("10.0.0.9:4000");
        assert_eq!(goes_to(&peer), "10.0.0.9:4000");
        peer.heard_from(place("10.0.0.9:31000"), now);
        assert_eq!(goes_to(&peer), "10.0.0.9:31000");
    }

    #[test]
    fn the_same_place_told_again_or_a_hold_by_zeros_does_not_lose_what_was_learned() {
        let (mut peer, now) = told("10.0.0.9:4000");
        peer.heard_from(place("10.0.0.9:31000"), now);
        for again in ["10.0.0.9:4000", "0.0.0.0:4000", "10.0.0.9:4000"] {
            peer.told(place(again), now);
            assert_eq!(goes_to(&peer), "10.0.0.9:31000", "{again}");
        }
    }

    #[test]
    fn a_new_place_counts_and_stragglers_from_the_former_do_not_turn_the_stream_back() {
        let (mut peer, now) = told("10.0.0.9:4000");
        peer.heard_from(place("10.0.0.9:4000"), now);
        peer.told(place("10.0.0.9:4002"), now);
        peer.heard_from(place("10.0.0.9:4000"), now + STRAGGLING / 2);
        assert_eq!(goes_to(&peer), "10.0.0.9:4002");
        peer.heard_from(place("10.0.0.9:31000"), now + STRAGGLING / 2);
        assert_eq!(goes_to(&peer), "10.0.0.9:31000");
    }

    /// A phone whose second description names an address of its own that nobody reaches, through the same NAT as before.
    #[test]
    fn a_phone_that_goes_on_sending_from_its_former_place_is_sent_to_there_in_the_end() {
        let (mut peer, now) = told("10.0.0.9:31000");
        peer.heard_from(place("10.0.0.9:31000"), now);
        let now = now + OVERTAKING;
        peer.told(place("192.168.7.7:4000"), now);
        assert_eq!(goes_to(&peer), "192.168.7.7:4000");
        peer.heard_from(place("10.0.0.9:31000"), now + STRAGGLING);
        assert_eq!(goes_to(&peer), "10.0.0.9:31000");
    }

    #[test]
    fn packets_that_overtake_the_news_of_a_move_are_no_stragglers() {
        let (mut peer, now) = told("10.0.0.9:4000");
        peer.heard_from(place("10.0.0.9:4000"), now);
        let now = now + OVERTAKING;
        peer.heard_from(place("10.0.0.9:31000"), now);
        peer.told(place("10.0.0.9:4002"), now + OVERTAKING / 2);
        peer.heard_from(place("10.0.0.9:4000"), now + OVERTAKING / 2);
        assert_eq!(goes_to(&peer), "10.0.0.9:31000");
    }

    #[test]
    fn the_address_told_now_and_the_one_before_are_heard_and_strangers_are_not() {
        let (mut peer, now) = told("10.0.0.9:4000");
        for (text, heard) in [
            ("10.1.1.1:4000", ["10.1.1.1", "10.0.0.9"]),
            ("10.2.2.2:4000", ["10.2.2.2", "10.1.1.1"]),
            ("10.3.3.3:4000", ["10.3.3.3", "10.0.0.9"]),
        ] {
            assert!(!peer.is_heard(place(text).ip()), "{text}");
            peer.told(place(text), now);
            for address in heard {
                assert!(peer.is_heard(address.parse().expect("an address")), "{address} after {text}");
            }
        }
        assert!(!peer.is_heard("10.1.1.1".parse().expect("an address")));
        assert!(peer.is_heard("::ffff:10.3.3.3".parse().expect("an address")));
    }
}
