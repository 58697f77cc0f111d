//! What a phone makes of its files: its resulting state, by the rules its maker gives.
//!
//! Written from the makers' documents and not from Perch's own writers, so that it can judge them. Shared by the tests of
//! phone files and by the simulated phone. The rules that matter:
//!
//! - Yealink: a value left blank or left out stays as it was; `%NULL%` and `%EMPTY%` clear it. Below a boot file with
//!   `overwrite_mode = 1` whatever is blank or left out falls back to the factory's value, except settings of the system
//!   (`static.`).
//! - Snom: an element sets its value, an empty one clears it; what is left out stays. A key is replaced as a whole. An
//!   address book marked complete replaces the phone's own.
//!
//! A file that breaks its form is refused whole, as the strictest phone would.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeMap;

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Yealink,
    Snom,
}

/// The memory of a phone, as far as files set it.
#[derive(Debug, Clone)]
pub struct PhoneConfig {
    maker: Maker,
    overwrite: bool,
    values: BTreeMap<String, String>,
    keys: BTreeMap<usize, RawKey>,
    address_book: Vec<String>,
}

/// What a file brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Files the phone must fetch next, by name, in order (a boot file's list).
    pub fetch_next: Vec<String>,
    /// Whether anything in the phone is different now.
    pub changed: bool,
}

/// An account the phone registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub number: usize,
    pub label: String,
    pub display_name: String,
    pub user: String,
    pub auth_name: String,
    pub password: String,
    /// The SIP domain.
    pub domain: String,
    /// Host and port every request goes to.
    pub proxy: (String, u16),
    pub register_every: u32,
    /// Whether it speaks TCP.
    pub tcp: bool,
}

/// A key that does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Counted from 1.
    pub position: usize,
    pub action: KeyAction,
    pub label: String,
}

/// What pressing a key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAction {
    Line,
    Dial(String),
    Watch(String),
    /// Opens the phone's own hot-desk function.
    HotDesk,
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RawKey {
    label: String,
    content: String,
}

impl PhoneConfig {
    /// A phone as it leaves the factory.
    pub fn factory(maker: Maker) -> Self {
        Self {
            maker,
            overwrite: false,
            values: BTreeMap::new(),
            keys: BTreeMap::new(),
            address_book: Vec::new(),
        }
    }

    /// Takes a file over; one that breaks its form changes nothing.
    pub fn apply(&mut self, file: &[u8]) -> Result<Applied, String> {
        let text = std::str::from_utf8(file).map_err(|error| error.to_string())?;
        let mut after = self.clone();
        let fetch_next = match self.maker {
            Maker::Yealink => after.apply_cfg(text)?,
            Maker::Snom => after.apply_xml(text)?,
        };
        let changed = (&after.values, &after.keys, &after.address_book)
            != (&self.values, &self.keys, &self.address_book);
        *self = after;
        Ok(Applied { fetch_next, changed })
    }

    /// The accounts that are switched on, in order.
    pub fn accounts(&self) -> Vec<Account> {
        (1..=20).filter_map(|number| self.account(number)).collect()
    }

    /// The keys that do something, in order.
    pub fn keys(&self) -> Vec<Key> {
        match self.maker {
            Maker::Yealink => (1..=100).filter_map(|position| self.cfg_key(position)).collect(),
            Maker::Snom => self.keys.iter().filter_map(|(index, key)| xml_key(*index, key)).collect(),
        }
    }

    /// Whether the phone asks whether messages wait for its first account. A Snom does so by itself.
    pub fn subscribes_to_messages(&self) -> bool {
        match self.maker {
            Maker::Yealink => self.value("account.1.subscribe_mwi") == Some("1"),
            Maker::Snom => true,
        }
    }

    /// Where the phone fetches its file next time.
    pub fn provisioning_url(&self) -> Option<&str> {
        self.value(match self.maker {
            Maker::Yealink => "static.auto_provision.server.url",
            Maker::Snom => "setting_server",
        })
    }

    /// The name of the phone's personal file below its provisioning address.
    pub fn personal_url(&self, mac: &str) -> Option<String> {
        let url = self.provisioning_url()?;
        Some(match self.maker {
            Maker::Yealink => format!("{url}{}.cfg", mac.to_ascii_lowercase()),
            Maker::Snom => url.replace("{mac}", &mac.to_ascii_uppercase()),
        })
    }

    /// What stands on the screen beside the line.
    pub fn label(&self) -> Option<String> {
        self.accounts().first().map(|account| account.label.clone())
    }

    /// How often the phone asks by itself, in seconds.
    pub fn asks_every(&self) -> Option<u32> {
        let (key, unit) = match self.maker {
            Maker::Yealink => ("static.auto_provision.repeat.minutes", 60),
            Maker::Snom => ("settings_refresh_timer", 1),
        };
        Some(self.value(key)?.parse::<u32>().ok()? * unit)
    }

