//! The log: one line per thing a person would care about, to standard error, where the service manager keeps it.

use tracing::level_filters::LevelFilter;

use crate::config::settings::LogLevel;
use crate::model::{CallRecord, EmergencyFate, EmergencyNotice, EmergencyRoute, Event, Locked};

/// Begins to log. A log that is there already (a test's) is kept.
pub fn begin(level: LogLevel) {
    let level = level.as_str().parse().unwrap_or(LevelFilter::INFO);
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        // A log that cannot be written is no fault of the calls: telling so on the same broken way would end the box.
        .log_internal_errors(false)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false);
    let _ = builder.try_init();
}

/// Logs an event: numbers and names only at debug, and at no level what was dialled.
pub fn event(event: &Event) {
    match event {
        Event::Emergency(notice) => emergency(notice),
        Event::StoreTrouble { trouble: Some(trouble) } => {
            tracing::warn!("{trouble}; calls go on")
        }
        Event::StoreTrouble { trouble: None } => tracing::info!("the disc takes changes again"),
        Event::PhoneLate { device } => {
            tracing::warn!(%device, "a phone does not follow: look at it in the page")
        }
        Event::LoginRefused { device, refusal, extension } => {
            tracing::info!(%device, %refusal, "login refused");
            tracing::debug!(%device, ?extension, "login refused");
        }
        Event::LoginsClosed { locked: Locked::Device(device) } => {
            tracing::info!(%device, "closed to logins after too many wrong PINs");
        }
        Event::LoginsClosed { locked: Locked::Extension(extension) } => {
            tracing::info!("an extension is closed to logins after too many wrong PINs");
            tracing::debug!(%extension, "closed to logins");
        }
        Event::LoginsClosed { locked: Locked::Address(_) } => {
            tracing::info!("a source on the network is closed to logins after too many wrong PINs");
        }
        Event::LoginsOpened { locked: Locked::Device(device) } => {
            tracing::info!(%device, "opened to logins by the administrator");
        }
        Event::LoginsOpened { locked: Locked::Extension(extension) } => {
            tracing::info!("an extension is opened to logins by the administrator");
            tracing::debug!(%extension, "opened to logins");
        }
        Event::LoginsOpened { locked: Locked::Address(_) } => {
            tracing::info!("a source on the network is opened to logins by the administrator");
        }
        Event::LoggedIn { device, method, extension } => {
            tracing::info!(%device, ?method, "login");
            tracing::debug!(%device, %extension, "login");
        }
        Event::LoggedOut { device, reason, .. } => tracing::info!(%device, ?reason, "logout"),
        Event::DeviceSeen { device } => {
            tracing::info!(%device, "a phone has appeared and waits to be accepted")
        }
        Event::DeviceReachable { device, reachable } => tracing::info!(%device, reachable, "registration"),
        Event::DeviceChanged { device } => tracing::debug!(%device, "a phone was changed or seen elsewhere"),
        Event::OfficeChanged => tracing::debug!("the office was changed"),
        Event::StageReached { device, stage } => tracing::debug!(%device, ?stage, "a phone follows"),
        Event::CallStarted { call } => tracing::debug!(%call, "a call has begun"),
        Event::MessagesChanged { .. } => tracing::debug!("other messages wait for somebody"),
        Event::CallEnded { record } => {
            let CallRecord { id, kind, outcome, answered_after_ms, lasted_ms, .. } = record;
            tracing::debug!(call = %id, ?kind, ?outcome, answered_after_ms, lasted_ms, "a call has ended");
        }
    }
}

fn emergency(notice: &EmergencyNotice) {
    let device = notice.device;
    match (&notice.outcome, notice.fate) {
        (EmergencyRoute::NoOutsideLine, _) => {
            tracing::warn!(%device, "emergency call: there is NO way out of the building");
        }
        (_, EmergencyFate::Answered) => tracing::warn!(%device, "emergency call: answered"),
        (_, EmergencyFate::Unanswered) => {
            tracing::warn!(%device, "emergency call: ended, and NOBODY had answered");
        }
        (EmergencyRoute::Trunk, EmergencyFate::UnderWay) => {
            tracing::warn!(%device, "emergency call: goes out by the trunk");
        }
        (EmergencyRoute::Extension(_), EmergencyFate::UnderWay) => {
            tracing::warn!(%device, "emergency call: rings the emergency extension");
        }
    }
}
