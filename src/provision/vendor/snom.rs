//! Snom: common file and personal file (`<mac>.xml`, or `<model>-<mac>.htm` below a folder address).
//!
//! Setting names from Snom's pages and from open-source provisioners that drive these phones; not tried on phones by Perch
//! yet. What is least certain: that an empty `provisioning_order` keeps the phone to its `setting_server`, that an empty
//! address book replaces the old one, and that firmware before 10 knows French and Spanish by names with their accents.
//! A Snom asks for its identity's waiting messages by itself; no setting of it is known here.

mod xml;

use self::xml::Settings;
use crate::model::{PhoneState, Vendor};
use crate::provision::extra::ExtraLines;
use crate::provision::file::RenderedFile;
use crate::provision::identify::FileKind;
use crate::provision::keys::{KeyLayout, KeyUse};
use crate::provision::locale::{TimeZone, snom_language, snom_tones, uses_twelve_hours};
use crate::provision::models::room_of;
use crate::provision::text::{dialable, one_line, shown_name};
use crate::provision::{ASK_AGAIN_SECONDS, POLL_SECONDS, label};

/// The file of this kind for an accepted phone.
pub(crate) fn render(state: &PhoneState, kind: FileKind) -> Option<RenderedFile> {
    match kind {
        FileKind::Common { .. } => Some(common()),
        FileKind::Personal => Some(RenderedFile::xml(personal(state))),
        FileKind::Boot | FileKind::Contacts | FileKind::Firmware | FileKind::PhoneWrites => None,
    }
}

/// The file for a phone that is not accepted. It takes nothing away from the phone: identities it has elsewhere stay.
pub(crate) fn render_bootstrap(kind: FileKind, base_url: &str) -> Option<RenderedFile> {
    match kind {
        FileKind::Common { .. } => Some(common()),
        FileKind::Personal => {
            let mut settings = Settings::new();
            asking(&mut settings, base_url, ASK_AGAIN_SECONDS);
            Some(RenderedFile::xml(settings.finish_settings()))
        }
        FileKind::Boot | FileKind::Contacts | FileKind::Firmware | FileKind::PhoneWrites => None,
    }
}

fn common() -> RenderedFile {
    RenderedFile::xml(Settings::bare().finish_settings())
}

fn personal(state: &PhoneState) -> String {
    let mut settings = Settings::new();
    identity(&mut settings, state);
    for number in 2..=room_of(&state.model).accounts {
        unused_identity(&mut settings, number);
    }
    shared_things(&mut settings, state);
    place(&mut settings, state);
    behaviour(&mut settings, state);
    asking(&mut settings, &state.provisioning_url, POLL_SECONDS);
    finding(&mut settings);
    passwords(&mut settings, state);
    // The owner's own lines stand last, so that they win.
    let extra = ExtraLines::read(Vendor::Snom, &state.extra).unwrap_or_default();
    extra.settings.iter().for_each(|element| settings.verbatim(element));
    settings.begin_keys();
    keys(&mut settings, state);
    extra.keys.iter().for_each(|element| settings.verbatim(element));
    settings.end_keys();
    if state.is_shared {
        settings.empty_address_book();
    }
    settings.finish()
}

fn identity(settings: &mut Settings, state: &PhoneState) {
    let (host, port) = (state.server.0.in_uri(), state.server.1);
    let transport = if state.tcp { "tcp" } else { "udp" };
    for (name, value) in [
        ("user_active", "on"),
        ("user_realname", shown_name(&state.display_name).as_str()),
        ("user_idle_text", &label(state)),
        ("user_idle_number", &one_line(&state.screen)),
        ("user_name", state.account.as_str()),
        ("user_pname", state.auth_name.as_str()),
        ("user_pass", state.password.expose()),
        ("user_host", &state.realm),
        ("user_outbound", &format!("{host}:{port};transport={transport}")),
        ("user_expiry", &state.register_every.to_string()),
        ("user_mailbox", ""),
        ("user_srtp", "off"),
        ("user_dtmf_info", "off"),
        ("codec_priority_list", "pcma,pcmu,g722,telephone-event"),
    ] {
        settings.of_identity(1, name, value);
    }
}

fn unused_identity(settings: &mut Settings, number: usize) {
    settings.of_identity(number, "user_active", "off");
    for name in [
        "user_realname",
        "user_idle_text",
        "user_idle_number",
        "user_name",
        "user_pname",
        "user_pass",
        "user_host",
        "user_outbound",
        "user_mailbox",
    ] {
        settings.of_identity(number, name, "");
    }
}

