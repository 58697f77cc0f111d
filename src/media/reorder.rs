//! Puts the packets of one voice stream back in order, for the ear that listens for tones.
//!
//! A packet that comes early waits until the missing one arrives, or until [`DEPTH`] packets wait; then the missing one
//! is declared lost. Late packets and doubles are dropped. A number far off is a straggler, unless the next packet follows
//! it: then the stream has begun anew (RFC 3550 §A.1). There is no clock in it: later packets are the clock.

use super::rtp::sequence_distance;

/// The packets of one stream on their way into order.
#[derive(Debug, Default)]
pub struct Reorder {
    next: Option<u16>,
    /// The number that would follow the packet that came last.
    following: Option<u16>,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    sequence: u16,
    timestamp: u32,
    payload: Vec<u8>,
}

/// The next thing in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A packet's timestamp and payload.
    Packet(u32, Vec<u8>),
    /// One packet that never came.
    Lost,
}

impl Reorder {
    /// Takes one packet in the order of arrival.
    pub fn handle_packet(&mut self, sequence: u16, timestamp: u32, payload: &[u8]) {
        let ahead = self.next.map_or(0, |next| sequence_distance(next, sequence));
        let is_far = ahead.unsigned_abs() > RESTART_BEYOND;
        let follows = self.following.replace(sequence.wrapping_add(1)) == Some(sequence);
        if is_far && !follows {
            return;
        }
        if self.next.is_none() || is_far {
            self.waiting.clear();
            self.next = Some(sequence);
        } else if ahead < 0 || self.waiting.iter().any(|other| other.sequence == sequence) {
            return;
        }
        self.waiting.push(Waiting { sequence, timestamp, payload: payload.to_vec() });
    }

    /// The next frame that is ready; drain it after every packet.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        let next = self.next?;
        let found = self.waiting.iter().position(|packet| packet.sequence == next);
        if found.is_none() && self.waiting.len() < DEPTH {
            return None;
        }
        self.next = Some(next.wrapping_add(1));
        Some(match found {
            Some(at) => {
                let packet = self.waiting.swap_remove(at);
                Frame::Packet(packet.timestamp, packet.payload)
            }
            None => Frame::Lost,
        })
    }
}

/// So many packets wait for a missing one, then it is given up.
pub const DEPTH: usize = 3;
/// A sequence number further off than this is a straggler or a stream begun anew, not a gap.
const RESTART_BEYOND: u16 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds sequence numbers and writes what comes out: numbers, and `-` for a loss.
    fn ordered(arrivals: &[u16]) -> String {
        let mut reorder = Reorder::default();
        let mut out = Vec::new();
        for &sequence in arrivals {
            reorder.handle_packet(sequence, u32::from(sequence), b"");
            while let Some(frame) = reorder.poll_frame() {
                out.push(match frame {
                    Frame::Packet(timestamp, _) => timestamp.to_string(),
                    Frame::Lost => "-".to_owned(),
                });
            }
        }
        out.join(" ")
    }

    #[test]
    fn packets_come_out_in_order() {
        let cases: [(&[u16], &str); 10] = [
            (&[1, 2, 3], "1 2 3"),
            (&[1, 3, 2, 4], "1 2 3 4"),
            (&[1, 2, 2, 1, 3], "1 2 3"),
            (&[1, 4, 3, 2, 5], "1 2 3 4 5"),
            (&[1, 3, 4, 5, 6], "1 - 3 4 5 6"),
            (&[1, 3, 4, 5, 2, 6], "1 - 3 4 5 6"),
            (&[65_535, 1, 0, 2], "65535 0 1 2"),
            (&[1, 2, 900, 901, 902], "1 2 901 902"),
            (&[100, 101, 3, 102, 103], "100 101 102 103"),
            (&[100, 101, 3, 102, 4, 103, 3, 4, 5], "100 101 102 103 4 5"),
        ];
        for (arrivals, out) in cases {
            assert_eq!(ordered(arrivals), out, "{arrivals:?}");
        }
    }

    proptest! {
        #[test]
        fn no_more_than_a_few_packets_ever_wait(arrivals in prop::collection::vec(any::<u16>(), 0..200)) {
            let mut reorder = Reorder::default();
            for sequence in arrivals {
                reorder.handle_packet(sequence, 0, b"x");
                let mut frames = 0;
                while reorder.poll_frame().is_some() {
                    frames += 1;
                    prop_assert!(frames <= 2 * usize::from(RESTART_BEYOND));
                }
                prop_assert!(reorder.waiting.len() < DEPTH);
            }
        }
    }
}
