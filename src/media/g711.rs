//! G.711, the two ways a telephone packs a sample into a byte: A-law in most of the world, µ-law in North America and Japan.
//!
//! Decoding is a table lookup, encoding a short computation; both tables are computed when the program is compiled.
//! Prompts are kept as µ-law; [`ulaw_to_alaw`] re-packs them for an A-law call.
//!
//! ITU-T G.711; RFC 3551 §4.5.14 for the payload types 0 and 8.

/// The voice codec of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// µ-law, static payload type 0.
    Pcmu,
    /// A-law, static payload type 8.
    Pcma,
}

impl Codec {
    /// Packs one sample.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Codec::Pcmu => encode_ulaw(sample),
            Codec::Pcma => encode_alaw(sample),
        }
    }

    /// Unpacks one byte.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Codec::Pcmu => ULAW[usize::from(byte)],
            Codec::Pcma => ALAW[usize::from(byte)],
        }
    }

    /// The byte that stands for no sound.
    pub fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => 0xFF,
            Codec::Pcma => 0xD5,
        }
    }

    /// The payload type RFC 3551 gives this codec.
    pub fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The codec behind a static payload type, if it is one of ours.
    pub fn of_static_payload_type(payload_type: u8) -> Option<Codec> {
        match payload_type {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        }
    }
}

/// Packs one sample as µ-law.
pub fn encode_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0x00 };
    // The 14 bits of the standard, in 16-bit scale; the bias makes every segment start at a power of two.
    let magnitude = i32::from(sample).abs().min(ULAW_CLIP) + ULAW_BIAS;
    let segment = magnitude.ilog2() - 7;
    let step = ((magnitude >> (segment + 3)) & 0x0F) as u8;
    !(sign | (segment as u8) << 4 | step)
}

/// Packs one sample as A-law.
pub fn encode_alaw(sample: i16) -> u8 {
    // A-law has no zero: the negative side is shifted by one so that both sides are mirror images.
    let (sign, magnitude) = if sample < 0 { (0x00, !sample) } else { (0x80, sample) };
    let magnitude = i32::from(magnitude);
    let packed = if magnitude < 256 {
        (magnitude >> 4) as u8
    } else {
        let segment = magnitude.ilog2() - 7;
        let step = ((magnitude >> (segment + 3)) & 0x0F) as u8;
        (segment as u8) << 4 | step
    };
    (sign | packed) ^ 0x55
}

/// Unpacks one µ-law byte.
pub fn decode_ulaw(byte: u8) -> i16 {
    ULAW[usize::from(byte)]
}

/// Unpacks one A-law byte.
pub fn decode_alaw(byte: u8) -> i16 {
    ALAW[usize::from(byte)]
}

/// The A-law byte nearest in sound to a µ-law byte.
pub fn ulaw_to_alaw(byte: u8) -> u8 {
    encode_alaw(decode_ulaw(byte))
}

const ULAW_BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

const ULAW: [i16; 256] = ulaw_table();
const ALAW: [i16; 256] = alaw_table();

const fn ulaw_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let bits = !(byte as u8);
        let segment = (bits >> 4) & 0x07;
        let step = (bits & 0x0F) as i32;
        let magnitude = (((step << 3) + ULAW_BIAS) << segment) - ULAW_BIAS;
        table[byte] = if bits & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 };
        byte += 1;
    }
    table
}

const fn alaw_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let bits = byte as u8 ^ 0x55;
        let segment = (bits >> 4) & 0x07;
        let step = (bits & 0x0F) as i32;
        let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 0x108) << (segment - 1) };
        table[byte] = if bits & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_the_standard_come_out() {
        // G.711 tables 1a and 2a, in 16-bit scale.
        for (byte, sample) in [(0x80, 32_124), (0xFF, 0), (0x7F, 0), (0x00, -32_124), (0xFE, 8), (0xF0, 120)]
        {
            assert_eq!(decode_ulaw(byte), sample, "µ-law {byte:#x}");
        }
        for (byte, sample) in
            [(0xAA, 32_256), (0xD5, 8), (0x55, -8), (0x2A, -32_256), (0xD4, 24), (0xC5, 264)]
        {
            assert_eq!(decode_alaw(byte), sample, "A-law {byte:#x}");
        }
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=u8::MAX {
            assert_eq!(encode_alaw(decode_alaw(byte)), byte);
            // µ-law has a plus and a minus zero; both sound the same.
            let again = encode_ulaw(decode_ulaw(byte));
            assert!(again == byte || (byte == 0x7F && again == 0xFF), "{byte:#x} became {again:#x}");
        }
    }

    #[test]
    fn every_sample_comes_back_within_a_step() {
        for sample in i16::MIN..=i16::MAX {
            for codec in [Codec::Pcmu, Codec::Pcma] {
                let heard = i32::from(codec.decode(codec.encode(sample)));
                let allowed = 16 + i32::from(sample).abs() / 24;
                let error = (heard - i32::from(sample)).abs();
                assert!(error <= allowed, "{codec:?} {sample} was heard as {heard}");
            }
        }
    }

    #[test]
    fn silence_is_near_zero_in_both_laws() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            assert!(codec.decode(codec.silence()).abs() <= 8);
        }
    }

    #[test]
    fn a_prompt_packed_for_the_other_law_sounds_the_same() {
        for byte in 0..=u8::MAX {
            let (before, after) = (i32::from(decode_ulaw(byte)), i32::from(decode_alaw(ulaw_to_alaw(byte))));
            assert!((before - after).abs() <= 16 + before.abs() / 24);
        }
    }
}
