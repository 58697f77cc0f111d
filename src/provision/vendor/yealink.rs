//! Yealink: boot list, common file, personal file, address book.
//!
//! The personal file alone carries an account, and it writes everything a user could have left behind: each account, key,
//! name, number and voicemail value of the model's full range (B10). The boot file asks for `overwrite_mode`, under which
//! what a file leaves out falls back to its default; nothing relies on it, because phones that skip the boot file do not
//! know it. Parameter names from Yealink's guides and from open-source provisioners; not tried on phones by Perch yet.
//!
//! Firmware before version 81 knows some settings under a shorter name; models that may still run it get both.

mod cfg;

use self::cfg::Cfg;
use crate::model::{Mac, PhoneState, Vendor};
use crate::provision::extra::ExtraLines;
use crate::provision::file::RenderedFile;
use crate::provision::identify::{FileKind, FileRequest};
use crate::provision::keys::{KeyLayout, KeyUse};
use crate::provision::locale::{TimeZone, uses_twelve_hours, yealink_language, yealink_tones};
use crate::provision::models::{has_hotdesk_key, room_of};
use crate::provision::refresh::{is_old_yealink, word};
use crate::provision::text::{dialable, one_line, shown_name};
use crate::provision::{ASK_AGAIN_SECONDS, POLL_SECONDS, label};

/// The file of this kind for an accepted phone.
pub(crate) fn render(state: &PhoneState, kind: FileKind) -> Option<RenderedFile> {
    match kind {
        FileKind::Boot => Some(boot_file(state.mac, Overwrite::On)),
        FileKind::Common { .. } => Some(common()),
        FileKind::Personal => Some(RenderedFile::plain(personal(state))),
        FileKind::Contacts if state.is_shared => Some(RenderedFile::xml(EMPTY_CONTACTS.to_owned())),
        FileKind::Contacts | FileKind::Firmware | FileKind::PhoneWrites => None,
    }
}

/// The file for a phone that is not accepted. It takes nothing away from the phone: accounts it has elsewhere stay.
pub(crate) fn render_bootstrap(request: &FileRequest, base_url: &str) -> Option<RenderedFile> {
    match request.kind {
        FileKind::Boot => request.mac.map(|mac| boot_file(mac, Overwrite::Off)),
        FileKind::Common { .. } => Some(common()),
        FileKind::Personal => {
            let mut cfg = Cfg::new();
            cfg.heading("Waiting to be accepted");
            let age = match &request.model {
                Some(model) if !is_old_yealink(word(model)) => Age::New,
                _ => Age::Old,
            };
            asking(&mut cfg, base_url, ASK_AGAIN_SECONDS, age);
            Some(RenderedFile::plain(cfg.finish()))
        }
        FileKind::Contacts | FileKind::Firmware | FileKind::PhoneWrites => None,
    }
}

/// Whether what a file leaves out falls back to its default.
enum Overwrite {
    On,
    Off,
}

/// Whether the short names of firmware before version 81 are written too.
#[derive(Clone, Copy, PartialEq)]
enum Age {
    Old,
    New,
}

/// What stands beside the key of the phone's own hot desk (I8).
const HOTDESK_LABEL: &str = "Hot Desking";

/// An address book with nobody in it; fetching it replaces the phone's own.
const EMPTY_CONTACTS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root_contact/>\n";

fn boot_file(mac: Mac, overwrite: Overwrite) -> RenderedFile {
    let mut cfg = Cfg::new();
    if matches!(overwrite, Overwrite::On) {
        cfg.line(format_args!("overwrite_mode = 1"));
    }
    cfg.line(format_args!("include:config \"{}.cfg\"", mac.bare()));
    RenderedFile::plain(cfg.finish())
}

/// What every phone may be told, whoever asks: that a NOTIFY makes it fetch without a restart (K28).
fn common() -> RenderedFile {
    let mut cfg = Cfg::new();
    no_restart(&mut cfg);
    RenderedFile::plain(cfg.finish())
}

