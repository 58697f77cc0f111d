//! Hot desks in the settings: who gives way, what idle phones may call, the company PIN, lock-out, automatic logout, and
//! the networks whose phones may log in by a function of their own.

use crate::config::rules::{LOCKOUT_MINUTES, LOGOUT_MINUTES};
use crate::model::{
    AutoLogout, IdError, Network, OfficeSettings, Secret, TrustedNetwork, WEEKDAYS, Weekdays,
};
use crate::web::choices::{AFTER_RESTART, IDLE, POLICIES};
use crate::web::fields::Fields;
use crate::web::visitor::Posted;
use crate::web::words::Words;

use super::values::{number, text};

/// What a form changes in the settings.
pub type Change = Box<dyn FnOnce(&mut OfficeSettings) + Send>;

/// The forms about hot desks.
pub struct Section {
    /// Policy, idle calls, company PIN and lock-out.
    pub desks: Fields,
    /// Automatic logout.
    pub logout: Fields,
    /// Trusted networks.
    pub networks: Fields,
    /// Whether there is a company PIN.
    pub has_company_pin: bool,
    /// The days of the week: field and name.
    pub days: Vec<(String, String)>,
}

impl Section {
    /// The forms as the settings are.
    pub fn of(words: Words, settings: &OfficeSettings) -> Self {
        let name = |day: &&str| (format!("day-{day}"), words.say(&format!("weekday-{day}")));
        Self {
            desks: desks_of(settings),
            logout: logout_of(&settings.auto_logout),
            networks: Fields::new().with("networks", networks_text(&settings.trusted_networks)),
            has_company_pin: settings.company_pin.is_some(),
            days: WEEKDAYS.iter().map(name).collect(),
        }
    }
}

fn desks_of(settings: &OfficeSettings) -> Fields {
    let policy = POLICIES.iter().find(|(_, policy)| *policy == settings.login_policy);
    let idle = IDLE.iter().find(|(_, idle)| *idle == settings.idle_calls);
    let after = AFTER_RESTART.iter().find(|(_, after)| *after == settings.after_restart);
    Fields::new()
        .with("login_policy", policy.map_or("", |(name, _)| name))
        .with("idle_calls", idle.map_or("", |(name, _)| name))
        .with("after_restart", after.map_or("", |(name, _)| name))
        .with("lockout_minutes", settings.lockout_minutes)
}

fn logout_of(auto_logout: &AutoLogout) -> Fields {
    let said = |minutes: Option<u32>| minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    let fields = Fields::new()
        .with("after", said(auto_logout.after))
        .with("idle", said(auto_logout.idle))
        .with("at", auto_logout.at.map(|time| time.to_string()).unwrap_or_default())
        .with("gone", said(auto_logout.gone));
    let days = auto_logout.days.to_string();
    let on = |day: &str| if days.split(' ').any(|other| other == day) { "on" } else { "" };
    WEEKDAYS.iter().fold(fields, |fields, day| fields.with(format!("day-{day}"), on(day)))
}

/// Each network in a line, its description behind it.
fn networks_text(networks: &[TrustedNetwork]) -> String {
    let lines = networks.iter().map(|one| format!("{} {}", one.network, one.description));
    lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Reads policy, idle calls, company PIN, lock-out and restart; the form with its faults where it will not do.
pub fn read_desks(words: Words, posted: &Posted) -> Result<Change, Fields> {
    const NAMES: [&str; 5] =
        ["login_policy", "idle_calls", "after_restart", "lockout_minutes", "company_pin"];
    let mut fields = Fields::sent(posted, &NAMES);
    let policy = POLICIES.iter().find(|(name, _)| *name == posted.text("login_policy"));
    let idle = IDLE.iter().find(|(name, _)| *name == posted.text("idle_calls"));
    let after = AFTER_RESTART.iter().find(|(name, _)| *name == posted.text("after_restart"));
    let minutes = number(words, posted, &mut fields, ("lockout_minutes", LOCKOUT_MINUTES));
    let pin = match posted.is_ticked("company_pin_away") {
        // An empty secret takes the present one away.
        true => Some(Secret::new("")),
        false => text(posted, "company_pin").map(Secret::new),
    };
    let (Some((_, policy)), Some((_, idle)), Some((_, after))) = (policy, idle, after) else {
        fields.fault("", words.say("fault-choice"));
        return Err(fields);
    };
    if fields.is_faulty() {
        return Err(fields);
    }
    Ok(Box::new(move |settings| {
        settings.login_policy = *policy;
        settings.idle_calls = *idle;
        settings.after_restart = *after;
        let minutes = minutes.and_then(|minutes| u16::try_from(minutes).ok());
        settings.lockout_minutes = minutes.unwrap_or(settings.lockout_minutes);
        settings.company_pin = pin.or_else(|| settings.company_pin.take());
    }))
}

/// Reads the automatic logout; the form with its faults where it will not do.
pub fn read_logout(words: Words, posted: &Posted) -> Result<Change, Fields> {
    let mut fields = Fields::sent(posted, &["after", "idle", "at", "gone"]);
    for day in WEEKDAYS {
        let name = format!("day-{day}");
        let on = posted.text(&name).to_owned();
        fields = fields.with(name, on);
    }
    let after = number(words, posted, &mut fields, ("after", LOGOUT_MINUTES));
    let idle = number(words, posted, &mut fields, ("idle", LOGOUT_MINUTES));
    let gone = number(words, posted, &mut fields, ("gone", LOGOUT_MINUTES));
    let at = text(posted, "at").map(|time| time.parse());
    if matches!(at, Some(Err(_))) {
        fields.fault("at", words.say("fault-time"));
    }
    let ticked: Vec<&str> =
        WEEKDAYS.into_iter().filter(|day| posted.is_ticked(&format!("day-{day}"))).collect();
    let days = match ticked.join(" ").parse::<Weekdays>() {
        Ok(days) => days,
        Err(_) if at.is_none() => Weekdays::default(),
        Err(_) => {
            fields.fault("at", words.say("fault-days"));
            Weekdays::default()
        }
    };
    if fields.is_faulty() {
        return Err(fields);
    }
    let at = at.and_then(Result::ok);
    Ok(Box::new(move |settings| settings.auto_logout = AutoLogout { after, idle, at, days, gone }))
}

/// Reads the trusted networks; the form with its faults where it will not do.
pub fn read_networks(words: Words, posted: &Posted) -> Result<Change, Fields> {
    let mut fields = Fields::sent(posted, &["networks"]);
    let mut networks = Vec::new();
    for line in posted.text("networks").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (network, description) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match network.parse::<Network>() {
            Ok(network) => {
                networks.push(TrustedNetwork { network, description: description.trim().to_owned() });
            }
            Err(IdError(_)) => {
                let shown: String = network.chars().take(45).collect();
                fields.fault("networks", words.say1("fault-network", "network", shown));
            }
        }
    }
    match fields.is_faulty() {
        true => Err(fields),
        false => Ok(Box::new(move |settings| settings.trusted_networks = networks)),
    }
}
