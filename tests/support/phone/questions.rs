//! Questions: what a person sees and hears at the phone.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use perch::media::Prompt;

use super::call::{CallState, Ending};
use super::config::{Key, PhoneConfig};
use super::line::{Line, LineState};
use super::{Heard, Kind, Power, Quirks, SOUND_PORT, Settings, SimPhone};

impl SimPhone {
    /// What stands beside the line key; nothing on a phone without a line.
    pub fn screen(&self) -> Option<String> {
        self.accounts().first().map(|account| account.label.clone())
    }

    /// The accounts the box has granted, in order.
    pub fn registered_as(&self) -> Vec<String> {
        self.lines.iter().filter(|line| line.is_registered()).map(|line| line.account.user.clone()).collect()
    }

    /// Until when the box has granted its registrations.
    pub fn registered_until(&self) -> Option<Instant> {
        let until = |line: &Line| match line.state {
            LineState::Registered { until, .. } => Some(until),
            _ => None,
        };
        self.lines.iter().filter_map(until).max()
    }

    /// Number and PIN that somebody has typed into its own hot-desk form, until a file brings another account. The
    /// authentication names of files are never those of their accounts.
    pub fn typed(&self) -> Option<(String, String)> {
        let account = self.config()?.accounts().into_iter().find(|one| one.user == one.auth_name)?;
        Some((account.user, account.password))
    }

    /// Who calls, while it rings: number and name.
    pub fn is_ringing(&self) -> Option<(String, String)> {
        let call = self.calls.iter().rev().find(|call| call.state == CallState::Ringing)?;
        Some((call.number.clone(), call.name.clone()))
    }

    /// Who sent the call on that came last, if the phone was told so.
    pub fn diversion(&self) -> Option<String> {
        self.calls.last()?.diversion.clone()
    }

    /// Whether a call is up.
    pub fn in_call(&self) -> bool {
        self.calls.iter().any(|call| call.state == CallState::Up)
    }

    /// Where its newest call stands.
    pub fn call_state(&self) -> Option<CallState> {
        self.calls.last().map(|call| call.state)
    }

    /// How its newest call ended; none while it lasts.
    pub fn ending(&self) -> Option<Ending> {
        match self.calls.last()?.state {
            CallState::Over(ending) => Some(ending),
            _ => None,
        }
    }

    /// The prompts of its newest call so far, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.calls.last().map(|call| call.hearing.heard().to_vec()).unwrap_or_default()
    }

    /// The same without languages and ends.
    pub fn heard_prompts(&self) -> Vec<Prompt> {
        self.heard().iter().map(|heard| heard.prompt).collect()
    }

    /// How many packets of voice have come in its newest call.
    pub fn voice_packets(&self) -> u32 {
        self.calls.last().map_or(0, |call| call.hearing.packets())
    }

    /// Whether the other end speaks to it and wants to hear it, as agreed last.
    pub fn sound_flows(&self) -> Option<(bool, bool)> {
        self.calls.last()?.agreed.map(|agreed| (agreed.hears, agreed.is_heard))
    }

    /// The keys beside its display that do something.
    pub fn keys_on_display(&self) -> Vec<Key> {
        self.config().map(PhoneConfig::keys).unwrap_or_default()
    }

    /// All that its files have made of it; none for a phone set up by hand.
    pub fn config(&self) -> Option<&PhoneConfig> {
        match &self.settings {
            Settings::Files(config) => Some(config),
            Settings::Typed(_) => None,
        }
    }

    /// How often it has restarted by itself.
    pub fn reboots(&self) -> u32 {
        self.reboots
    }

    /// How often it has fetched its files since it has current.
    pub fn fetches(&self) -> u32 {
        self.fetching.rounds()
    }

    /// Everything the box has done wrong towards it.
    pub fn complaints(&self) -> &[String] {
        self.inspector.complaints()
    }

    /// Whether it has current and has started.
    pub fn is_on(&self) -> bool {
        self.power == Power::On
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Twelve hexadecimal digits.
    pub fn mac(&self) -> &str {
        &self.mac
    }

    /// Where it is.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Where it wants its sound.
    pub fn sound_address(&self) -> SocketAddr {
        SocketAddr::new(self.address, SOUND_PORT)
    }

    /// How it behaves.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// How it behaves, to be changed.
    pub fn quirks_mut(&mut self) -> &mut Quirks {
        &mut self.quirks
    }
}