fn no_restart(cfg: &mut Cfg) {
    cfg.number("sip.notify_reboot_enable", 0);
}

fn personal(state: &PhoneState) -> String {
    let age = if is_old_yealink(word(&state.model)) { Age::Old } else { Age::New };
    let mut cfg = Cfg::new();
    account(&mut cfg, state, age);
    other_accounts(&mut cfg, room_of(&state.model).accounts);
    keys(&mut cfg, state);
    hotdesk_function(&mut cfg, state);
    shared_things(&mut cfg, state);
    place(&mut cfg, state);
    behaviour(&mut cfg, state);
    cfg.heading("Provisioning");
    asking(&mut cfg, &state.provisioning_url, POLL_SECONDS, age);
    finding(&mut cfg, age);
    passwords(&mut cfg, state, age);
    extra(&mut cfg, state);
    cfg.finish()
}

fn account(cfg: &mut Cfg, state: &PhoneState, age: Age) {
    let (host, port) = (state.server.0.to_string(), u32::from(state.server.1));
    let tcp = u32::from(state.tcp);
    cfg.heading("Account");
    cfg.number("account.1.enable", 1);
    cfg.set("account.1.label", &label(state));
    cfg.set("account.1.display_name", &shown_name(&state.display_name));
    cfg.set("account.1.user_name", state.account.as_str());
    cfg.set("account.1.auth_name", state.auth_name.as_str());
    cfg.set("account.1.password", state.password.expose());
    cfg.set("account.1.sip_server.1.address", &state.realm);
    // The domain is a name only; where requests really go says the proxy.
    cfg.number("account.1.sip_server.1.port", 5060);
    cfg.number("account.1.sip_server.1.transport_type", tcp);
    cfg.number("account.1.sip_server.1.expires", state.register_every);
    cfg.number("account.1.sip_server.1.retry_counts", 3);
    cfg.number("account.1.outbound_proxy_enable", 1);
    cfg.set("account.1.outbound_proxy.1.address", &host);
    cfg.number("account.1.outbound_proxy.1.port", port);
    if age == Age::Old {
        cfg.set("account.1.outbound_host", &host);
        cfg.number("account.1.outbound_port", port);
        cfg.number("account.1.transport", tcp);
        cfg.number("account.1.expires", state.register_every);
    }
    for (priority, codec) in (1..).zip(["pcma", "pcmu", "g722"]) {
        cfg.number(format_args!("account.1.codec.{codec}.enable"), 1);
        cfg.number(format_args!("account.1.codec.{codec}.priority"), priority);
    }
    cfg.number("account.1.codec.g729.enable", 0);
    cfg.number("account.1.dtmf.type", 1);
    cfg.number("account.1.dtmf.dtmf_payload", 101);
    // To the account itself: there is no number of a mailbox.
    cfg.number("account.1.subscribe_mwi", 1);
    cfg.number("account.1.subscribe_mwi_to_vm", 0);
    cfg.number("account.1.auto_answer", 0);
    cfg.clear("voice_mail.number.1");
}

fn other_accounts(cfg: &mut Cfg, accounts: usize) {
    if accounts < 2 {
        return;
    }
    cfg.heading("Accounts that are not used");
    for number in 2..=accounts {
        cfg.number(format_args!("account.{number}.enable"), 0);
        for value in ["label", "display_name", "user_name", "auth_name", "password", "sip_server.1.address"] {
            cfg.clear(format_args!("account.{number}.{value}"));
        }
        cfg.clear(format_args!("voice_mail.number.{number}"));
    }
}

