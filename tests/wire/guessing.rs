//! Guessing PINs by every way at once (B9), against the real binary: the voice at six kinds of code, the phone's own
//! hot-desk function from a trusted network, and the API. (The page knows no login by PIN.)
//!
//! What was looked at is told by the journal, which is far from full here; and by the right PIN, which is refused by every
//! way once three wrong ones were looked at, although each way was let in before. Not here: how it goes on with the hours
//! (`stories/guessing`).

use std::collections::BTreeMap;
use std::net::{IpAddr, UdpSocket};
use std::time::{Duration, Instant};

use perch::media::Prompt;
use serde_json::{Value, json};

use crate::client::{Account, PATIENCE, Phone, talk_together, voice_sdp};
use crate::desk_phone::free_address;
use crate::real_box::RealBox;
use crate::voices::Talk;

const PIN: &str = "4071";

/// So many PINs are looked at, of one extension or from one place.
const MOST: usize = 3;

/// The journal writes so many refusals at once.
const WRITTEN: usize = 20;

/// A way to bring a PIN before the box.
#[derive(Debug, Clone, Copy)]
enum Way {
    OwnNumber,
    Code,
    /// A code that asks for the ID first.
    Prompts(&'static str),
    Native,
    Api,
}

const BY_VOICE: [Way; 6] = [
    Way::OwnNumber,
    Way::Code,
    Way::Prompts("*072"),
    Way::Prompts("*11"),
    Way::Prompts("*073"),
    Way::Prompts("*13"),
];

/// From where a PIN is brought.
enum Place {
    Desk(Box<Phone>),
    /// A phone with a hot-desk function of its own, at an address that is trusted.
    Address(IpAddr),
    /// A program that logs people in at this device.
    Program(String),
}

/// Somebody who has said who it is and can key a PIN.
enum Asked {
    Voice(Box<Talk>),
    Native(IpAddr, String),
    Program(String, String),
}

impl Place {
    /// Goes so far that only the PIN is missing.
    fn asks(self, way: Way, extension: &str) -> Asked {
        match (self, way) {
            (Place::Desk(phone), Way::OwnNumber) => Asked::by_voice(*phone, extension, None),
            (Place::Desk(phone), Way::Code) => Asked::by_voice(*phone, &format!("*77*{extension}*"), None),
            (Place::Desk(phone), Way::Prompts(code)) => Asked::by_voice(*phone, code, Some(extension)),
            (Place::Address(address), Way::Native) => Asked::Native(address, extension.to_owned()),
            (Place::Program(device), Way::Api) => Asked::Program(device, extension.to_owned()),
            (_, way) => panic!("not from there by {way:?}"),
        }
    }

    fn tries(self, real: &RealBox, way: Way, extension: &str, pin: &str) -> (Place, bool) {
        self.asks(way, extension).keys(real, pin)
    }
}

impl Asked {
    fn by_voice(phone: Phone, dialled: &str, id: Option<&str>) -> Asked {
        let mut talk = Talk::dial(phone, dialled);
        if let Some(id) = id
            && talk.hears_one_of(&[Prompt::EnterId, Prompt::Locked]) == Prompt::EnterId
        {
            talk.presses(&format!("{id}#"));
        }
        talk.hears_one_of(&[Prompt::EnterPin, Prompt::Locked]);
        Asked::Voice(Box::new(talk))
    }

