//! M01 to M11: the voice of the box, and the keys it hears.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use perch::media::{Codec, Prompt};

use crate::client::voice::{Packet, Voice};
use crate::client::{Dialog, Draft, Habit, Message, PATIENCE, Phone, voice_sdp};
use crate::house::{Case, House, PIN};
use crate::recogniser::Recogniser;

#[test]
fn the_voice_speaks_and_hears_as_the_lines_m01_to_m11_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("M01", "one m=audio with what was offered and its number for digits", m01),
    ("M02", "even packets of one stream", m02),
    ("M03", "no codec in common", m03),
    ("M04", "audio and video", m04),
    ("M05", "hold and resume", m05),
    ("M06", "silence after BYE", m06),
    ("M07", "three end packets are one digit", m07),
    ("M08", "digits through loss, and one twice", m08),
    ("M09", "INFO with both bodies, and with an unknown one", m09),
    ("M09 twice", "keys by INFO and as events, each one digit", m09_twice),
    ("M10", "a 200 that nobody acknowledges", m10),
    ("M11", "SRTP is refused, or used, but never dropped", m11),
];

/// A call to the voice.
pub struct Talk {
    pub phone: Phone,
    pub voice: Voice,
    pub dialog: Dialog,
    pub ok: Message,
    recogniser: Recogniser,
    read: usize,
}

/// A registered phone at which somebody may log in, and the code to dial for it.
pub fn desk(house: &House) -> (Phone, String) {
    let (account, extension) = house.desk();
    let mut phone = Phone::udp(house.real.sip, account);
    phone.register();
    (phone, format!("*77*{extension}*"))
}

pub fn offer(phone: &mut Phone, dialled: &str, sdp: String) -> (Draft, Message) {
    let draft = phone.draft("INVITE", &phone.at_box(dialled)).sdp(sdp);
    let invite = phone.invite(draft);
    let answer = phone.final_of(&invite);
    (invite, answer)
}

impl Talk {
    /// Dials `dialled` and is answered by the voice.
    pub fn dial(phone: Phone, dialled: &str) -> Talk {
        let voice = Voice::new();
        let sdp = voice.sdp("sendrecv");
        Talk::dial_with(phone, dialled, voice, sdp)
    }

    /// The same with this description.
    pub fn dial_with(mut phone: Phone, dialled: &str, voice: Voice, sdp: String) -> Talk {
        let (invite, ok) = offer(&mut phone, dialled, sdp);
        assert_eq!(ok.status(), 200, "{ok:?}");
        let dialog = phone.acknowledge(&invite, &ok, None);
        Talk::of(phone, voice, dialog, ok)
    }

    /// A call that is up.
    pub fn of(phone: Phone, voice: Voice, dialog: Dialog, ok: Message) -> Talk {
        Talk { phone, voice, dialog, ok, recogniser: Recogniser::default(), read: 0 }
    }

    pub fn at_desk(house: &House) -> Talk {
        let (phone, code) = desk(house);
        Talk::dial(phone, &code)
    }

    /// The voice is at an end: what was being heard goes on somewhere else.
    pub fn moves_to(&mut self, voice: Voice) -> Voice {
        self.read = 0;
        std::mem::replace(&mut self.voice, voice)
    }

    /// Where the box hears.
    pub fn there(&self) -> SocketAddr {
        SocketAddr::new(self.phone.server.ip(), self.ok.audio_port())
    }

    /// Listens until that prompt is recognised in the packets on the wire.
    pub fn hears(&mut self, prompt: Prompt) {
        self.hears_one_of(&[prompt]);
    }

    /// Listens until one of these prompts is recognised: which.
    pub fn hears_one_of(&mut self, prompts: &[Prompt]) -> Prompt {
        let until = Instant::now() + PATIENCE;
        loop {
            for packet in &self.voice.heard[self.read..] {
                match packet.kind {
                    0 => self.recogniser.handle_payload(&packet.payload, Codec::Pcmu),
                    8 => self.recogniser.handle_payload(&packet.payload, Codec::Pcma),
                    _ => {}
                }
            }
            self.read = self.voice.heard.len();
            let mut heard = self.recogniser.heard().iter().map(|heard| heard.prompt);
            if let Some(prompt) = heard.find(|prompt| prompts.contains(prompt)) {
                return prompt;
            }
            assert!(Instant::now() < until, "none of {prompts:?}, but {:?}", self.recogniser.heard());
            let read = self.read;
            self.voice.listen(Duration::from_millis(200), |heard| heard.len() > read + 10);
        }
    }

