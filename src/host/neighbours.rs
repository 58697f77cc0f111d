//! Who is next door: which machine of the network has which address, as the kernel has learnt it.

use std::net::{IpAddr, Ipv4Addr};

use crate::model::Mac;

/// Where the kernel shows what it has learnt by ARP.
const TABLE: &str = "/proc/net/arp";

/// Whether the machine with this MAC, and no other, has that address. What runs on the box itself may say that it is any
/// machine; of those behind a router, and of IPv6, nothing is known.
pub fn lives_at(mac: Mac, address: IpAddr) -> bool {
    match address.to_canonical() {
        address if address.is_loopback() => true,
        IpAddr::V4(v4) => std::fs::read_to_string(TABLE).is_ok_and(|table| mac_of(&table, v4) == Some(mac)),
        IpAddr::V6(_) => false,
    }
}

/// The machine that has an address, by a table as in proc_net(5): address, type, flags, MAC, mask, interface.
fn mac_of(table: &str, address: Ipv4Addr) -> Option<Mac> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let is_it = fields.next()?.parse() == Ok(address);
        let mac = fields.nth(2)?.parse().ok()?;
        // An entry that is not complete shows zeros.
        (is_it && mac != Mac([0; 6])).then_some(mac)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.0.2.7        0x1         0x2         80:5e:c0:11:22:33     *        eth0
192.0.2.8        0x1         0x0         00:00:00:00:00:00     *        eth0
";

    #[test]
    fn the_kernels_table_says_who_has_an_address() {
        let phone: Mac = "80:5e:c0:11:22:33".parse().expect("a MAC");
        assert_eq!(mac_of(SHOWN, Ipv4Addr::new(192, 0, 2, 7)), Some(phone));
        assert_eq!(mac_of(SHOWN, Ipv4Addr::new(192, 0, 2, 8)), None, "not complete");
        assert_eq!(mac_of(SHOWN, Ipv4Addr::new(192, 0, 2, 9)), None, "not there");
        assert_eq!(mac_of("", Ipv4Addr::new(192, 0, 2, 7)), None);
        assert!(lives_at(phone, IpAddr::from([127, 0, 0, 9])));
        assert!(!lives_at(phone, IpAddr::from([192, 0, 2, 250])));
    }
}
