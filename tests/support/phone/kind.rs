//! Which phone is played, and the ways in which real phones differ.
//!
//! The texts by which phones name themselves are those of PHONES.md A7 and B1.1, B2.1. A quirk is a behaviour that a
//! phone of this kind may have and the box must live with; the default is what most phones do.

use std::time::Duration;

use perch::sip::sdp::Direction;

use super::config::Maker;

/// Which phone is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Yealink of today.
    T46U,
    /// A small Yealink of today, which asks for a boot file first like its siblings.
    T31P,
    /// A Snom with many keys.
    D785,
    /// A small Snom.
    D120,
    /// Any phone whose account somebody typed in.
    ByHand,
}

impl Kind {
    /// Whose files the phone reads.
    pub fn maker(self) -> Option<Maker> {
        match self {
            Self::T46U | Self::T31P => Some(Maker::Yealink),
            Self::D785 | Self::D120 => Some(Maker::Snom),
            Self::ByHand => None,
        }
    }

    /// The model as the box names it.
    pub fn model(self) -> &'static str {
        match self {
            Self::T46U => "yealink-t46u",
            Self::T31P => "yealink-t31p",
            Self::D785 => "snom-d785",
            Self::D120 => "snom-d120",
            Self::ByHand => "generic",
        }
    }

    /// The User-Agent of its SIP messages.
    pub fn sip_agent(self) -> &'static str {
        match self {
            Self::T46U => "Yealink SIP-T46U 108.86.0.20",
            Self::T31P => "Yealink SIP-T31P 124.86.0.40",
            Self::D785 => "snomD785/10.1.159.12",
            Self::D120 => "snomD120/10.1.39.11",
            Self::ByHand => "Any Phone 1.0",
        }
    }

    /// The User-Agent of its HTTP requests.
    pub fn http_agent(self, mac: &str) -> String {
        match self {
            Self::T46U | Self::T31P => format!("{} {}", self.sip_agent(), colons(mac)),
            Self::D785 | Self::D120 => {
                let (word, firmware) = self.sip_agent().split_once('/').unwrap_or_default();
                let mac = mac.to_ascii_uppercase();
                format!("Mozilla/4.0 (compatible; {word}-SIP {firmware} {mac} SXM:0 UXM:0)")
            }
            Self::ByHand => self.sip_agent().to_owned(),
        }
    }

    /// The Event header with which it announces itself.
    pub fn profile_event(self) -> &'static str {
        match self {
            Self::T46U => {
                r#"ua-profile;profile-type="device";vendor="Yealink";model="T46U";version="108.86.0.20""#
            }
            Self::T31P => {
                r#"ua-profile;profile-type="device";vendor="Yealink";model="T31P";version="124.86.0.40""#
            }
            Self::D785 => {
                r#"ua-profile;profile-type="device";vendor="OEM";model="OEM";version="10.1.159.12""#
            }
            Self::D120 => {
                r#"ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11""#
            }
            Self::ByHand => "",
        }
    }

    /// Snom's own word for the model, in file names.
    pub fn snom_word(self) -> &'static str {
        self.sip_agent().split('/').next().unwrap_or_default()
    }

    /// Yealink's number for the hardware, in the name of the common file.
    pub fn hardware(self) -> u16 {
        match self {
            Self::T46U => 108,
            Self::T31P => 123,
            Self::D785 | Self::D120 | Self::ByHand => 0,
        }
    }
}

/// How one phone differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// Which challenge it answers.
    pub digest: DigestTaste,
    /// What it says to a NOTIFY that tells it to fetch its file.
    pub on_notify: OnNotify,
    /// How long after the NOTIFY it fetches.
    pub fetch_after: Duration,
    /// What it does with the old account when its file brings another.
    pub old_account: OldAccount,
    /// What it does with a call that comes in.
    pub on_call: OnCall,
    /// Under which addresses it can be called.
    pub called_as: CalledAs,
    /// How many calls it can have; one more is answered 486.
    pub most_calls: usize,
    /// The payload number under which it offers telephone events, if it does.
    pub telephone_event: Option<u8>,
    /// The direction of its first offer in a call.
    pub offers: Direction,
    /// How long it takes to start.
    pub boot_time: Duration,
    /// How late a message of the box may arrive: soon in fair weather, up to 32 seconds after its first copy in foul. Only
    /// then is a NOTIFY during a call, or to where the phone was before it registered, the box's fault (B3, B4).
    pub late: Duration,
    /// Whether it subscribes to lamps and waiting messages, as its file says; else it is as deaf as an old phone.
    pub subscribes: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            digest: DigestTaste::Strongest,
            on_notify: OnNotify::Says(200),
            fetch_after: Duration::from_millis(400),
            old_account: OldAccount::Unregisters,
            on_call: OnCall::Rings,
            called_as: CalledAs::ItsContacts,
            most_calls: 2,
            telephone_event: Some(101),
            offers: Direction::SendRecv,
            boot_time: Duration::from_secs(30),
            late: Duration::from_secs(1),
            subscribes: false,
        }
    }
}

/// Which challenge a phone answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestTaste {
    /// The first it finds: SHA-256 from this box.
    Strongest,
    /// MD5, wherever it stands.
    Md5,
}

/// What a phone says to check-sync. It fetches its file in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnNotify {
    /// This status: 200, 400, 481, 489.
    Says(u16),
    /// Nothing at all.
    Silence,
    /// 401, and 200 to the right credentials of its account.
    Challenges,
    /// It has never got it: neither answer nor fetch.
    Deaf,
}

/// What a phone does with the account its new file no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldAccount {
    /// REGISTER with Expires: 0.
    Unregisters,
    /// Nothing: the box must forget it by itself.
    Forgets,
}

/// What a phone does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCall {
    /// 180, and somebody may answer.
    Rings,
    /// This refusal: 486, 480, 603.
    Refuses(u16),
    /// No answer of any kind.
    Dead,
}

/// Under which addresses a phone can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledAs {
    /// The contacts of its lines, to the letter.
    ItsContacts,
    /// Anything: it plays a trunk.
    Anybody,
}

/// How keys travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysBy {
    /// As named events in RTP.
    Rfc4733,
    /// As SIP INFO with `application/dtmf-relay`.
    Info,
    /// As two tones in the sound.
    Inband,
}

fn colons(mac: &str) -> String {
    let pairs: Vec<_> = mac.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    pairs.join(":")
}