fn keys(cfg: &mut Cfg, state: &PhoneState) {
    let room = room_of(&state.model);
    cfg.heading("Keys");
    for (position, key) in (1..).zip(KeyLayout::of(state).positions) {
        line_key(cfg, position, &key);
    }
    for position in 1..=room.memory_keys {
        cfg.number(format_args!("memorykey.{position}.type"), 0);
        cfg.clear(format_args!("memorykey.{position}.value"));
    }
    if !state.is_shared {
        return;
    }
    soft_keys(cfg);
    // A user can put keys on a plugged-in module by hand; they must not stay for the next one.
    let (modules, keys) = room.modules;
    for module in 1..=modules {
        for key in 1..=keys {
            cfg.number(format_args!("expansion_module.{module}.key.{key}.type"), 0);
            cfg.clear(format_args!("expansion_module.{module}.key.{key}.value"));
            cfg.clear(format_args!("expansion_module.{module}.key.{key}.label"));
        }
    }
}

/// Key types: 0 nothing, 13 speed dial, 15 line, 16 busy lamp, 34 the phone's own hot desk (I7).
fn line_key(cfg: &mut Cfg, position: u32, key: &KeyUse) {
    let (kind, line, value, label) = match key {
        KeyUse::Line => (15, 1, "", ""),
        KeyUse::Logout { code, label } => (13, 1, code.as_str(), *label),
        KeyUse::Lamp { extension, label } => (16, 1, extension.as_str(), label.as_str()),
        KeyUse::Speed { number, label } => (13, 1, number.as_str(), label.as_str()),
        KeyUse::HotDesk => (34, 0, "", HOTDESK_LABEL),
        KeyUse::Nothing => (0, 0, "", ""),
    };
    cfg.number(format_args!("linekey.{position}.type"), kind);
    cfg.number(format_args!("linekey.{position}.line"), line);
    cfg.set(format_args!("linekey.{position}.value"), value);
    cfg.set(format_args!("linekey.{position}.label"), label);
    cfg.clear(format_args!("linekey.{position}.extension"));
    cfg.clear(format_args!("linekey.{position}.pickup_value"));
    cfg.clear(format_args!("linekey.{position}.xml_phonebook"));
}

/// What the phone's own hot-desk function asks for: number and PIN, but no server (I9). Switched off, it is as the factory
/// has it. Whether it asks for a register name too is left to the firmware: some cannot do without.
fn hotdesk_function(cfg: &mut Cfg, state: &PhoneState) {
    if !has_hotdesk_key(&state.model) {
        return;
    }
    cfg.heading("The phone's own hot desk");
    for (field, asked) in [("username", 1), ("password", 1), ("sip_server", 0)] {
        let name = format!("hotdesking.dsskey_{field}_enable");
        if state.hotdesk_key { cfg.number(name, asked) } else { cfg.clear(name) }
    }
}

/// The keys below the screen, which a user can change by hand too: the factory's History, Directory, DND and Menu, and
/// no number on any of those that are keys of the phone itself.
fn soft_keys(cfg: &mut Cfg) {
    for (position, kind) in (1..).zip([28, 61, 5, 30]) {
        cfg.number(format_args!("programablekey.{position}.type"), kind);
    }
    for position in 1..=14 {
        cfg.clear(format_args!("programablekey.{position}.value"));
        cfg.clear(format_args!("programablekey.{position}.label"));
    }
}

/// What the users of a shared phone must not find of one another (B10); on an owned phone it is the owner's own.
fn shared_things(cfg: &mut Cfg, state: &PhoneState) {
    cfg.heading("Traces of use");
    cfg.number("features.save_call_history", u32::from(!state.is_shared));
    if !state.is_shared {
        cfg.clear("local_contact.data.url");
        return;
    }
    let contacts = format!("{}{}-contact.xml", state.provisioning_url, state.mac.bare());
    cfg.set("local_contact.data.url", &contacts);
    cfg.number("features.dnd.enable", 0);
    cfg.number("account.1.dnd.enable", 0);
    for way in ["always", "busy", "no_answer"] {
        cfg.number(format_args!("forward.{way}.enable"), 0);
        cfg.clear(format_args!("forward.{way}.target"));
    }
    for way in ["always_fwd", "busy_fwd", "timeout_fwd"] {
        cfg.number(format_args!("account.1.{way}.enable"), 0);
        cfg.clear(format_args!("account.1.{way}.target"));
    }
}