    /// Whether a prompt that was heard was not silenced by a key.
    pub fn was_said_to_the_end(&self, prompt: Prompt) -> bool {
        self.recogniser.heard().iter().any(|heard| heard.prompt == prompt && heard.to_the_end)
    }

    pub fn presses(&mut self, keys: &str) {
        let there = self.there();
        self.voice.press(there, keys);
    }

    /// Sends one key by INFO; the status of the answer.
    pub fn informs(&mut self, kind: &str, body: &str) -> u16 {
        let info = self.phone.within(&mut self.dialog, "INFO").carrying(kind, body);
        self.phone.ask(info).status()
    }
}

fn m01(house: &House) {
    let (mut phone, code) = desk(house);
    let sdp = voice_sdp(phone.local.port(), "sendrecv").replace("101", "110");
    let (invite, ok) = offer(&mut phone, &code, sdp);
    assert_eq!(ok.status(), 200, "{ok:?}");
    phone.acknowledge(&invite, &ok, None);
    let text = ok.text();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    let types: Vec<_> = lines[0].split(' ').skip(3).collect();
    assert!(types.iter().all(|one| ["0", "8", "110"].contains(one)), "{text}");
    assert!(types.contains(&"110") && text.contains("a=rtpmap:110 telephone-event/8000"), "{text}");
}

fn m02(house: &House) {
    let start = Instant::now();
    let mut talk = Talk::at_desk(house);
    talk.voice.listen(PATIENCE, |heard| heard.len() >= 50);
    let heard = &talk.voice.heard;
    let first = heard.first().expect("sound");
    // One second by the book; a busy machine may take its time.
    assert!(first.at - start < Duration::from_secs(4), "{:?}", first.at - start);
    assert!(talk.ok.text().lines().any(|line| line.starts_with(&format!("m=audio {} ", first.from.port()))));
    let next = |pair: &[Packet]| {
        pair[1].sequence == pair[0].sequence.wrapping_add(1)
            && pair[1].timestamp == pair[0].timestamp.wrapping_add(160)
            && pair[1].source == pair[0].source
            && pair[1].payload.len() == 160
            && [0, 8].contains(&pair[1].kind)
    };
    assert!(heard.windows(2).all(next), "{:?}", &heard[..3]);
    let took = heard[49].at - first.at;
    assert!((Duration::from_millis(800)..Duration::from_secs(3)).contains(&took), "{took:?}");
}

fn m03(house: &House) {
    let (mut phone, code) = desk(house);
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 96\r\n\
         a=rtpmap:96 speex/16000\r\n",
        phone.local.port()
    );
    let (_, answer) = offer(&mut phone, &code, sdp);
    assert!(matches!(answer.status(), 488 | 415 | 606), "{answer:?}");
}

fn m04(house: &House) {
    let (mut phone, code) = desk(house);
    let video = "m=video 30002 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n";
    let sdp = voice_sdp(phone.local.port(), "sendrecv") + video;
    let (invite, ok) = offer(&mut phone, &code, sdp);
    assert_eq!(ok.status(), 200, "{ok:?}");
    phone.acknowledge(&invite, &ok, None);
    let text = ok.text();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert!(
        lines.len() == 2 && lines[0].starts_with("m=audio ") && lines[1].starts_with("m=video 0 "),
        "{text}"
    );
}

/// The version in the `o=` line.
fn version(ok: &Message) -> u64 {
    let text = ok.text();
    let line = text.lines().find(|line| line.starts_with("o=")).expect("an o= line");
    line.split(' ').nth(2).and_then(|number| number.parse().ok()).expect("a version")
}