    /// Keys the PIN, where the box still listens: whether it was taken for the right one.
    fn keys(self, real: &RealBox, pin: &str) -> (Place, bool) {
        match self {
            Asked::Voice(mut talk) => {
                if talk.hears_one_of(&[Prompt::EnterPin, Prompt::Locked]) == Prompt::EnterPin {
                    talk.presses(&format!("{pin}#"));
                }
                let right = [Prompt::LoggedIn, Prompt::LoggedOutThere, Prompt::NowhereLoggedIn];
                let right =
                    [&right[..], &[Prompt::PhonesOff, Prompt::PhonesOn, Prompt::NoOwnPhones]].concat();
                let wrong = [Prompt::WrongPin, Prompt::WrongLogin];
                let said = talk.hears_one_of(&[&right[..], &wrong, &[Prompt::Locked]].concat());
                hangs_up(&mut talk);
                (Place::Desk(Box::new(talk.phone)), right.contains(&said))
            }
            Asked::Native(address, extension) => {
                let account =
                    Account { number: extension.clone(), user: extension, password: pin.to_owned() };
                let mut phone = phone_at(address, real, account);
                let contact = phone.contact();
                let status = phone.register_as(&[&contact], Some("300")).status();
                assert!(matches!(status, 200 | 401), "{status}");
                (Place::Address(address), status == 200)
            }
            Asked::Program(device, extension) => {
                let wish = json!({ "extension": extension, "pin": pin });
                let (status, said) = real.asks(&format!("devices/{device}/login"), &wish);
                assert!(matches!(status, 200 | 409), "{status} {said}");
                (Place::Program(device), status == 200)
            }
        }
    }
}

/// Hangs up, unless the box was the first.
fn hangs_up(talk: &mut Talk) {
    let bye = talk.phone.within(&mut talk.dialog, "BYE");
    let status = talk.phone.ask(bye).status();
    assert!(matches!(status, 200 | 481), "{status}");
    if let Some(theirs) = talk.phone.find(Duration::ZERO, |message| message.method() == "BYE") {
        talk.phone.reply(&theirs, 200);
    }
}

fn phone_at(address: IpAddr, real: &RealBox, account: Account) -> Phone {
    let socket = UdpSocket::bind((address, 0)).expect("a free port");
    Phone::at(socket, real.sip, account)
}

/// Ada, 100; the reception, 101, which is rung for help; many more, 200 to 219; and hot desks.
fn office() -> RealBox {
    let mut office = "[office]\nname = \"Wire\"\ncountry = \"IT\"\nemergency_extension = \"101\"\n\
                      trusted_networks = [{ network = \"127.0.0.0/8\", description = \"Here\" }]\n\
                      [[extension]]\nnumber = \"101\"\n"
        .to_owned();
    for number in [100].into_iter().chain(200..220) {
        office.push_str(&format!(
            "[[extension]]\nnumber = \"{number}\"\nhotdesk = true\nphone_native = true\npin = \"{PIN}\"\n"
        ));
    }
    let desks = (0..DESKS).map(|n| (format!("desk{n}"), "hotdesk = true"));
    for (user, whose) in desks.chain([("101".to_owned(), "extension = \"101\"")]) {
        office.push_str(&format!(
            "[[device]]\nname = \"Phone-{user}\"\nmodel = \"generic\"\n{whose}\nsip_user = \"{user}\"\n\
             sip_password = \"the-password-of-{user}\"\n"
        ));
    }
    RealBox::with(&office)
}

const DESKS: usize = 9;

/// A phone that is registered at an address of its own, so that its guesses are nobody else's.
fn phone(real: &RealBox, user: &str) -> Phone {
    let account = Account {
        number: user.to_owned(),
        user: user.to_owned(),
        password: format!("the-password-of-{user}"),
    };
    let mut phone = phone_at(free_address(), real, account);
    phone.register();
    phone
}

fn desk(real: &RealBox, n: usize) -> Place {
    Place::Desk(Box::new(phone(real, &format!("desk{n}"))))
}

fn device(real: &RealBox, n: usize) -> String {
    real.device(&format!("Phone-desk{n}"))["id"].as_str().expect("an id").to_owned()
}

/// The administrator logs somebody in, who is asked for no PIN.
fn vouches_for(real: &RealBox, extension: &str, n: usize) {
    let (status, said) =
        real.asks(&format!("devices/{}/login", device(real, n)), &json!({ "extension": extension }));
    assert_eq!(status, 200, "{said}");
}

/// Does it all at once.
fn at_once<I: Send, O: Send>(what: Vec<I>, does: impl Fn(usize, I) -> O + Sync) -> Vec<O> {
    std::thread::scope(|scope| {
        let does = &does;
        let start = |(n, one)| scope.spawn(move || does(n, one));
        let running: Vec<_> = what.into_iter().enumerate().map(start).collect();
        running.into_iter().map(|thread| thread.join().expect("it does not fail")).collect()
    })
}

/// The wrong PINs that were looked at, of each extension and from each place.
type LookedAt = (BTreeMap<String, usize>, BTreeMap<String, usize>);

/// The same once the journal tells of so many; it is written a moment later.
fn looked_at_by_now(real: &RealBox, many: usize) -> LookedAt {
    let until = Instant::now() + PATIENCE;
    loop {
        let (of, from) = looked_at(real);
        if of.values().sum::<usize>() >= many {
            return (of, from);
        }
        assert!(Instant::now() < until, "not {many}: {of:?} {from:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn looked_at(real: &RealBox) -> LookedAt {
    let journal = real.api("audit?limit=500");
    let entries = journal.as_array().expect("a list");
    let refused: Vec<_> = entries.iter().filter(|entry| entry["what"] == "login-refused").collect();
    assert!(refused.len() < WRITTEN, "all of them are written: {journal}");
    let (mut of, mut from) = (BTreeMap::new(), BTreeMap::new());
    for entry in refused.into_iter().filter(|entry| entry["refusal"] == "wrong-pin") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        *of.entry(text(&entry["extension"])).or_default() += 1;
        *from.entry(text(&entry["device"]) + &text(&entry["address"])).or_default() += 1;
    }
    (of, from)
}

/// Whether the administrator sees it closed.
fn is_closed(real: &RealBox, what: &str, which: &str) -> bool {
    real.api("lockouts").as_array().into_iter().flatten().any(|one| one[what] == which)
}

/// Promises: B9, C3.
#[test]
fn whoever_guesses_at_one_extension_by_every_way_at_once_has_three_pins_looked_at() {
    let real = office();
    let ways = || BY_VOICE.into_iter().chain([Way::Native, Way::Api]);
    let mut places: Vec<_> = (0..BY_VOICE.len()).map(|n| desk(&real, n)).collect();
    places.extend([Place::Address(free_address()), Place::Program(device(&real, 6))]);
    let mut cellar = phone(&real, "desk7");
    let mut reception = phone(&real, "101");

    // By each way somebody with the right PIN is let in.
    let tried = at_once(places.into_iter().zip(ways()).collect(), |n, (place, way)| {
        place.tries(&real, way, &(200 + n).to_string(), PIN)
    });
    let (places, let_in): (Vec<_>, Vec<_>) = tried.into_iter().unzip();
    assert_eq!(let_in, [true; 8]);
    let (status, said) = real.asks("logins/end", &json!({}));
    assert_eq!((status, &said["ended"]), (200, &json!(6)), "{said}");
    // Ada is somewhere already.
    vouches_for(&real, "100", 7);

    // All are asked for Ada's PIN, and then all key, each another one.
    let asked = at_once(places.into_iter().zip(ways()).collect(), |_, (place, way)| place.asks(way, "100"));
    let mut guessers: Vec<_> = asked.into_iter().map(Some).collect();
    // Among them somebody at another desk with a PIN of the own.
    guessers.push(None);
    let tried = at_once(guessers, |n, guesser| match guesser {
        Some(asked) => {
            let (place, is_right) = asked.keys(&real, &format!("62{n}9"));
            (Some(place), is_right)
        }
        None => (None, desk(&real, 8).tries(&real, Way::Code, "210", PIN).1),
    });
    let (places, let_in): (Vec<_>, Vec<_>) = tried.into_iter().unzip();
    let (eve, guessed) = let_in.split_last().expect("nine of them");
    assert_eq!((guessed, *eve), (&[false; 8][..], true));
    let (of, from) = looked_at_by_now(&real, MOST);
    assert_eq!(of, BTreeMap::from([("100".to_owned(), MOST)]));
    assert_eq!(from.len(), MOST, "each at a place of its own: {from:?}");
    assert!(is_closed(&real, "extension", "100"));

    // The right one is now as good as any.
    let places: Vec<_> = places.into_iter().flatten().zip(ways()).collect();
    let let_in = at_once(places, |_, (place, way)| place.tries(&real, way, "100", PIN).1);
    assert_eq!(let_in, [false; 8]);
    assert_eq!(looked_at(&real), (of, from));

    // Ada is where she was, calls and is called; and so is whoever came meanwhile.
    let logins = real.api("logins");
    let who: Vec<_> = logins.as_array().into_iter().flatten().map(|login| &login["extension"]).collect();
    assert_eq!(who, ["100", "210"], "{logins}");
    talk_together(&mut reception, &mut cellar, "100");
    talk_together(&mut cellar, &mut reception, "101");
}

/// Promises: B9, B8, C3.
#[test]
fn a_place_that_guesses_at_everybody_by_every_way_has_three_pins_looked_at_and_can_call_for_help() {
    let real = office();
    let mut reception = phone(&real, "101");
    let attic = phone(&real, "desk0");
    let program = Place::Program(device(&real, 1));
    let kitchen = Place::Address(free_address());

    // Each place guesses at people of its own, one after the other; the places do so at once.
    let places = vec![
        (Place::Desk(Box::new(attic)), &BY_VOICE[..], 200),
        (program, &[Way::Api; 5], 206),
        (kitchen, &[Way::Native; 5], 211),
    ];
    let tried = at_once(places, |_, (mut place, ways, first)| {
        for (n, way) in ways.iter().enumerate() {
            let is_right;
            (place, is_right) = place.tries(&real, *way, &(first + n).to_string(), "6209");
            assert!(!is_right, "{way:?}");
        }
        (place, ways[0])
    });
    let (of, from) = looked_at_by_now(&real, 3 * MOST);
    assert!(of.values().all(|count| *count == 1), "{of:?}");
    assert_eq!(from.values().copied().collect::<Vec<_>>(), [MOST; 3], "of three places: {from:?}");

    // From there nobody is let in whom no one guessed at, and at another desk the same are.
    let tried = at_once(tried, |n, (place, way)| place.tries(&real, way, &(216 + n).to_string(), PIN));
    let (mut places, let_in): (Vec<_>, Vec<_>) = tried.into_iter().unzip();
    assert_eq!(let_in, [false; 3]);
    assert_eq!(looked_at(&real), (of, from));
    let let_in = at_once(vec![2, 3, 4], |n, other| {
        desk(&real, other).tries(&real, BY_VOICE[n], &(216 + n).to_string(), PIN).1
    });
    assert_eq!(let_in, [true; 3]);

    // The attic calls for help; and for whom the administrator logs in there it rings.
    let Place::Desk(mut attic) = places.swap_remove(0) else { panic!("the attic is a desk") };
    let invite = attic.invite_draft("112");
    attic.send(&invite);
    let arrived = reception.expect("INVITE");
    let answer = reception.reply_draft(&arrived, 200).sdp(voice_sdp(reception.local.port(), "sendrecv"));
    reception.reply_with(&arrived, &answer);
    let ok = attic.final_of(&invite);
    assert_eq!(ok.status(), 200, "{ok:?}");
    let mut dialog = attic.acknowledge(&invite, &ok, None);
    reception.expect("ACK");
    let bye = attic.within(&mut dialog, "BYE");
    attic.send(&bye);
    reception.is_hung_up();
    assert_eq!(attic.final_of(&bye).status(), 200);
    assert!(is_closed(&real, "device", &device(&real, 0)), "it is closed all the while");
    vouches_for(&real, "219", 0);
    talk_together(&mut reception, &mut attic, "219");
}
