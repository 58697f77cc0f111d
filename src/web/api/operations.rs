//! All operations of the API, in the order its description lists them. Whatever is not here is not routed.

use super::operation::{Operation, Parameter};
use super::{
    audit, calls, devices, emergency, events, extensions, lockouts, logins, messages, office, openapi,
    status, templates, tenants, tokens, webhooks,
};
use crate::model::{AuditEntry, CallRecord, LockoutView, Messages};

/// Every operation.
pub fn operations() -> Vec<Operation> {
    [state(), phones(), people(), settings(), organisations(), programs()].into_iter().flatten().collect()
}

/// The box as it is: its state, logins, calls, events.
fn state() -> Vec<Operation> {
    let limit = "How many at most, from 1 to 500; 50 where nothing is said.";
    let before = "The id of a call, as c17: only those before it.";
    vec![
        Operation::get("/status", "getStatus", "The state of the box: phones, calls under way, troubles.", status::status)
            .gives::<status::StatusJson>(),
        Operation::post("/findings/read", "putFindingsAway", "Puts away what the start of the box found.", status::findings_read)
            .ends(),
        Operation::get("/logins", "listLogins", "Who is logged in where, oldest first.", logins::list)
            .gives::<Vec<logins::LoginJson>>(),
        Operation::post("/logins/end", "endAllLogins", "Logs everybody out.", logins::end).saves::<logins::EndedJson>(),
        Operation::get("/lockouts", "listLockouts", "What wrong PINs have closed to new logins.", lockouts::list)
            .gives::<Vec<LockoutView>>(),
        Operation::get("/calls", "listCalls", "Call records, newest first.", calls::list)
            .asks("limit", limit)
            .asks("before", before)
            .gives::<Vec<CallRecord>>(),
        Operation::get("/calls.csv", "exportCalls", "The same as CSV (RFC 4180).", calls::csv)
            .asks("limit", limit)
            .asks("before", before)
            .gives_text("text/csv"),
        Operation::get("/audit", "listAudit", "The journal of logins, newest first; as CSV where that is asked for.", audit::list)
            .asks("limit", limit)
            .asks("before", "The number of an entry: only those before it.")
            .asks("extension", "Only what concerns this extension.")
            .asks("device", "Only what concerns this phone.")
            .asks("from", "Only from this day on, as 2026-03-01.")
            .asks("to", "Only up to this day.")
            .asks("format", "`csv` for a table (RFC 4180); so does an Accept of text/csv.")
            .gives::<Vec<AuditEntry>>(),
        Operation::get("/events", "listen", "What happens, as it happens: server-sent events, each an Event.", events::listen)
            .asks("events", "The names of the events wanted, with commas between; all where nothing is said.")
            .hears(Parameter {
                name: "Last-Event-ID",
                place: "header",
                says: "The id heard last: the stream goes on after it. Where that cannot be, an event `reset` comes first.",
            })
            .gives_text("text/event-stream"),
    ]
}

fn phones() -> Vec<Operation> {
    vec![
        Operation::get("/devices", "listDevices", "All phones, those that wait included.", devices::list)
            .gives::<Vec<devices::DeviceJson>>(),
        Operation::post(
            "/devices",
            "addDevice",
            "Adds a phone, known by its MAC or, set up by hand, by its name.",
            devices::add,
        )
        .takes(devices::WISH)
        .makes::<devices::DeviceJson>(),
        Operation::get("/devices/{id}", "getDevice", "One phone.", devices::one)
            .gives::<devices::DeviceJson>(),
        Operation::put(
            "/devices/{id}",
            "changeDevice",
            "Changes a phone; what is left out stays.",
            devices::put,
        )
        .takes(devices::WISH)
        .saves::<devices::DeviceJson>(),
        Operation::delete("/devices/{id}", "removeDevice", "Removes a phone.", devices::remove)
            .ends_in_time(),
        Operation::post(
            "/devices/{id}/accept",
            "acceptDevice",
            "Lets a waiting phone in; as a hot desk where nothing is said.",
            devices::accept,
        )
        .takes(devices::MODE)
        .saves::<devices::DeviceJson>(),
        Operation::get(
            "/devices/{id}/sip",
            "getSipLogin",
            "What is keyed into a phone that is set up by hand.",
            devices::sip,
        )
        .gives::<devices::SipLoginJson>(),
        Operation::post(
            "/devices/{id}/login",
            "logIn",
            "Logs an extension in here; where it is logged in elsewhere, it moves.",
            logins::log_in,
        )
        .takes(logins::LOGIN)
        .saves::<logins::LoginJson>(),
        Operation::post("/devices/{id}/logout", "logOut", "Logs out whoever is here.", logins::log_out)
            .ends_in_time(),
        Operation::delete(
            "/devices/{id}/lockout",
            "openDevice",
            "Opens a phone to logins that wrong PINs have closed.",
            lockouts::open_device,
        )
        .ends(),
    ]
}

