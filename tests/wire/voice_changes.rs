//! What a phone agrees on with the voice in the middle of a call is used: another place, codec, number, direction (M05).

use std::net::IpAddr;
use std::time::Duration;

use perch::media::{Codec, Prompt};

use crate::client::voice::{Keypad, Packet, Voice};
use crate::client::{Message, PATIENCE};
use crate::house::{Case, House, PIN};
use crate::voices::{Talk, desk};

#[test]
fn the_voice_follows_what_is_agreed_in_the_middle_of_a_call() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("port", "a re-INVITE moves the sound to another port", port),
    ("address", "a re-INVITE moves the sound to another address", address),
    ("UPDATE", "an UPDATE moves the sound", update),
    ("late", "a re-INVITE without an offer moves the sound with its ACK", late_offer),
    ("codec", "a re-INVITE chooses another codec", codec),
    ("events", "a re-INVITE gives telephone-event another number", events),
    ("tones", "a re-INVITE gives telephone-event up, and tones are heard", tones),
    ("NAT", "packets from elsewhere move the sound, after a move too", symmetric),
    ("first hold", "a first offer that holds the call is sent nothing", first_hold),
    ("hold", "timestamps go on with the clock through a hold", hold),
    ("late first", "the address of a late answer is heard", late_first),
];

/// Another address of this machine, from which no signalling comes.
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

/// How a new description travels.
enum By {
    Invite,
    Update,
    LateOffer,
}

/// Agrees on something else; the answer, or the box's offer.
fn agree(talk: &mut Talk, by: &By, sdp: String) -> Message {
    let sdp = sdp.replace("o=- 1 1", &format!("o=- 1 {}", talk.dialog.cseq + 1));
    let method = if matches!(by, By::Update) { "UPDATE" } else { "INVITE" };
    let draft = talk.phone.within(&mut talk.dialog, method);
    let draft = if matches!(by, By::LateOffer) { draft } else { draft.sdp(sdp.clone()) };
    talk.phone.send(&draft);
    let ok = talk.phone.final_of(&draft);
    assert_eq!(ok.status(), 200, "{ok:?}");
    match by {
        By::Invite => drop(talk.phone.acknowledge(&draft, &ok, None)),
        By::LateOffer => drop(talk.phone.acknowledge(&draft, &ok, Some(sdp))),
        By::Update => {}
    }
    ok
}

/// Listens to the prompt for a moment, as a phone that sends sound itself.
fn settles(talk: &mut Talk) {
    talk.voice.listen(PATIENCE, |heard| heard.len() > 10);
    let there = talk.there();
    talk.voice.say(there, Codec::Pcmu, &[0; 320]);
}

/// The sound goes to the new voice and no more to the former; keys pressed there count.
fn moves(talk: &mut Talk, by: &By, voice: Voice) {
    settles(talk);
    let sdp = voice.sdp("sendrecv");
    let mut former = talk.moves_to(voice);
    agree(talk, by, sdp);
    talk.voice.listen(PATIENCE, |heard| heard.len() > 10);
    former.listen(Duration::from_millis(100), |_| false);
    let before = former.heard.len();
    former.listen(Duration::from_millis(500), |_| false);
    assert_eq!(former.heard.len(), before, "the sound goes on to the former place");
    logs_in(talk);
}

