//! Which makers the first bytes of a MAC stand for.
//!
//! Only Yealink and Snom; an address outside these blocks is nobody's, and a phone with such an address is never
//! answered on multicast. Source of each row: R the IEEE registry of 2024-05, O lists of open-source provisioners.

use crate::model::{Mac, Vendor};

/// Blocks by maker.
const BLOCKS: [([u8; 3], Vendor); 15] = [
    ([0x00, 0x15, 0x65], Vendor::Yealink), // R
    ([0x80, 0x5e, 0xc0], Vendor::Yealink), // R
    ([0x80, 0x5e, 0x0c], Vendor::Yealink), // R
    ([0x24, 0x9a, 0xd8], Vendor::Yealink), // R
    ([0x44, 0xdb, 0xd2], Vendor::Yealink), // R
    ([0xc4, 0xfc, 0x22], Vendor::Yealink), // R
    ([0xe4, 0x34, 0xd7], Vendor::Yealink), // O
    ([0x64, 0x4f, 0x56], Vendor::Yealink), // O
    ([0xec, 0x1d, 0xa9], Vendor::Yealink), // O
    ([0x34, 0x97, 0xd7], Vendor::Yealink), // O
    ([0xb0, 0x61, 0xa9], Vendor::Yealink), // O
    ([0xf0, 0x16, 0x53], Vendor::Yealink), // O
    ([0x00, 0x04, 0x13], Vendor::Snom),    // R
    ([0x00, 0x08, 0x7b], Vendor::Snom),    // O
    ([0x1c, 0x71, 0x26], Vendor::Snom),    // one report
];

/// Whose phone a MAC belongs to.
pub fn vendor_of(mac: Mac) -> Option<Vendor> {
    if is_gigaset(mac) {
        return None;
    }
    BLOCKS.iter().find(|(oui, _)| *oui == mac.oui()).map(|(_, vendor)| *vendor)
}

/// Gigaset's desktop phones live inside Snom's block (O).
fn is_gigaset(Mac(bytes): Mac) -> bool {
    bytes[..3] == [0x00, 0x04, 0x13] && matches!(bytes[3], 0xe2 | 0xe3 | 0xe5 | 0xe7 | 0x80 | 0xd8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_blocks_of_our_makers_are_known() {
        let vendor = |text: &str| text.parse().ok().and_then(vendor_of);
        assert_eq!(vendor("80:5e:c0:11:22:33"), Some(Vendor::Yealink));
        assert_eq!(vendor("00:04:13:aa:bb:cc"), Some(Vendor::Snom));
        assert_eq!(vendor("00:04:13:e5:00:01"), None, "a Gigaset inside Snom's block");
        assert_eq!(vendor("00:04:f2:00:00:01"), None, "a Polycom");
    }
}