fn people() -> Vec<Operation> {
    vec![
        Operation::get("/extensions", "listExtensions", "All extensions.", extensions::list)
            .gives::<Vec<extensions::ExtensionJson>>(),
        Operation::post("/extensions", "addExtension", "Adds an extension.", extensions::add)
            .takes(extensions::NEW)
            .makes::<extensions::ExtensionJson>(),
        Operation::get("/extensions/{number}", "getExtension", "One extension.", extensions::one)
            .gives::<extensions::ExtensionJson>(),
        Operation::put(
            "/extensions/{number}",
            "putExtension",
            "Changes an extension, or adds it; what is left out stays.",
            extensions::put,
        )
        .takes(extensions::WISH)
        .saves::<extensions::ExtensionJson>()
        .makes_new::<extensions::ExtensionJson>(),
        Operation::delete(
            "/extensions/{number}",
            "removeExtension",
            "Removes an extension.",
            extensions::remove,
        )
        .ends_in_time(),
        Operation::get("/extensions/{number}/pin", "getPin", "Tells the PIN.", extensions::pin)
            .gives::<extensions::PinJson>(),
        Operation::post(
            "/extensions/{number}/pin",
            "makePin",
            "Makes another PIN and tells it.",
            extensions::new_pin,
        )
        .saves::<extensions::PinJson>(),
        Operation::get(
            "/extensions/{number}/messages",
            "getMessages",
            "How many messages wait, as the office's voicemail has told.",
            messages::one,
        )
        .gives::<Messages>(),
        Operation::put(
            "/extensions/{number}/messages",
            "putMessages",
            "Tells how many messages wait; the lamps of the user's phones show it.",
            messages::put,
        )
        .takes(messages::COUNTS)
        .saves::<Messages>(),
        Operation::delete(
            "/extensions/{number}/lockout",
            "openExtension",
            "Opens an extension to logins that wrong PINs have closed.",
            lockouts::open_extension,
        )
        .ends(),
        Operation::delete(
            "/addresses/{address}/lockout",
            "openAddress",
            "Opens an address on the network to logins that wrong PINs have closed.",
            lockouts::open_address,
        )
        .ends(),
    ]
}

fn settings() -> Vec<Operation> {
    vec![
        Operation::get("/office", "getOffice", "The settings of the office.", office::office)
            .gives::<office::OfficeJson>(),
        Operation::put(
            "/office",
            "changeOffice",
            "Changes settings of the office; what is left out stays.",
            office::put_office,
        )
        .takes(office::OFFICE)
        .saves::<office::OfficeJson>(),
        Operation::get("/plan", "getPlan", "The numbering plan.", office::plan).gives::<office::PlanJson>(),
        Operation::put(
            "/plan",
            "putPlan",
            "Replaces the numbering plan; codes that collide are refused, with both named.",
            office::put_plan,
        )
        .takes(office::PLAN)
        .saves::<office::PlanJson>(),
        Operation::get("/emergency", "getEmergency", "Where emergency calls go.", emergency::show)
            .gives::<emergency::EmergencyJson>(),
        Operation::put(
            "/emergency",
            "putEmergency",
            "Says where emergency calls go; what is left out is none.",
            emergency::put,
        )
        .takes(emergency::EMERGENCY)
        .saves::<emergency::EmergencyJson>(),
    ]
}

/// Tenants, and the templates of each.
fn organisations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/tenants",
            "listTenants",
            "The tenants of the box, the first one first.",
            tenants::list,
        )
        .gives::<Vec<tenants::TenantJson>>(),
        Operation::get("/tenants/{tenant}", "getTenant", "One tenant.", tenants::one)
            .gives::<tenants::TenantJson>(),
        Operation::put(
            "/tenants/{tenant}",
            "putTenant",
            "Changes a tenant, or adds it; what is left out stays.",
            tenants::put,
        )
        .takes(tenants::TENANT)
        .saves::<tenants::TenantJson>()
        .makes_new::<tenants::TenantJson>(),
        Operation::delete(
            "/tenants/{tenant}",
            "removeTenant",
            "Removes a tenant that has no extensions and no phones any more.",
            tenants::remove,
        )
        .ends_in_time(),
        Operation::get(
            "/tenants/{tenant}/templates",
            "listTemplates",
            "The templates of a tenant, by kind and name.",
            templates::list,
        )
        .gives::<templates::TemplatesJson>(),
        Operation::put(
            "/tenants/{tenant}/templates/{kind}/{name}",
            "putTemplate",
            "Changes a template, or adds it; what is left out stays, and null takes a value back.",
            templates::put,
        )
        .takes(templates::TEMPLATE)
        .saves::<templates::TemplatesJson>(),
        Operation::delete(
            "/tenants/{tenant}/templates/{kind}/{name}",
            "removeTemplate",
            "Removes a template that nothing uses.",
            templates::remove,
        )
        .ends_in_time(),
    ]
}

fn programs() -> Vec<Operation> {
    vec![
        Operation::get("/tokens", "listTokens", "The tokens of the API, without the tokens.", tokens::list)
            .gives::<Vec<tokens::TokenJson>>(),
        Operation::delete(
            "/tokens/{id}",
            "withdrawToken",
            "Withdraws a token: it opens nothing any more.",
            tokens::withdraw,
        )
        .ends(),
        Operation::get(
            "/webhooks",
            "listWebhooks",
            "Who is sent the events, and how that goes.",
            webhooks::list,
        )
        .gives::<Vec<webhooks::WebhookJson>>(),
        Operation::post(
            "/webhooks",
            "addWebhook",
            "Adds a receiver of events; its secret is told this once.",
            webhooks::add,
        )
        .takes(webhooks::WISH)
        .makes_new::<webhooks::NewWebhookJson>(),
        Operation::get("/webhooks/{id}", "getWebhook", "One receiver.", webhooks::one)
            .gives::<webhooks::WebhookJson>(),
        Operation::delete("/webhooks/{id}", "removeWebhook", "Removes a receiver.", webhooks::remove).ends(),
        Operation::post(
            "/webhooks/{id}/test",
            "testWebhook",
            "Sends a receiver an event `test` at once.",
            webhooks::test,
        )
        .gives::<webhooks::WebhookTestJson>(),
        Operation::get("/openapi.json", "describe", "This description.", openapi::give)
            .gives_text("application/json"),
    ]
}
