//! WAV files of the owner, as 8 kHz mono samples.
//!
//! Takes what people have: PCM of 8 to 32 bits, 32-bit floating point and G.711, mono or stereo, 8 to 48 kHz. Anything else
//! is refused with a sentence that says what to save instead. Reading is bounded by [`LONGEST`].

use std::f32::consts::PI;
use std::time::Duration;

use super::g711;

/// The 8 kHz mono samples of a WAV file.
pub fn decode(file: &[u8]) -> Result<Vec<i16>, WavFault> {
    let (format, sound) = chunks(file)?;
    let frames = sound.len() / format.frame_bytes();
    if frames == 0 {
        return Err(WavFault::Empty);
    }
    if frames as u64 > LONGEST.as_secs() * u64::from(format.rate) {
        return Err(WavFault::TooLong);
    }
    let mono: Vec<f32> = sound.chunks_exact(format.frame_bytes()).map(|frame| format.mix(frame)).collect();
    Ok(resample(&mono, format.rate).into_iter().map(to_sample).collect())
}

/// Why a file is no prompt; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WavFault {
    /// No RIFF/WAVE header.
    #[error("this is not a WAV file; save the recording as WAV, 16-bit PCM")]
    NotWav,
    /// The format chunk is missing or cut.
    #[error("the WAV file is damaged: it does not say how the sound is stored")]
    NoFormat,
    /// There is no sound in it.
    #[error("the WAV file has no sound in it")]
    Empty,
    /// A compression we do not know.
    #[error("the WAV file is compressed (format {0}); save it as 16-bit PCM")]
    Compressed(u16),
    /// PCM of another width.
    #[error("the WAV file has {0} bits per sample; save it with 16 bits")]
    Bits(u16),
    /// More than two channels, or none.
    #[error("the WAV file has {0} channels; save it as mono")]
    Channels(u16),
    /// An unusable sample rate.
    #[error("the WAV file has {0} samples per second; save it with 8000, 16000, 44100 or 48000")]
    Rate(u32),
    /// Longer than a prompt may be.
    #[error("the recording is longer than {} seconds", LONGEST.as_secs())]
    TooLong,
}

