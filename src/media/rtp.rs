//! RTP packets: the twelve-byte header around a piece of sound.
//!
//! Reading is tolerant of what real phones send (contributing sources, header extensions, padding) and refuses what is
//! not RTP at all: another version, a cut header, or RTCP that was sent to the voice port. A packet that is read borrows
//! the bytes it came in.
//!
//! RFC 3550 §5.1; RFC 5761 §4 for telling RTCP apart.

/// One RTP packet, as read or as to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// What the payload is; 7 bits.
    pub payload_type: u8,
    /// Set on the first packet of a talk spurt or of an event.
    pub marker: bool,
    /// Counts packets, wrapping.
    pub sequence: u16,
    /// Counts samples (here of 1/8000 s), wrapping.
    pub timestamp: u32,
    /// The stream this packet belongs to.
    pub ssrc: u32,
    /// The sound or event itself, without padding.
    pub payload: &'a [u8],
}

/// Why bytes are not an RTP packet for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtpFault {
    /// The header, its extension or the padding says more than there is.
    #[error("the packet is cut short")]
    Cut,
    /// The version is not 2: STUN, DTLS, a keep-alive, or noise.
    #[error("not RTP version 2")]
    Version,
    /// A control packet on the voice port.
    #[error("RTCP on the RTP port")]
    Rtcp,
}

impl<'a> RtpPacket<'a> {
    /// Reads one packet.
    pub fn read(bytes: &'a [u8]) -> Result<RtpPacket<'a>, RtpFault> {
        let first = *bytes.first().ok_or(RtpFault::Cut)?;
        if first >> 6 != VERSION {
            return Err(RtpFault::Version);
        }
        let (header, after_header) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(RtpFault::Cut)?;
        if RTCP_TYPES.contains(&header[1]) {
            return Err(RtpFault::Rtcp);
        }

        let sources = usize::from(first & 0x0F) * 4;
        let mut rest = after_header.get(sources..).ok_or(RtpFault::Cut)?;
        if first & EXTENSION_BIT != 0 {
            let (extension, after) = rest.split_first_chunk::<4>().ok_or(RtpFault::Cut)?;
            let words = usize::from(u16::from_be_bytes([extension[2], extension[3]]));
            rest = after.get(words * 4..).ok_or(RtpFault::Cut)?;
        }
        if first & PADDING_BIT != 0 {
            // The last byte counts itself, so a count of zero is a fault of the sender.
            let padding = usize::from(*rest.last().ok_or(RtpFault::Cut)?).max(1);
            let kept = rest.len().checked_sub(padding).ok_or(RtpFault::Cut)?;
            rest = &rest[..kept];
        }

        Ok(RtpPacket {
            payload_type: header[1] & 0x7F,
            marker: header[1] & MARKER_BIT != 0,
            sequence: u16::from_be_bytes([header[2], header[3]]),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            payload: rest,
        })
    }

    /// The bytes of this packet, in the plainest form: no sources, no extension, no padding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.payload.len());
        bytes.push(VERSION << 6);
        bytes.push(if self.marker { MARKER_BIT } else { 0 } | (self.payload_type & 0x7F));
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&self.timestamp.to_be_bytes());
        bytes.extend_from_slice(&self.ssrc.to_be_bytes());
        bytes.extend_from_slice(self.payload);
        bytes
    }
}

/// How far `later` is after `earlier` on the wrapping clock of RTP timestamps; negative when it is before.
pub fn timestamp_distance(earlier: u32, later: u32) -> i32 {
    later.wrapping_sub(earlier).cast_signed()
}

/// How far `later` is after `earlier` in the wrapping count of packets; negative when it is before.
pub fn sequence_distance(earlier: u16, later: u16) -> i16 {
    later.wrapping_sub(earlier).cast_signed()
}

/// The length of the fixed header.
pub const HEADER_BYTES: usize = 12;

const VERSION: u8 = 2;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const MARKER_BIT: u8 = 0x80;
/// The second byte of RTCP: packet types 192 to 223 (RFC 5761 §4), where RTP has marker and payload types 64 to 95.
const RTCP_TYPES: std::ops::RangeInclusive<u8> = 192..=223;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain() -> RtpPacket<'static> {
        RtpPacket {
            payload_type: 8,
            marker: true,
            sequence: 0xFFFF,
            timestamp: 0x0102_0304,
            ssrc: 0xDEAD_BEEF,
            payload: b"sound",
        }
    }

    #[test]
    fn the_header_is_laid_out_as_the_rfc_draws_it() {
        let bytes = plain().to_bytes();
        assert_eq!(bytes[..12], [0x80, 0x88, 0xFF, 0xFF, 1, 2, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF]);
        assert_eq!(&bytes[12..], b"sound");
    }

    #[test]
    fn sources_extension_and_padding_are_stepped_over() {
        let mut bytes = vec![0x80 | 0x20 | 0x10 | 2, 0x88, 0xFF, 0xFF, 1, 2, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF];
        bytes.extend_from_slice(&[7; 8]);
        bytes.extend_from_slice(&[0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
        bytes.extend_from_slice(b"sound\0\0\x03");
        assert_eq!(RtpPacket::read(&bytes), Ok(plain()));
    }

    #[test]
    fn what_is_not_rtp_is_refused() {
        let good = plain().to_bytes();
        let with_first = |first: u8, length: usize| {
            let mut bytes = good.clone();
            bytes[0] = first;
            bytes.truncate(length);
            bytes
        };
        let cases = [
            (vec![], RtpFault::Cut),
            (b"\r\n".to_vec(), RtpFault::Version),
            (with_first(0x00, 17), RtpFault::Version),
            (with_first(0x40, 17), RtpFault::Version),
            (with_first(0xC0, 17), RtpFault::Version),
            (with_first(0x80, 11), RtpFault::Cut),
            (with_first(0x8F, 17), RtpFault::Cut),
            (with_first(0x90, 12), RtpFault::Cut),
            (with_first(0x90, 17), RtpFault::Cut),
            (with_first(0xA0, 17), RtpFault::Cut),
            (vec![0x80, 200, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], RtpFault::Rtcp),
        ];
        for (bytes, fault) in cases {
            assert_eq!(RtpPacket::read(&bytes), Err(fault), "{bytes:x?}");
        }
    }

    #[test]
    fn the_wrapping_clocks_know_before_from_after() {
        assert_eq!(timestamp_distance(u32::MAX, 159), 160);
        assert_eq!(timestamp_distance(159, u32::MAX), -160);
        assert_eq!(sequence_distance(u16::MAX, 0), 1);
        assert_eq!(sequence_distance(0, u16::MAX), -1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            payload_type in (0u8..64).prop_union(96..128), marker: bool, sequence: u16, timestamp: u32, ssrc: u32,
            payload in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let packet = RtpPacket { payload_type, marker, sequence, timestamp, ssrc, payload: &payload };
            let bytes = packet.to_bytes();
            prop_assert_eq!(RtpPacket::read(&bytes), Ok(packet));
        }

        #[test]
        fn no_bytes_make_the_reader_fall(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = RtpPacket::read(&bytes);
        }
    }
}
