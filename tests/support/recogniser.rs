//! The recogniser: tells from the bytes of RTP which prompt is being said, and whether to its end.
//!
//! The box sends each prompt in packets of 160 samples from its first sample on, so that every packet of a prompt is one
//! of a few thousand known ones. A packet that several prompts share (silence, mostly) says nothing. Lost and doubled
//! packets do no harm.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use perch::media::{Codec, Language, Prompt, PromptLibrary, g711};

/// One prompt that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    pub prompt: Prompt,
    pub language: Language,
    /// Whether its last quarter was heard too.
    pub to_the_end: bool,
}

/// Listens to one stream.
#[derive(Debug, Default)]
pub struct Recogniser {
    heard: Vec<Heard>,
    /// The prompt being said: what it is, how many of its packets have come, the last one's place.
    saying: Option<(Known, usize, usize)>,
}

/// Which prompt a packet belongs to: language, prompt, how many telling packets it has in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    language: Language,
    prompt: Prompt,
    packets: usize,
}

type Book = BTreeMap<Vec<u8>, Option<(Known, usize)>>;

/// How many packets of a prompt must come before it counts as heard.
const ENOUGH: usize = 5;

impl Recogniser {
    /// Takes the payload of one packet in one of the two codecs.
    pub fn handle_payload(&mut self, payload: &[u8], codec: Codec) {
        let Some(Some((known, place))) = book(codec).get(payload) else { return };
        match &mut self.saying {
            Some((saying, count, last)) if saying == known && place >= last => {
                *count += 1;
                *last = *place;
            }
            _ => self.saying = Some((*known, 1, *place)),
        }
        let Some((known, count, last)) = self.saying else { return };
        if count == ENOUGH {
            let Known { language, prompt, .. } = known;
            self.heard.push(Heard { prompt, language, to_the_end: false });
        }
        if count >= ENOUGH
            && last * 4 >= known.packets * 3
            && let Some(heard) = self.heard.last_mut()
        {
            heard.to_the_end = true;
        }
    }

    /// The prompts so far, in order.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

/// Every packet the box may say, as it stands on the wire in `codec`.
fn book(codec: Codec) -> &'static Book {
    static ULAW: OnceLock<Book> = OnceLock::new();
    static ALAW: OnceLock<Book> = OnceLock::new();
    let shelf = match codec {
        Codec::Pcmu => &ULAW,
        Codec::Pcma => &ALAW,
    };
    shelf.get_or_init(|| {
        let library = PromptLibrary::new();
        let mut book = Book::new();
        for language in Language::ALL {
            for prompt in Prompt::ALL {
                let audio = library.audio(*language, *prompt);
                let packets = audio.ulaw().len().div_ceil(160);
                let known = Known { language: *language, prompt: *prompt, packets };
                for (place, chunk) in audio.ulaw().chunks(160).enumerate() {
                    let coded = |byte: u8| match codec {
                        Codec::Pcmu => byte,
                        Codec::Pcma => g711::ulaw_to_alaw(byte),
                    };
                    let mut payload: Vec<u8> = chunk.iter().map(|byte| coded(*byte)).collect();
                    payload.resize(160, codec.silence());
                    book.entry(payload).and_modify(|entry| *entry = None).or_insert(Some((known, place)));
                }
            }
        }
        book
    })
}
