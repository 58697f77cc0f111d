//! The networks the box is on: phones that announce themselves there, and the address by which the box is reached.
//!
//! A box starts quicker than its network, and networks change: every few seconds the interfaces are looked at anew, the
//! group of discovery is joined on those that have come up, and a new address is told.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::host::addresses;
use crate::net::multicast::Multicast;
use crate::net::udp::Udp;
use crate::sip::flow::Flow;

/// How often the interfaces are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// What the networks bring.
pub enum News {
    /// A phone announces itself.
    Announcement(Vec<u8>, Flow),
    /// The box is reached by another address now.
    Address(IpAddr),
}

/// The networks.
pub struct Networks {
    discovery: Option<Multicast>,
    /// The one address of discovery, where the box serves one alone.
    only: Option<Ipv4Addr>,
    sip_port: u16,
    /// The address by which the box is reached, and whether the owner has said it.
    address: IpAddr,
    is_fixed: bool,
    /// Where it is shown.
    shown: watch::Sender<SocketAddr>,
    look: Interval,
}

impl Networks {
    /// The networks of a box that speaks SIP over `udp`. `fixed` is the address its owner has chosen; `shown` shows it,
    /// with the port of the page. A box that cannot hear announcements serves all the same.
    pub fn open(udp: &Udp, fixed: Option<IpAddr>, shown: watch::Sender<SocketAddr>) -> Self {
        let bound = udp.local_addr();
        let only = match bound.ip() {
            IpAddr::V4(address) if !address.is_unspecified() => Some(address),
            _ => None,
        };
        let mut discovery = udp
            .sharing(|| Multicast::open(bound.port()))
            .inspect_err(|error| {
                tracing::warn!(%error, "phones cannot find this box by themselves: type its address into them");
            })
            .ok();
        if discovery.as_mut().is_some_and(|one| one.join(&interfaces(only)) == 0) {
            tracing::warn!("no network yet: phones cannot find this box by themselves until there is one");
        }
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let address = shown.borrow().ip();
        Self { discovery, only, sip_port: bound.port(), address, is_fixed: fixed.is_some(), shown, look }
    }

    /// What comes next. May be dropped while it waits, without loss.
    pub async fn next(&mut self) -> News {
        loop {
            tokio::select! {
                (bytes, flow) = announcement(self.discovery.as_mut(), self.sip_port) => {
                    return News::Announcement(bytes, flow);
                }
                _ = self.look.tick() => {
                    if let Some(address) = self.look_around() {
                        return News::Address(address);
                    }
                }
            }
        }
    }

    /// Looks at the interfaces; gives the address of the box if it is another one now.
    fn look_around(&mut self) -> Option<IpAddr> {
        if let Some(discovery) = &mut self.discovery {
            discovery.join(&interfaces(self.only));
        }
        let address = if self.is_fixed { self.address } else { addresses::main_address() };
        if address == self.address {
            return None;
        }
        self.address = address;
        self.shown.send_modify(|shown| shown.set_ip(address));
        tracing::info!("the box is now reached at http://{}/", *self.shown.borrow());
        Some(address)
    }
}

fn interfaces(only: Option<Ipv4Addr>) -> Vec<Ipv4Addr> {
    only.map_or_else(addresses::ipv4, |only| vec![only])
}

async fn announcement(discovery: Option<&mut Multicast>, sip_port: u16) -> (Vec<u8>, Flow) {
    let Some(discovery) = discovery else { return pending().await };
    loop {
        match discovery.next().await {
            Ok((bytes, remote, local)) => return (bytes, Flow::udp((local, sip_port).into(), remote)),
            Err(error) => {
                tracing::debug!(%error, "an announcement could not be read");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
