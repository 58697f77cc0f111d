//! Keys as tones, where no telephone-event was agreed on: both laws, levels, noise, and the prompt in the caller's ear.

use std::time::{Duration, Instant};

use perch::media::{Codec, Prompt};

use crate::client::voice::{Keypad, Voice};
use crate::house::{Case, House, PIN};
use crate::voices::{Talk, desk};

#[test]
fn keys_are_heard_as_tones_and_nothing_else_is_taken_for_one() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("plain", "A-law and \u{b5}-law at a usual level", plain),
    ("levels", "loud, quiet and unequal tones", levels),
    ("noise", "tones 14 dB above noise", noise),
    ("other law", "the law that was not agreed on", other_law),
    ("strangers", "RTCP and comfort noise between the tones", strangers),
    ("echo A", "the prompt comes back from the caller's room, A-law", |house| echo(house, Codec::Pcma)),
    ("echo \u{b5}", "the prompt comes back from the caller's room, \u{b5}-law", |house| {
        echo(house, Codec::Pcmu)
    }),
    ("no keys", "noise and speech are no keys", no_keys),
];

const USUAL: Keypad = Keypad { row: -14.0, column: -12.0, noise: -90.0 };

/// A call to the voice in this codec alone, without telephone-event.
fn call(house: &House, codec: Codec) -> Talk {
    let (phone, code) = desk(house);
    let voice = Voice::new();
    let agreed = format!("RTP/AVP {}", codec.static_payload_type());
    let sdp = voice
        .sdp("sendrecv")
        .replace("RTP/AVP 0 8 101", &agreed)
        .replace("a=sendrecv", "a=rtcp-mux\r\na=sendrecv");
    Talk::dial_with(phone, &code, voice, sdp)
}

fn logs_in(talk: &mut Talk, codec: Codec, keypad: Keypad) {
    let there = talk.there();
    talk.voice.say(there, codec, &keypad.press(&format!("{PIN}#")));
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

fn plain(house: &House) {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        logs_in(&mut call(house, codec), codec, USUAL);
    }
}

fn levels(house: &House) {
    for (row, column) in [(-5.0, -5.0), (-33.0, -32.0), (-16.0, -12.0), (-12.0, -19.0)] {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            logs_in(&mut call(house, codec), codec, Keypad { row, column, noise: -90.0 });
        }
    }
}

fn noise(house: &House) {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        logs_in(&mut call(house, codec), codec, Keypad { noise: -28.0, ..USUAL });
    }
}

fn other_law(house: &House) {
    logs_in(&mut call(house, Codec::Pcma), Codec::Pcmu, USUAL);
}

/// Reports, marked as such only by their second byte, and comfort noise in the middle of each key and each pause.
fn strangers(house: &House) {
    let codec = Codec::Pcma;
    let mut talk = call(house, codec);
    let there = talk.there();
    let sound = USUAL.press(&format!("{PIN}#"));
    for piece in sound.chunks(320) {
        talk.voice.say(there, codec, piece);
        for kind in [200, 201, 202, 203, 204] {
            talk.voice.send_bytes(there, &[0x81, kind, 0, 7, 9, 9, 9, 9, 4, 0x8a, 2, 0x80, 0, 0, 0, 0]);
        }
        talk.voice.comfort_noise(there);
    }
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

/// The caller's phone sends back what it hears, a tenth of a second later and 10 dB quieter.
fn echo(house: &House, codec: Codec) {
    const LATE: usize = 5;
    let mut talk = call(house, codec);
    let there = talk.there();
    let until = Instant::now() + Duration::from_secs(4);
    let mut echoed = 0;
    while Instant::now() < until {
        let before = talk.voice.heard.len();
        talk.voice.listen(Duration::from_millis(200), |heard| heard.len() > before);
        while echoed + LATE < talk.voice.heard.len() {
            let payload = talk.voice.heard[echoed].payload.clone();
            let back: Vec<i16> = payload.iter().map(|byte| codec.decode(*byte) / 3).collect();
            talk.voice.send(there, codec.static_payload_type(), &encoded(codec, &back));
            echoed += 1;
        }
    }
    talk.hears(Prompt::EnterPin);
    assert!(talk.was_said_to_the_end(Prompt::EnterPin), "the echo was taken for a key");
    logs_in(&mut talk, codec, USUAL);
}

fn encoded(codec: Codec, sound: &[i16]) -> Vec<u8> {
    sound.iter().map(|sample| codec.encode(*sample)).collect()
}

/// Loud noise for the whole prompt, and the user's own speech: a prompt of the house.
fn no_keys(house: &House) {
    let codec = Codec::Pcmu;
    let mut talk = call(house, codec);
    let there = talk.there();
    let noise = Keypad { row: -90.0, column: -90.0, noise: -20.0 }.press("111111111");
    talk.voice.say(there, codec, &noise);
    let library = perch::media::PromptLibrary::new();
    let speech = library.audio(perch::media::Language::It, Prompt::Locked);
    let speech: Vec<i16> = speech.ulaw().iter().map(|byte| Codec::Pcmu.decode(*byte)).collect();
    talk.voice.say(there, codec, &speech[..24_000]);
    talk.hears(Prompt::EnterPin);
    assert!(talk.was_said_to_the_end(Prompt::EnterPin), "noise or speech was taken for a key");
    logs_in(&mut talk, codec, USUAL);
}
