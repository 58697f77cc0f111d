//! Forwarding: the journey of one call from the extension it was for to wherever it is sent on (HOTDESK K2).
//!
//! Owns what keeps such journeys short: a call is sent on at most [`MOST`] times and never to where it has been. A forward
//! that may not be followed is passed over, as if nobody had set it, so that no call is lost by one.
//!
//! Not here: what a forward's number means (`dialplan`) and whether anybody is there (`exchange`).

use crate::model::{DeviceId, ExtensionNumber, Forwards};

/// How often one call is sent on.
pub const MOST: usize = 5;

/// Where a call may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At an extension.
    Extension(ExtensionNumber),
    /// Outside, at this number.
    Outside(String),
}

/// Why a call is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Every call is.
    Always,
    /// The user is busy, or has declined.
    Busy,
    /// Nobody has answered.
    Unanswered,
    /// No phone of the user can be reached.
    Unreachable,
}

impl Reason {
    /// The word for it in a Diversion header (RFC 5806 §4).
    pub fn word(self) -> &'static str {
        match self {
            Self::Always => "unconditional",
            Self::Busy => "user-busy",
            Self::Unanswered => "no-answer",
            Self::Unreachable => "unavailable",
        }
    }

    /// Why nobody has taken a call that ended with this status; `rang` is whether anybody was alerted. `None` where the
    /// caller has asked for what no phone can give, or a phone has said where to go: that is told to the caller.
    pub fn of(status: u16, rang: bool) -> Option<Self> {
        match status {
            486 | 600 | 603 => Some(Self::Busy),
            404 | 408 | 410 | 480 | 481 | 487 | 604 if rang => Some(Self::Unanswered),
            404 | 408 | 410 | 480 | 481 | 487 | 604 => Some(Self::Unreachable),
            _ => None,
        }
    }

    /// The number that an extension's forwards name for it.
    pub fn target_in(self, forwards: &Forwards) -> Option<&str> {
        match self {
            Self::Always => forwards.always.as_deref(),
            Self::Busy => forwards.busy.as_deref(),
            Self::Unanswered => forwards.unanswered.as_deref(),
            Self::Unreachable => forwards.unreachable.as_deref(),
        }
    }
}

/// Who sent a call on last, why, and for which time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diversion {
    /// Who.
    pub by: ExtensionNumber,
    /// Why.
    pub reason: Reason,
    /// How often the call has been sent on.
    pub count: usize,
}

/// Where a call has been, and where it is.
#[derive(Debug, Clone)]
pub struct Journey {
    been: Vec<Place>,
    here: Place,
    diversion: Option<Diversion>,
    /// The devices rung, each as whose.
    rung: Vec<(DeviceId, ExtensionNumber)>,
}

impl Journey {
    /// A journey that begins at the place that was called.
    pub fn to(place: Place) -> Self {
        Self { been: Vec::new(), here: place, diversion: None, rung: Vec::new() }
    }

    /// Where the call is.
    pub fn here(&self) -> &Place {
        &self.here
    }

    /// Who sent it here, where anybody did.
    pub fn diversion(&self) -> Option<&Diversion> {
        self.diversion.as_ref()
    }

    /// Sends the call on; `false` where it has travelled enough, or has been there: then it stays where it is.
    pub fn goes_on(&mut self, to: Place, by: ExtensionNumber, reason: Reason) -> bool {
        if self.been.len() >= MOST || self.here == to || self.been.contains(&to) {
            return false;
        }
        let left = std::mem::replace(&mut self.here, to);
        self.been.push(left);
        self.diversion = Some(Diversion { by, reason, count: self.been.len() });
        true
    }

    /// The call rings these devices, as those of that extension.
    pub fn rings(&mut self, devices: impl Iterator<Item = DeviceId>, of: &ExtensionNumber) {
        self.rung.extend(devices.map(|device| (device, of.clone())));
    }

    /// As whose a device was rung last.
    pub fn owner_of(&self, device: DeviceId) -> Option<&ExtensionNumber> {
        self.rung.iter().rev().find(|(rung, _)| *rung == device).map(|(_, owner)| owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: usize) -> ExtensionNumber {
        digits.to_string().parse().expect("a number")
    }

    fn place(digits: usize) -> Place {
        Place::Extension(number(digits))
    }

    #[test]
    fn k2_a_call_is_sent_on_five_times_at_most() {
        let mut journey = Journey::to(place(100));
        for step in 1..=MOST {
            assert!(journey.goes_on(place(100 + step), number(99 + step), Reason::Busy));
            assert_eq!(journey.diversion().map(|one| one.count), Some(step));
        }
        assert!(!journey.goes_on(place(200), number(105), Reason::Busy));
        assert_eq!(journey.here(), &place(105));
    }

    #[test]
    fn k2_a_call_never_comes_to_the_same_place_twice() {
        let mut journey = Journey::to(place(100));
        assert!(!journey.goes_on(place(100), number(100), Reason::Always));
        assert_eq!(journey.diversion(), None);
        assert!(journey.goes_on(Place::Outside("0612345".into()), number(100), Reason::Always));
        assert!(journey.goes_on(place(101), number(100), Reason::Always));
        for been in [place(100), place(101), Place::Outside("0612345".into())] {
            assert!(!journey.goes_on(been, number(101), Reason::Always));
        }
    }

    #[test]
    fn k2_what_a_refusal_means_depends_on_whether_it_rang() {
        for (status, rang, reason) in [
            (486, true, Some(Reason::Busy)),
            (603, false, Some(Reason::Busy)),
            (480, true, Some(Reason::Unanswered)),
            (480, false, Some(Reason::Unreachable)),
            (408, false, Some(Reason::Unreachable)),
            (488, true, None),
            (302, true, None),
            (482, false, None),
        ] {
            assert_eq!(Reason::of(status, rang), reason, "{status}");
        }
    }

    #[test]
    fn a_device_is_its_last_owners() {
        let mut journey = Journey::to(place(100));
        journey.rings([DeviceId(1), DeviceId(2)].into_iter(), &number(100));
        journey.rings([DeviceId(2)].into_iter(), &number(101));
        assert_eq!(journey.owner_of(DeviceId(1)), Some(&number(100)));
        assert_eq!(journey.owner_of(DeviceId(2)), Some(&number(101)));
        assert_eq!(journey.owner_of(DeviceId(3)), None);
    }
}