/// Language, tones, clock. The time server stays what the network or the phone's factory says: the box is none.
fn place(cfg: &mut Cfg, state: &PhoneState) {
    let language = yealink_language(state.language);
    let zone = TimeZone::of(&state.timezone);
    cfg.heading("Place");
    cfg.set("lang.gui", language);
    cfg.set("lang.wui", language);
    if let Some(tones) = state.country.map(yealink_tones) {
        cfg.set("voice.tone.country", tones);
    }
    cfg.set("local_time.time_zone", &zone.yealink_offset());
    cfg.set("local_time.time_zone_name", zone.yealink_name());
    // 2: by the rules of the named place; 0: never.
    cfg.number("local_time.summer_time", if zone.yealink_name().is_empty() { 0 } else { 2 });
    cfg.number("local_time.time_format", u32::from(!uses_twelve_hours(state.country)));
}

fn behaviour(cfg: &mut Cfg, state: &PhoneState) {
    let numbers: Vec<String> = state.emergency_numbers.iter().map(|number| dialable(number)).collect();
    cfg.heading("Behaviour");
    cfg.set("features.station_name.value", &one_line(&state.screen));
    cfg.set("phone_setting.emergency.number", &numbers.join(","));
    cfg.number("sip.trust_ctrl", 1);
    cfg.number("features.auto_linekeys.enable", 0);
}

/// How often the phone asks where, and that a NOTIFY makes it fetch without a restart (K28).
fn asking(cfg: &mut Cfg, url: &str, every_seconds: u32, age: Age) {
    let minutes = (every_seconds / 60).max(1);
    no_restart(cfg);
    for prefix in prefixes(age) {
        cfg.set(format_args!("{prefix}auto_provision.server.url"), url);
        cfg.number(format_args!("{prefix}auto_provision.power_on"), 1);
        cfg.number(format_args!("{prefix}auto_provision.repeat.enable"), 1);
        cfg.number(format_args!("{prefix}auto_provision.repeat.minutes"), minutes);
        cfg.number(format_args!("{prefix}auto_provision.prompt.enable"), 0);
    }
}

/// An accepted phone knows its address; whoever else offers one at its next start is not listened to.
fn finding(cfg: &mut Cfg, age: Age) {
    for prefix in prefixes(age) {
        cfg.number(format_args!("{prefix}auto_provision.pnp_enable"), 0);
        cfg.number(format_args!("{prefix}auto_provision.dhcp_option.enable"), 0);
        cfg.number(format_args!("{prefix}zero_touch.enable"), 0);
    }
    cfg.number("static.auto_provision.custom.protect", 0);
}

/// Both of the phone's web accounts, since the second comes with a password everybody knows.
fn passwords(cfg: &mut Cfg, state: &PhoneState, age: Age) {
    cfg.heading("Web page of the phone");
    for prefix in prefixes(age) {
        for user in ["admin", "user"] {
            let value = format!("{user}:{}", state.admin_password.expose());
            cfg.set(format_args!("{prefix}security.user_password"), &value);
        }
    }
}

/// The owner's own lines, last, so that they win.
fn extra(cfg: &mut Cfg, state: &PhoneState) {
    let lines = ExtraLines::read(Vendor::Yealink, &state.extra).unwrap_or_default();
    if !lines.settings.is_empty() {
        cfg.heading("Lines of this phone's own");
    }
    for line in lines.settings {
        cfg.line(format_args!("{line}"));
    }
}

fn prefixes(age: Age) -> &'static [&'static str] {
    match age {
        Age::New => &["static."],
        Age::Old => &["static.", ""],
    }
}
