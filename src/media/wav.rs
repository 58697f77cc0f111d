//! WAV files of the owner, as 8 kHz mono samples.
//!
//! Takes what people have: 8- or 16-bit PCM and G.711, mono or stereo, 8 to 48 kHz. Anything else is refused with a
//! sentence that says what to save instead. Reading is bounded by [`LONGEST`].

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
            (PCM, _) => return Err(WavFault::Bits(bits)),
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
            (Encoding::Pcm16, &[low, high]) => i16::from_le_bytes([low, high]),
            (Encoding::Pcm8, &[byte]) => (i16::from(byte) - 128) << 8,
            (Encoding::Alaw, &[byte]) => g711::decode_alaw(byte),
            (Encoding::Ulaw, &[byte]) => g711::decode_ulaw(byte),
            _ => 0,
        });
        samples.map(f32::from).sum::<f32>() / self.channels as f32
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

fn to_sample(value: f32) -> i16 {
    // `as` keeps within the range of i16.
    value.round() as i16
}

/// The longest recording that is taken.
pub const LONGEST: Duration = Duration::from_secs(60);

const PCM: u16 = 1;
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