    /// Whether `check-sync;reboot=false` would restart the phone; both makers' phones do until told otherwise.
    pub fn restarts_for_notify(&self) -> bool {
        match self.maker {
            Maker::Yealink => self.value("sip.notify_reboot_enable") != Some("0"),
            Maker::Snom => self.value("auto_reboot_on_setting_change") != Some("off"),
        }
    }

    /// Whether the phone would announce itself by multicast at its next start.
    pub fn announces_itself(&self) -> bool {
        match self.maker {
            Maker::Yealink => self.value("static.auto_provision.pnp_enable") != Some("0"),
            Maker::Snom => self.value("pnp_config") != Some("off"),
        }
    }

    /// One value by the maker's own name; Snom's identities as `user_name[1]`.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Puts a value in by hand, as a user does at the phone.
    pub fn set_by_hand(&mut self, key: &str, value: &str) {
        self.values.insert(key.to_owned(), value.to_owned());
    }

    /// Puts a Snom key in by hand, counted from 0.
    pub fn set_key_by_hand(&mut self, index: usize, label: &str, content: &str) {
        self.keys.insert(index, RawKey { label: label.to_owned(), content: content.to_owned() });
    }

    /// The fields of the phone's own hot-desk form, in their order, by the switches of its file and the factory's values.
    pub fn hotdesk_form(&self) -> Vec<&'static str> {
        let fields = [("register_name", true), ("username", true), ("password", false), ("sip_server", true)];
        let is_shown = |(field, by_default): &(&str, bool)| {
            let switch = self.value(&format!("hotdesking.dsskey_{field}_enable"));
            switch.map_or(*by_default, |switch| switch == "1")
        };
        fields.into_iter().filter(is_shown).map(|(field, _)| field).collect()
    }

    /// Clears the registration of every account, as the phone's own hot-desk function does; the server it keeps.
    pub fn clears_accounts(&mut self) {
        for number in 1..=20 {
            for name in ["label", "display_name", "user_name", "auth_name", "password"] {
                self.values.remove(&format!("account.{number}.{name}"));
            }
            if let Some(enable) = self.values.get_mut(&format!("account.{number}.enable")) {
                *enable = "0".to_owned();
            }
        }
    }

    /// Takes over what was typed into the hot-desk form, on the first line.
    pub fn types_hotdesk_form(&mut self, user: &str, password: &str) {
        for (name, value) in [
            ("enable", "1"),
            ("label", user),
            ("display_name", user),
            ("user_name", user),
            ("auth_name", user),
            ("password", password),
        ] {
            self.set_by_hand(&format!("account.1.{name}"), value);
        }
    }

    /// Puts somebody into the address book by hand.
    pub fn add_contact_by_hand(&mut self, contact: &str) {
        self.address_book.push(contact.to_owned());
    }

    /// Every text the phone holds, with where it stands.
    pub fn everything(&self) -> Vec<(String, String)> {
        let values = self.values.iter().map(|(key, value)| (key.clone(), value.clone()));
        let keys = self
            .keys
            .iter()
            .map(|(index, key)| (format!("key {index}"), format!("{} {}", key.label, key.content)));
        let contacts = self.address_book.iter().map(|contact| ("address book".to_owned(), contact.clone()));
        values.chain(keys).chain(contacts).collect()
    }

    fn account(&self, number: usize) -> Option<Account> {
        let snom = |name: &str| self.value(&format!("{name}[{number}]")).unwrap_or_default().to_owned();
        let yealink =
            |name: &str| self.value(&format!("account.{number}.{name}")).unwrap_or_default().to_owned();
        match self.maker {
            Maker::Yealink => (yealink("enable") == "1").then(|| Account {
                number,
                label: yealink("label"),
                display_name: yealink("display_name"),
                user: yealink("user_name"),
                auth_name: yealink("auth_name"),
                password: yealink("password"),
                domain: yealink("sip_server.1.address"),
                proxy: (
                    yealink("outbound_proxy.1.address"),
                    yealink("outbound_proxy.1.port").parse().unwrap_or(5060),
                ),
                register_every: yealink("sip_server.1.expires").parse().unwrap_or(3600),
                tcp: yealink("sip_server.1.transport_type") == "1",
            }),
            Maker::Snom => (snom("user_active") == "on").then(|| Account {
                number,
                label: snom("user_idle_text"),
                display_name: snom("user_realname"),
                user: snom("user_name"),
                auth_name: snom("user_pname"),
                password: snom("user_pass"),
                domain: snom("user_host"),
                proxy: split_proxy(&snom("user_outbound")),
                register_every: snom("user_expiry").parse().unwrap_or(3600),
                tcp: snom("user_outbound").ends_with(";transport=tcp"),
            }),
        }
    }

    // Yealink

    fn apply_cfg(&mut self, text: &str) -> Result<Vec<String>, String> {
        let mut lines = text.lines();
        if lines.next() != Some("#!version:1.0.0.1") {
            return Err("the first line must be #!version:1.0.0.1".to_owned());
        }
        let mut includes = Vec::new();
        let mut seen = BTreeMap::new();
        let mut boot = false;
        for line in lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("include:config ") {
                let name = name.trim().strip_prefix('"').and_then(|name| name.strip_suffix('"'));
                includes.push(name.ok_or(format!("not an include: {line}"))?.to_owned());
                boot = true;
                continue;
            }
            let (key, value) = line.split_once('=').ok_or(format!("not a setting: {line}"))?;
            let (key, value) = (key.trim(), value.trim());
            if key == "overwrite_mode" {
                self.overwrite = value == "1";
                boot = true;
                continue;
            }
            if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
                return Err(format!("not a name of a setting: {key}"));
            }
            seen.insert(cfg_name(key, value), value.to_owned());
        }
        if !boot {
            self.take_over(seen);
        }
        Ok(includes)
    }

    fn take_over(&mut self, seen: BTreeMap<String, String>) {
        if self.overwrite && !seen.is_empty() {
            self.values.retain(|key, _| {
                key.starts_with("static.") || seen.get(key).is_some_and(|value| !value.is_empty())
            });
        }
        for (key, value) in seen {
            match value.as_str() {
                "" => {}
                "%NULL%" | "%EMPTY%" => {
                    self.values.remove(&key);
                }
                _ => {
                    self.values.insert(key, value);
                }
            }
        }
    }

    fn cfg_key(&self, position: usize) -> Option<Key> {
        let part =
            |name: &str| self.value(&format!("linekey.{position}.{name}")).unwrap_or_default().to_owned();
        let action = match part("type").as_str() {
            "" | "0" => return None,
            "13" => KeyAction::Dial(part("value")),
            "15" => KeyAction::Line,
            "16" => KeyAction::Watch(part("value")),
            "34" => KeyAction::HotDesk,
            other => KeyAction::Other(other.to_owned()),
        };
        Some(Key { position, action, label: part("label") })
    }

    // Snom

    fn apply_xml(&mut self, text: &str) -> Result<Vec<String>, String> {
        let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if root.tag_name().name() != "settings" {
            return Err("the root must be <settings>".to_owned());
        }
        for part in root.children().filter(|node| node.is_element()) {
            match part.tag_name().name() {
                "phone-settings" => {
                    part.children().filter(|node| node.is_element()).for_each(|node| self.setting(node))
                }
                "functionKeys" => {
                    for node in part.children().filter(|node| node.is_element()) {
                        self.function_key(node)?;
                    }
                }
                "tbook" if part.attribute("complete") == Some("true") => self.address_book.clear(),
                other => return Err(format!("unknown part <{other}>")),
            }
        }
        Ok(Vec::new())
    }

    fn setting(&mut self, node: roxmltree::Node<'_, '_>) {
        let name = node.tag_name().name();
        let key = match node.attribute("idx") {
            Some(idx) => format!("{name}[{idx}]"),
            None => name.to_owned(),
        };
        match node.text().unwrap_or_default() {
            "" => self.values.remove(&key),
            text => self.values.insert(key, text.to_owned()),
        };
    }

    fn function_key(&mut self, node: roxmltree::Node<'_, '_>) -> Result<(), String> {
        let index =
            node.attribute("idx").and_then(|idx| idx.parse().ok()).ok_or("a key without its place")?;
        let label = node.attribute("label").unwrap_or_default().to_owned();
        let content = node.text().unwrap_or_default().to_owned();
        self.keys.insert(index, RawKey { label, content });
        Ok(())
    }
}

/// A password line is one setting for each of the page's users.
fn cfg_name(key: &str, value: &str) -> String {
    match value.split_once(':') {
        Some((user, _)) if key.ends_with("security.user_password") => format!("{key}[{user}]"),
        _ => key.to_owned(),
    }
}

fn xml_key(index: usize, key: &RawKey) -> Option<Key> {
    let (word, rest) = key.content.split_once(' ').unwrap_or((&key.content, ""));
    let action = match word {
        "" | "none" => return None,
        "line" => KeyAction::Line,
        "speed" => KeyAction::Dial(rest.to_owned()),
        "blf" => KeyAction::Watch(rest.split('|').next().unwrap_or_default().to_owned()),
        _ => KeyAction::Other(key.content.clone()),
    };
    Some(Key { position: index + 1, action, label: key.label.clone() })
}

/// `host:port;transport=udp`, the host of IPv6 in brackets.
fn split_proxy(text: &str) -> (String, u16) {
    let address = text.split(';').next().unwrap_or_default();
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "5060"));
    (host.trim_matches(['[', ']']).to_owned(), port.parse().unwrap_or(5060))
}