fn m05(house: &House) {
    let mut talk = Talk::at_desk(house);
    let mut before = version(&talk.ok);
    for (offered, answered) in
        [("sendonly", ["recvonly", "inactive"]), ("sendrecv", ["sendrecv", "sendrecv"])]
    {
        let sdp =
            voice_sdp(talk.voice.port, offered).replace("o=- 1 1", &format!("o=- 1 {}", talk.dialog.cseq));
        let draft = talk.phone.within(&mut talk.dialog, "INVITE").sdp(sdp);
        talk.phone.send(&draft);
        let ok = talk.phone.final_of(&draft);
        assert_eq!(ok.status(), 200, "{ok:?}");
        talk.phone.acknowledge(&draft, &ok, None);
        let text = ok.text();
        let is_said = |way: &&str| text.contains(&format!("a={way}\r\n"));
        assert!(answered.iter().any(is_said) || (offered == "sendrecv" && !text.contains("only")), "{text}");
        assert!((before..=before + 1).contains(&version(&ok)), "{text}");
        before = version(&ok);
    }
}

fn m06(house: &House) {
    let mut talk = Talk::at_desk(house);
    talk.voice.listen(PATIENCE, |heard| heard.len() >= 10);
    talk.phone.hang_up(&mut talk.dialog);
    talk.voice.listen(Duration::from_millis(300), |_| false);
    let before = talk.voice.heard.len();
    talk.voice.listen(Duration::from_millis(500), |_| false);
    assert_eq!(talk.voice.heard.len(), before, "sound after BYE");
}

fn m07(house: &House) {
    let mut talk = Talk::at_desk(house);
    talk.voice.listen(PATIENCE, |heard| heard.len() >= 5);
    talk.presses(PIN);
    talk.presses("#");
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

fn m08(house: &House) {
    let mut talk = Talk::at_desk(house);
    talk.hears(Prompt::EnterPin);
    let there = talk.there();
    talk.voice.press_through_loss(there, &format!("{PIN}#"));
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

fn m09(house: &House) {
    let mut talk = Talk::at_desk(house);
    let status = talk.informs("application/x-unheard-of", "what");
    assert!(matches!(status, 415 | 469 | 200), "{status}");
    for (n, key) in PIN.chars().chain(['#']).enumerate() {
        let (kind, body) = match n % 2 {
            0 => ("application/dtmf-relay", format!("Signal={key}\r\nDuration=160\r\n")),
            _ => ("application/dtmf", key.to_string()),
        };
        assert_eq!(talk.informs(kind, &body), 200, "{kind} {body}");
    }
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

/// What a phone set to both does: each key by INFO, and at once as an event.
fn m09_twice(house: &House) {
    let mut talk = Talk::at_desk(house);
    for key in PIN.chars().chain(['#']) {
        let info = format!("Signal={key}\r\nDuration=160\r\n");
        let draft = talk.phone.within(&mut talk.dialog, "INFO").carrying("application/dtmf-relay", info);
        talk.phone.send(&draft);
        talk.presses(&key.to_string());
        assert_eq!(talk.phone.final_of(&draft).status(), 200);
    }
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
}

fn m10(house: &House) {
    let (mut phone, code) = desk(house);
    phone.habit = Habit::ShowsAll;
    let sdp = voice_sdp(phone.local.port(), "sendrecv");
    let (invite, ok) = offer(&mut phone, &code, sdp);
    assert_eq!(ok.status(), 200);
    for _ in 0..3 {
        let again = phone.final_of(&invite);
        assert_eq!(again.to_tag(), ok.to_tag());
    }
    let end = phone.find(Duration::from_secs(40), |message| message.method() == "BYE");
    if let Some(bye) = end {
        phone.reply(&bye, 200);
    }
    phone.settle();
}

fn m11(house: &House) {
    let (mut phone, code) = desk(house);
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n";
    let sdp = voice_sdp(phone.local.port(), "sendrecv").replace("RTP/AVP", "RTP/SAVP") + key;
    let (_, answer) = offer(&mut phone, &code, sdp);
    match answer.status() {
        200 => {
            assert!(answer.text().contains("RTP/SAVP") && answer.text().contains("a=crypto"), "{answer:?}")
        }
        status => assert_eq!(status, 488, "{answer:?}"),
    }
}
