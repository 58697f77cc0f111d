//! STUN keep-alives: a phone behind a NAT asks which address its datagrams come from (RFC 5389, RFC 5626 §4.4.2).
//!
//! A registrar that grants outbound on UDP must answer a Binding request on the SIP port, or the phone takes its flow for
//! dead and registers again and again. The answer holds the one attribute that is asked for, and is never longer than
//! twelve bytes more than the question.

use std::net::{IpAddr, SocketAddr};

/// The fixed value in every STUN message (RFC 5389 §6).
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0x00, 0x20];

/// The length of a STUN header.
const HEADER: usize = 20;

/// Whether a datagram is STUN: no SIP message begins so.
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER && datagram[0] < 4 && datagram[4..8] == MAGIC_COOKIE
}

/// The answer to a Binding request that came from `remote`; `None` for anything else.
pub fn binding_response(datagram: &[u8], remote: SocketAddr) -> Option<Vec<u8>> {
    if !is_stun(datagram) || datagram[..2] != BINDING_REQUEST {
        return None;
    }
    let length = u16::from_be_bytes([datagram[2], datagram[3]]);
    if usize::from(length) != datagram.len() - HEADER {
        return None;
    }
    let transaction = &datagram[4..HEADER];
    let address = match remote.ip().to_canonical() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let family = if address.len() == 4 { 1 } else { 2 };
    let attribute = u16::try_from(4 + address.len()).expect("an address is short");
    let mut response = Vec::with_capacity(HEADER + 8 + address.len());
    response.extend_from_slice(&BINDING_SUCCESS);
    response.extend_from_slice(&(attribute + 4).to_be_bytes());
    response.extend_from_slice(transaction);
    response.extend_from_slice(&XOR_MAPPED_ADDRESS);
    response.extend_from_slice(&attribute.to_be_bytes());
    response.extend_from_slice(&[0, family]);
    let mixed =
        |plain: &[u8], with: &[u8]| -> Vec<u8> { plain.iter().zip(with).map(|(a, b)| a ^ b).collect() };
    response.extend(mixed(&remote.port().to_be_bytes(), transaction));
    response.extend(mixed(&address, transaction));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Binding request with an attribute nobody knows, as phones add their software's name.
    const REQUEST: [u8; 28] = [
        0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf,
        0xae, 0x80, 0x22, 0, 4, b'p', b'h', b'o', b'n',
    ];

    #[test]
    fn a_phone_learns_the_address_it_is_seen_at_as_rfc_5769_writes_it() {
        let v4 =
            binding_response(&REQUEST, "192.0.2.1:32853".parse().expect("an address")).expect("answered");
        assert_eq!(v4[..4], [1, 1, 0, 12]);
        assert_eq!(v4[4..20], REQUEST[4..20]);
        assert_eq!(v4[20..], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);

        let v6 = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().expect("an address");
        let v6 = binding_response(&REQUEST, v6).expect("answered");
        assert_eq!(v6[20..28], [0, 0x20, 0, 0x14, 0, 2, 0xa1, 0x47]);
        assert_eq!(
            v6[28..],
            [0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9]
        );
    }

    #[test]
    fn anything_else_that_looks_like_stun_is_not_answered() {
        let remote = "192.0.2.1:9".parse().expect("an address");
        let indication = {
            let mut it = REQUEST;
            it[1] = 0x11;
            it
        };
        let short = &REQUEST[..24];
        for datagram in [&indication[..], short, &REQUEST[..10], b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"] {
            assert_eq!(binding_response(datagram, remote), None);
        }
    }
}