fn logs_in(talk: &mut Talk) {
    talk.presses(&format!("{PIN}#"));
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

fn port(house: &House) {
    moves(&mut Talk::at_desk(house), &By::Invite, Voice::new());
}

fn address(house: &House) {
    moves(&mut Talk::at_desk(house), &By::Invite, Voice::at(ELSEWHERE));
}

fn update(house: &House) {
    moves(&mut Talk::at_desk(house), &By::Update, Voice::at(ELSEWHERE));
}

fn late_offer(house: &House) {
    moves(&mut Talk::at_desk(house), &By::LateOffer, Voice::at(ELSEWHERE));
}

fn codec(house: &House) {
    let mut talk = Talk::at_desk(house);
    settles(&mut talk);
    let sdp = talk.voice.sdp("sendrecv").replace("RTP/AVP 0 8", "RTP/AVP 8");
    agree(&mut talk, &By::Invite, sdp);
    talk.voice.listen(Duration::from_millis(100), |_| false);
    let before = talk.voice.heard.len();
    talk.voice.listen(PATIENCE, |heard| heard.len() > before + 20);
    assert!(talk.voice.heard[before..].iter().all(|packet| packet.kind == 8));
    assert!(talk.voice.heard.windows(2).all(follows), "the stream jumps");
    logs_in(&mut talk);
}

fn follows(pair: &[Packet]) -> bool {
    pair[1].sequence == pair[0].sequence.wrapping_add(1)
        && pair[1].timestamp == pair[0].timestamp.wrapping_add(160)
        && pair[1].source == pair[0].source
}

fn events(house: &House) {
    let mut talk = Talk::at_desk(house);
    settles(&mut talk);
    talk.voice.events = 97;
    let sdp = talk.voice.sdp("sendrecv");
    let ok = agree(&mut talk, &By::Invite, sdp);
    assert!(ok.text().contains("a=rtpmap:97 telephone-event/8000"), "{ok:?}");
    logs_in(&mut talk);
}

fn tones(house: &House) {
    let mut talk = Talk::at_desk(house);
    settles(&mut talk);
    let sdp = talk.voice.sdp("sendrecv").replace("RTP/AVP 0 8 101", "RTP/AVP 0 8");
    agree(&mut talk, &By::Invite, sdp);
    let keypad = Keypad { row: -14.0, column: -12.0, noise: -60.0 };
    let there = talk.there();
    talk.voice.say(there, Codec::Pcmu, &keypad.press(&format!("{PIN}#")));
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

/// A phone whose packets come from other ports than it says, before and after it says another.
fn symmetric(house: &House) {
    let mut talk = Talk::at_desk(house);
    settles(&mut talk);
    for _ in 0..2 {
        let (said, real) = (Voice::new(), Voice::new());
        agree(&mut talk, &By::Invite, said.sdp("sendrecv"));
        talk.moves_to(real);
        let there = talk.there();
        talk.voice.say(there, Codec::Pcmu, &[0; 320]);
        talk.voice.listen(PATIENCE, |heard| heard.len() > 10);
        assert!(talk.voice.heard.len() > 10, "no sound where the phone sends from");
    }
    logs_in(&mut talk);
}

fn first_hold(house: &House) {
    for way in ["sendonly", "inactive"] {
        let (phone, code) = desk(house);
        let voice = Voice::new();
        let sdp = voice.sdp(way);
        let mut talk = Talk::dial_with(phone, &code, voice, sdp);
        talk.voice.listen(Duration::from_secs(1), |_| false);
        assert_eq!(talk.voice.heard.len(), 0, "sound into a hold ({way})");
        let sdp = talk.voice.sdp("sendrecv");
        agree(&mut talk, &By::Invite, sdp);
        talk.hears(Prompt::EnterPin);
        logs_in(&mut talk);
    }
}

fn hold(house: &House) {
    let mut talk = Talk::at_desk(house);
    settles(&mut talk);
    for (way, wait) in [("sendonly", 1_000), ("sendrecv", 500)] {
        let sdp = talk.voice.sdp(way);
        agree(&mut talk, &By::Invite, sdp);
        talk.voice.listen(Duration::from_millis(wait), |_| false);
    }
    let gap = talk.voice.heard.windows(2).find(|pair| !follows(pair)).expect("a gap in the timestamps");
    let (arrived, clock) = (gap[1].at - gap[0].at, gap[1].timestamp.wrapping_sub(gap[0].timestamp) / 8);
    assert!(
        gap[1].marker && gap[1].sequence == gap[0].sequence.wrapping_add(1) && gap[1].source == gap[0].source
    );
    assert!(
        arrived.as_millis().abs_diff(u128::from(clock)) < 100,
        "{arrived:?} passed, {clock} ms by the clock"
    );
}

fn late_first(house: &House) {
    let (mut phone, code) = desk(house);
    let voice = Voice::at(ELSEWHERE);
    let draft = phone.draft("INVITE", &phone.at_box(&code));
    let invite = phone.invite(draft);
    let ok = phone.final_of(&invite);
    assert_eq!(ok.status(), 200, "{ok:?}");
    let dialog = phone.acknowledge(&invite, &ok, Some(voice.sdp("sendrecv")));
    let mut talk = Talk::of(phone, voice, dialog, ok);
    talk.voice.listen(PATIENCE, |heard| heard.len() > 10);
    logs_in(&mut talk);
}
