//! What every page, route and download shares: one value behind an `Arc`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use super::budget::Budget;
use super::feed::Feed;
use super::keep::{AuditBook, CallBook};
use super::password::Hasher;
use super::phones::PhoneDesk;
use super::sessions::Sessions;
use super::setup_code::SetupCode;
use super::throttle::Throttle;
use super::vault::Vault;
use super::webhooks::Webhooks;
use crate::config::apply;
use crate::config::fault::{Fault, FaultKind};
use crate::config::rules::Rules;
use crate::control::{Control, Gone, Kept};
use crate::model::{Change, Country, ExtensionNumber, Fresh, Mac, Office, OfficeSettings};

/// How the pages are served.
#[derive(Debug, Clone, Default)]
pub struct WebSettings {
    /// The port of the pages, for the addresses that are shown.
    pub http_port: u16,
    /// The address that phones are told; `None` takes the one a request came in by.
    pub lan: Option<IpAddr>,
    /// Names the pages may be asked for by, besides addresses, `localhost` and `*.local`.
    pub names: Vec<String>,
}

/// What the pages share.
pub struct Front {
    /// The way to the exchange.
    pub control: Control,
    /// The call records.
    pub calls: Arc<dyn CallBook>,
    /// The journal.
    pub audit: Arc<dyn AuditBook>,
    /// Password and tokens.
    pub vault: Vault,
    /// The countries whose emergency numbers are known, with them.
    pub countries: Arc<BTreeMap<Country, Vec<String>>>,
    /// The picture on the panel's screen, as SVG.
    pub screen: watch::Receiver<Option<String>>,
    /// How the pages are served.
    pub settings: WebSettings,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Who must wait after wrong passwords.
    pub logins: Throttle,
    /// The set-up code.
    pub setup: SetupCode,
    /// The password hasher.
    pub hasher: Hasher,
    /// The event stream.
    pub feed: Arc<Feed>,
    /// Who is sent the events.
    pub hooks: Arc<Webhooks>,
    /// Whether the administrator has put away what the start found.
    pub findings_read: AtomicBool,
    /// What answers may take of the memory.
    pub budget: Budget,
    /// What phone downloads need.
    pub phones: PhoneDesk,
    /// Whether the network itself says that the machine with this MAC, and no other, has that address.
    pub lives_at: fn(Mac, IpAddr) -> bool,
}

/// The shared value as handlers get it.
pub type Shared = Arc<Front>;

impl Front {
    /// The emergency numbers of a country.
    pub fn numbers_of_country(&self, country: Option<Country>) -> Vec<String> {
        country.and_then(|country| self.countries.get(&country).cloned()).unwrap_or_default()
    }

    /// The emergency numbers of a tenant: its own, or its country's.
    pub fn emergency_numbers(&self, settings: &OfficeSettings) -> Vec<String> {
        match &settings.emergency_numbers {
            Some(own) => own.iter().map(ToString::to_string).collect(),
            None => self.numbers_of_country(settings.country),
        }
    }

    /// Edits the office as it is now: what `edit` gives is adopted at once; what it refuses changes nothing.
    pub async fn edit(
        &self,
        edit: impl FnOnce(&Office, &Rules<'_>, Fresh) -> Result<Vec<Change>, Vec<Fault>> + Send + 'static,
    ) -> Result<Result<Kept, Vec<Fault>>, Gone> {
        self.control.edit(move |office, fresh| edit(office, &Rules::standard(), fresh)).await
    }

    /// What is worth saying about extensions, though nothing is wrong.
    pub async fn notes(&self) -> Result<Vec<(ExtensionNumber, FaultKind)>, Gone> {
        Ok(apply::notes(&self.control.office().await?, &Rules::standard()))
    }

    /// The address of the pages as a person in the office types it, ending in `/`.
    pub fn address(&self, local: IpAddr) -> String {
        let address = self.settings.lan.unwrap_or(local).to_canonical();
        match address {
            IpAddr::V6(v6) => format!("http://[{v6}]:{}/", self.settings.http_port),
            IpAddr::V4(v4) => format!("http://{v4}:{}/", self.settings.http_port),
        }
    }
}