/// How the sound is stored.
#[derive(Debug, Clone, Copy)]
struct Format {
    encoding: Encoding,
    channels: usize,
    rate: u32,
}

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Pcm8,
    Pcm16,
    Pcm24,
    Pcm32,
    Float32,
    Alaw,
    Ulaw,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Format, WavFault> {
        let word = |at: usize| Some(u16::from_le_bytes(*chunk.get(at..)?.first_chunk()?));
        let fields = || {
            let rate = u32::from_le_bytes(*chunk.get(4..)?.first_chunk()?);
            Some((word(0)?, word(2)?, rate, word(14)?))
        };
        let (tag, channels, rate, bits) = fields().ok_or(WavFault::NoFormat)?;
        // The extensible form keeps the true tag at the head of its sub-format.
        let tag = if tag == EXTENSIBLE { word(24).ok_or(WavFault::NoFormat)? } else { tag };
        let encoding = match (tag, bits) {
            (PCM, 8) => Encoding::Pcm8,
            (PCM, 16) => Encoding::Pcm16,
            (PCM, 24) => Encoding::Pcm24,
            (PCM, 32) => Encoding::Pcm32,
            (FLOAT, 32) => Encoding::Float32,
            (PCM | FLOAT, _) => return Err(WavFault::Bits(bits)),
            (ALAW, _) => Encoding::Alaw,
            (ULAW, _) => Encoding::Ulaw,
            _ => return Err(WavFault::Compressed(tag)),
        };
        if !(1..=2).contains(&channels) {
            return Err(WavFault::Channels(channels));
        }
        if !(LOWEST_RATE..=HIGHEST_RATE).contains(&rate) {
            return Err(WavFault::Rate(rate));
        }
        Ok(Format { encoding, channels: usize::from(channels), rate })
    }

    fn sample_bytes(self) -> usize {
        match self.encoding {
            Encoding::Pcm32 | Encoding::Float32 => 4,
            Encoding::Pcm24 => 3,
            Encoding::Pcm16 => 2,
            Encoding::Pcm8 | Encoding::Alaw | Encoding::Ulaw => 1,
        }
    }

    fn frame_bytes(self) -> usize {
        self.sample_bytes() * self.channels
    }

    /// The channels of one moment as one sample.
    fn mix(self, frame: &[u8]) -> f32 {
        let samples = frame.chunks_exact(self.sample_bytes()).map(|bytes| match (self.encoding, bytes) {
            (Encoding::Pcm8, &[byte]) => f32::from((i16::from(byte) - 128) << 8),
            (Encoding::Pcm16, &[low, high]) => f32::from(i16::from_le_bytes([low, high])),
            // In the scale of 16 bits; what is finer is kept until the end.
            (Encoding::Pcm24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 65_536.0,
            (Encoding::Pcm32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 65_536.0,
            (Encoding::Float32, &[a, b, c, d]) => finite(f32::from_le_bytes([a, b, c, d])) * 32_768.0,
            (Encoding::Alaw, &[byte]) => f32::from(g711::decode_alaw(byte)),
            (Encoding::Ulaw, &[byte]) => f32::from(g711::decode_ulaw(byte)),
            _ => 0.0,
        });
        samples.sum::<f32>() / self.channels as f32
    }
}

/// Finds the format and the sound among the chunks of the file.
fn chunks(file: &[u8]) -> Result<(Format, &[u8]), WavFault> {
    let is_wav = file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE");
    let mut rest = if is_wav { &file[12..] } else { return Err(WavFault::NotWav) };
    let mut format = None;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let (name, size) = (&head[..4], u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        // Programs that write to a pipe leave the size open; then the chunk goes to the end of the file.
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(body.len());
        match name {
            b"fmt " => format = Some(Format::read(&body[..size])?),
            b"data" => return Ok((format.ok_or(WavFault::NoFormat)?, &body[..size])),
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(size + size % 2..).unwrap_or_default();
    }
    Err(if format.is_some() { WavFault::Empty } else { WavFault::NoFormat })
}

/// Brings sound to 8 kHz with a windowed sinc that cuts at the edge of the telephone band.
fn resample(sound: &[f32], rate: u32) -> Vec<f32> {
    if rate == TELEPHONE_RATE {
        return sound.to_vec();
    }
    let step = rate as f32 / TELEPHONE_RATE as f32;
    let reach = (step * SIDE_LOBES).ceil() as i64;
    // Between two samples of the input there are only so many places at which an output can fall.
    let places = TELEPHONE_RATE / common_divisor(rate, TELEPHONE_RATE);
    let kernels: Vec<Vec<f32>> = (0..places)
        .map(|place| {
            let moved = place as f32 / places as f32;
            normalised((1 - reach..=reach).map(|tap| kernel(tap as f32 - moved, step)).collect())
        })
        .collect();

    let length = sound.len() as u64 * u64::from(TELEPHONE_RATE) / u64::from(rate);
    (0..length)
        .map(|n| {
            let position = n * u64::from(rate);
            let whole = (position / u64::from(TELEPHONE_RATE)) as i64;
            let place = position % u64::from(TELEPHONE_RATE) * u64::from(places) / u64::from(TELEPHONE_RATE);
            let heard =
                |at: i64| usize::try_from(at).ok().and_then(|at| sound.get(at)).copied().unwrap_or(0.0);
            let taps = (1 - reach..=reach).zip(&kernels[place as usize]);
            taps.map(|(tap, weight)| heard(whole + tap) * weight).sum()
        })
        .collect()
}

/// The weight of an input sample `distance` away, for an input `step` times as dense as the output.
fn kernel(distance: f32, step: f32) -> f32 {
    let half = step * SIDE_LOBES;
    if distance.abs() >= half {
        return 0.0;
    }
    let x = PI * distance / step * BAND_EDGE;
    let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
    let window = 0.54 + 0.46 * (PI * distance / half).cos();
    sinc * window
}

fn normalised(weights: Vec<f32>) -> Vec<f32> {
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// A sample within what sound can be; a damaged one is silence, so that it does not spread through the filter.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

fn to_sample(value: f32) -> i16 {
    // `as` keeps within the range of i16.
    value.round() as i16
}

/// The longest recording that is taken.
pub const LONGEST: Duration = Duration::from_secs(60);

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const ALAW: u16 = 6;
const ULAW: u16 = 7;
const EXTENSIBLE: u16 = 0xFFFE;

const TELEPHONE_RATE: u32 = 8_000;
const LOWEST_RATE: u32 = 8_000;
const HIGHEST_RATE: u32 = 48_000;
/// The width of the filter on each side, in output samples.
const SIDE_LOBES: f32 = 24.0;
/// 3.5 kHz as a part of the 4 kHz an output of 8 kHz can hold.
const BAND_EDGE: f32 = 0.875;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A WAV file around sound bytes.
    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, sound: &[u8]) -> Vec<u8> {
        let frame = channels * bits.div_ceil(8);
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        for word in [tag, channels] {
            file.extend(word.to_le_bytes());
        }
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(frame)).to_le_bytes());
        file.extend(frame.to_le_bytes());
        file.extend(bits.to_le_bytes());
        // A chunk of odd length that nobody asked for.
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend((sound.len() as u32).to_le_bytes());
        file.extend(sound);
        file
    }

    fn sixteen_bit(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }

    /// A quarter of a second of a tone.
    fn tone(frequency: f32, rate: u32) -> Vec<i16> {
        let wave = |n: u32| (std::f32::consts::TAU * frequency * n as f32 / rate as f32).sin();
        (0..rate / 4).map(|n| (10_000.0 * wave(n)) as i16).collect()
    }

    fn loudness(samples: &[i16]) -> f32 {
        let inner = &samples[100..samples.len() - 100];
        (inner.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>() / inner.len() as f32).sqrt()
    }

    #[test]
    fn eight_kilohertz_mono_comes_out_as_it_is() {
        let samples = [0, 1, -1, 32_767, -32_768];
        assert_eq!(decode(&wav(PCM, 1, 8_000, 16, &sixteen_bit(&samples))), Ok(samples.to_vec()));
        assert_eq!(decode(&wav(PCM, 1, 8_000, 8, &[128, 0, 255])), Ok(vec![0, -32_768, 32_512]));
        let three = [0, 0, 1, 0xFF, 0xFF, 0x7F, 0, 0, 0x80];
        assert_eq!(decode(&wav(PCM, 1, 8_000, 24, &three)), Ok(vec![256, 32_767, -32_768]));
        let four = [0, 0, 0, 1, 0, 0, 0, 0x80];
        assert_eq!(decode(&wav(PCM, 1, 8_000, 32, &four)), Ok(vec![256, -32_768]));
        let floats = [0.5f32, -1.0, 7.0, f32::NAN].map(f32::to_le_bytes).concat();
        assert_eq!(decode(&wav(FLOAT, 1, 8_000, 32, &floats)), Ok(vec![16_384, -32_768, 32_767, 0]));
        let law = |byte| vec![byte];
        assert_eq!(decode(&wav(ULAW, 1, 8_000, 8, &[0x80])), Ok(law(32_124)));
        assert_eq!(decode(&wav(ALAW, 1, 8_000, 8, &[0xAA])), Ok(law(32_256)));
    }

    #[test]
    fn two_channels_are_mixed_into_one() {
        let file = wav(PCM, 2, 8_000, 16, &sixteen_bit(&[1_000, 3_000, -500, 500]));
        assert_eq!(decode(&file), Ok(vec![2_000, 0]));
    }

    #[test]
    fn every_usual_rate_comes_down_to_the_telephones_in_length_pitch_and_loudness() {
        for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
            let sound = tone(1_000.0, rate);
            let there = decode(&wav(PCM, 1, rate, 16, &sixteen_bit(&sound))).expect("a plain file");
            let twice: Vec<i16> = sound.iter().flat_map(|sample| [*sample, *sample]).collect();
            let stereo = decode(&wav(PCM, 2, rate, 16, &sixteen_bit(&twice))).expect("a plain file");
            assert_eq!(there, stereo, "{rate} in two channels");
            let wanted = tone(1_000.0, 8_000);
            assert!(there.len().abs_diff(wanted.len()) <= 1, "{rate}: {} samples", there.len());
            let inner = there.iter().zip(&wanted).skip(100).take(1_700);
            let worst = inner.map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
            assert!(worst < Some(150), "{rate}: off by {worst:?}");
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_is_cut_off_instead_of_folded_down() {
        for (frequency, heard) in [(300.0, true), (3_000.0, true), (4_500.0, false), (7_000.0, false)] {
            let file = wav(PCM, 1, 44_100, 16, &sixteen_bit(&tone(frequency, 44_100)));
            let level = loudness(&decode(&file).expect("a plain file"));
            let is_heard = level > 6_000.0;
            assert!(is_heard == heard && (heard || level < 70.0), "{frequency} Hz comes out at {level}");
        }
    }

    #[test]
    fn a_file_written_to_a_pipe_or_cut_short_gives_what_is_there() {
        let mut file = wav(PCM, 1, 8_000, 16, &sixteen_bit(&[5, 6, 7]));
        let at = file.len() - 10;
        file[at..at + 4].copy_from_slice(&[0xFF; 4]);
        assert_eq!(decode(&file), Ok(vec![5, 6, 7]));
        file.pop();
        assert_eq!(decode(&file), Ok(vec![5, 6]));
    }

    #[test]
    fn the_extensible_form_is_understood() {
        let mut file =
            b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xFE\xFF\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0".to_vec();
        file.extend(
            b"\x16\0\x10\0\0\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71data\x02\0\0\0\x09\0",
        );
        assert_eq!(decode(&file), Ok(vec![9]));
    }

    #[test]
    fn each_fault_says_what_to_do() {
        let two = [0, 0];
        let cases = [
            (b"ID3 an MP3".to_vec(), WavFault::NotWav),
            (vec![], WavFault::NotWav),
            (b"RIFF\0\0\0\0WAVE".to_vec(), WavFault::NoFormat),
            (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0".to_vec(), WavFault::NoFormat),
            (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0\x01\0\x01\0".to_vec(), WavFault::NoFormat),
            (wav(PCM, 1, 8_000, 16, &[]), WavFault::Empty),
            (wav(PCM, 1, 8_000, 12, &two), WavFault::Bits(12)),
            (wav(FLOAT, 1, 8_000, 64, &two), WavFault::Bits(64)),
            (wav(85, 1, 8_000, 0, &two), WavFault::Compressed(85)),
            (wav(PCM, 6, 8_000, 16, &two), WavFault::Channels(6)),
            (wav(PCM, 0, 8_000, 16, &two), WavFault::Channels(0)),
            (wav(PCM, 1, 4_000, 16, &two), WavFault::Rate(4_000)),
            (wav(PCM, 1, 192_000, 16, &two), WavFault::Rate(192_000)),
            (wav(ULAW, 1, 8_000, 8, &vec![0; 8_000 * 61]), WavFault::TooLong),
        ];
        for (file, fault) in cases {
            assert_eq!(decode(&file), Err(fault));
        }
        assert_eq!(WavFault::TooLong.to_string(), "the recording is longer than 60 seconds");
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_fall(
            tag in prop::sample::select(vec![PCM, FLOAT, ALAW, ULAW, EXTENSIBLE, 2]),
            channels in 0u16..4, rate in prop::sample::select(vec![7_000u32, 8_000, 11_025, 44_100, 48_000, 50_000]),
            bits in prop::sample::select(vec![0u16, 8, 16, 24, 32]),
            sound in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>(),
        ) {
            let mut file = wav(tag, channels, rate, bits, &sound);
            let _ = decode(&file);
            file.truncate(cut.index(file.len()));
            let _ = decode(&file);
        }
    }
}