/// What the users of a shared phone must not find of one another (B10); on an owned phone it is the owner's own.
fn shared_things(settings: &mut Settings, state: &PhoneState) {
    let record = if state.is_shared { "off" } else { "on" };
    for list in ["record_missed_calls", "record_received_calls", "record_dialed_calls"] {
        settings.of_identity(1, list, record);
    }
    // Off locks the settings menu of the phone itself.
    settings.set("admin_mode", record);
    if state.is_shared {
        for way in ["fwd_all", "fwd_busy", "fwd_time"] {
            settings.of_identity(1, &format!("{way}_enabled"), "off");
            settings.of_identity(1, &format!("{way}_target"), "");
        }
        settings.of_identity(1, "dnd_mode", "off");
        for key in 1..=SOFT_KEYS {
            settings.set(&format!("gui_fkey{key}"), "none");
        }
        for (key, event) in HARD_KEYS {
            settings.set(&format!("dkey_{key}"), &format!("keyevent {event}"));
        }
    }
}

/// The keys below the screen, which lead to lists and menus of the phone's own.
const SOFT_KEYS: usize = 4;

/// The keys with a printed sign, each with what the sign says, so that none dials a former user's number. The mailbox key
/// calls the mailbox of the line, of which there is none yet.
const HARD_KEYS: [(&str, &str); 11] = [
    ("conf", "F_CONF"),
    ("directory", "F_ADR_BOOK"),
    ("dnd", "F_DND"),
    ("help", "F_HELP"),
    ("hold", "F_HOLD"),
    ("menu", "F_SETTINGS"),
    ("record", "F_REC"),
    ("redial", "F_REDIAL"),
    ("retrieve", "F_RETRIEVE"),
    ("snom", "F_SNOM"),
    ("transfer", "F_TRANSFER"),
];

/// Language, tones, clock. The time server stays what the network or the phone's factory says: the box is none.
fn place(settings: &mut Settings, state: &PhoneState) {
    let language = snom_language(state.language);
    let zone = TimeZone::of(&state.timezone);
    let twelve_hours = uses_twelve_hours(state.country);
    settings.offer("language", language);
    settings.offer("web_language", language);
    if let Some(tones) = state.country.map(snom_tones) {
        settings.offer("tone_scheme", tones);
    }
    settings.offer("timezone", zone.snom_code());
    if zone.snom_code().is_empty() {
        settings.offer("utc_offset", &format!("{:+}", zone.offset_seconds()));
        settings.offer("dst", "");
    }
    settings.offer("time_24_format", if twelve_hours { "off" } else { "on" });
    settings.offer("date_us_format", if twelve_hours { "on" } else { "off" });
}

fn behaviour(settings: &mut Settings, state: &PhoneState) {
    let numbers: Vec<String> = state.emergency_numbers.iter().map(|number| dialable(number)).collect();
    settings.set("keyboard_lock_emergency", &numbers.join(" "));
    settings.set("filter_registrar", "on");
    settings.set("mac_info_in_sip_register", "on");
    settings.set("answer_after_policy", "off");
}

/// How often the phone asks where, and that a NOTIFY makes it fetch without a restart.
fn asking(settings: &mut Settings, url: &str, every_seconds: u32) {
    let every = every_seconds.to_string();
    settings.set("setting_server", &format!("{url}{{mac}}.xml"));
    settings.set("checksync_action", "");
    settings.set("challenge_checksync", "off");
    settings.set("update_policy", "settings_only");
    settings.set("settings_refresh_timer", &every);
    settings.set("prov_polling_enabled", "on");
    settings.set("prov_polling_mode", "rel");
    settings.set("prov_polling_period", &every);
}

/// An accepted phone knows its address; whoever else offers one at its next start is not listened to.
fn finding(settings: &mut Settings) {
    settings.set("pnp_config", "off");
    settings.set("provisioning_order", "");
}

/// The names before and after firmware 10, administrator and user alike.
fn passwords(settings: &mut Settings, state: &PhoneState) {
    let password = state.admin_password.expose();
    for (name, value) in [
        ("http_user", "admin"),
        ("http_pass", password),
        ("webserver_admin_name", "admin"),
        ("webserver_admin_password", password),
        ("webserver_user_name", "user"),
        ("webserver_user_password", password),
        ("admin_mode_password", password),
        ("admin_mode_password_confirm", password),
    ] {
        settings.set(name, value);
    }
}

fn keys(settings: &mut Settings, state: &PhoneState) {
    let layout = KeyLayout::of(state);
    let (modules, module_keys) = room_of(&state.model).modules;
    for (index, key) in layout.positions.iter().enumerate() {
        let (label, content) = match key {
            KeyUse::Line => ("", "line".to_owned()),
            KeyUse::Logout { code, label } => (*label, format!("speed {code}")),
            KeyUse::Lamp { extension, label } => (label.as_str(), format!("blf {extension}")),
            KeyUse::Speed { number, label } => (label.as_str(), format!("speed {number}")),
            // No Snom has such a key.
            KeyUse::HotDesk | KeyUse::Nothing => ("", "none".to_owned()),
        };
        settings.key(index, label, &content);
    }
    if state.is_shared {
        // The keys of plugged-in modules are counted on from the phone's own.
        let first = layout.positions.len();
        for index in first..first + modules * module_keys {
            settings.key(index, "", "none");
        }
    }
}
