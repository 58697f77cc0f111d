//! Reads what the office or another tenant says of itself: `[office]`, `[[trunk]]`, `[plan]` and `[[tenant]]`.

use std::collections::BTreeSet;

use super::keys::{
    AFTER_RESTART, AUTO_LOGOUT_KEYS, EMERGENCY_NUMBERS_EXAMPLE, ENTRIES_EXAMPLE, ENTRY_KEYS, FEATURES,
    IDLE_CALLS, NETWORK_KEYS, NETWORKS_EXAMPLE, NONE, OFFICE_KEYS, PLAN_KEYS, POLICIES, TENANT_KEYS,
};
use super::table::{Page, Table};
use super::{trunks, values};
use crate::config::check::canonical_time_zone;
use crate::config::fault::{Form, OfficeFault, Part, TenantFault, TextFault, Thing, Whose};
use crate::config::rules::{
    AUDIT_DAYS, LOCKOUT_MINUTES, LOGOUT_MINUTES, MAX_CODES, MAX_NETWORKS, MAX_TENANTS,
};
use crate::model::{
    AutoLogout, ClockTime, Country, EmergencyNumber, ExtensionNumber, Language, Network, OfficeSettings,
    OfficeWish, Plan, PlanEntry, Profile, TenantId, TrustedNetwork, Weekdays,
};

/// The `[office]` table, or what a `[[tenant]]` says like it.
pub(super) fn read(page: &mut Page, table: &Table, (whose, tenant): (Whose, &TenantId)) -> OfficeSettings {
    let more = if whose == Whose::FIRST { &[] } else { TENANT_KEYS };
    page.know(table, &[OFFICE_KEYS, more]);
    let default = OfficeSettings::default();
    if !table.has("name") {
        page.missing(table, "name", "name = \"…\", the name of the office");
    }
    if !table.has("country") {
        page.missing(table, "country", "country = \"IT\", or the two letters of your country");
    }
    let timezone = page.text(table, "timezone").unwrap_or(default.timezone);
    let realm = page.text(table, "realm").map(|realm| realm.to_ascii_lowercase());
    let auto_logout = page.table(table, "auto_logout", Part::AutoLogout(whose));
    OfficeSettings {
        name: page.text(table, "name").unwrap_or_default(),
        country: page.parsed::<Country>(table, "country"),
        language: page.parsed::<Language>(table, "language").unwrap_or_default(),
        timezone: canonical_time_zone(&timezone).unwrap_or(timezone),
        realm: realm.unwrap_or_else(|| OfficeSettings::default_realm(tenant)),
        emergency_numbers: read_emergency_numbers(page, table),
        emergency_extension: page.parsed::<ExtensionNumber>(table, "emergency_extension"),
        trunks: Vec::new(),
        login_policy: page.one_of(table, "login_policy", &POLICIES).unwrap_or_default(),
        idle_calls: page.one_of(table, "idle_calls", &IDLE_CALLS).unwrap_or_default(),
        plan: default.plan,
        company_pin: page.removable_secret(table, "company_pin"),
        trusted_networks: read_networks(page, table, whose),
        auto_logout: auto_logout.map(|table| read_auto_logout(page, &table)).unwrap_or_default(),
        after_restart: page.one_of(table, "after_restart", &AFTER_RESTART).unwrap_or_default(),
        lockout_minutes: page
            .number(table, "lockout_minutes", LOCKOUT_MINUTES)
            .and_then(|minutes| u16::try_from(minutes).ok())
            .unwrap_or(default.lockout_minutes),
        audit_days: page
            .number(table, "audit_days", AUDIT_DAYS)
            .and_then(|days| u16::try_from(days).ok())
            .unwrap_or(default.audit_days),
        templates: default.templates,
    }
}

/// The tenant's own emergency numbers; those of the country where nothing is said. That there are none takes a word.
fn read_emergency_numbers(page: &mut Page, table: &Table) -> Option<Vec<EmergencyNumber>> {
    const KEY: &str = "emergency_numbers";
    if !table.has(KEY) {
        return None;
    }
    if table.as_parsed::<String>(KEY).is_some_and(|word| word == NONE) {
        return Some(Vec::new());
    }
    let numbers = page.parsed_list::<EmergencyNumber>(table, (KEY, EMERGENCY_NUMBERS_EXAMPLE))?;
    if numbers.is_empty() {
        page.fault(table.part().at(KEY), OfficeFault::NoEmergencyNumber);
    }
    Some(numbers)
}

fn read_auto_logout(page: &mut Page, table: &Table) -> AutoLogout {
    page.know(table, &[AUTO_LOGOUT_KEYS]);
    AutoLogout {
        after: page.number(table, "after", LOGOUT_MINUTES),
        idle: page.number(table, "idle", LOGOUT_MINUTES),
        at: page.parsed::<ClockTime>(table, "at"),
        days: page.parsed::<Weekdays>(table, "days").unwrap_or_default(),
        gone: page.number(table, "gone", LOGOUT_MINUTES),
    }
}

fn read_networks(page: &mut Page, table: &Table, whose: Whose) -> Vec<TrustedNetwork> {
    let part = |position| Part::Network(whose, position);
    let tables = page.list(table, ("trusted_networks", NETWORKS_EXAMPLE), part);
    if tables.len() > MAX_NETWORKS {
        page.fault(table.part().at("trusted_networks"), TextFault::TooMany(Thing::Network, MAX_NETWORKS));
    }
    let mut networks = Vec::new();
    for table in tables.iter().take(MAX_NETWORKS) {
        let table = table.moved_to(part(networks.len()));
        page.know(&table, &[NETWORK_KEYS]);
        if !table.has("network") {
            page.missing(&table, "network", "network = \"192.168.1.0/24\", the range of addresses");
        }
        let description = page.any_text(&table, "description").unwrap_or_default();
        if let Some(network) = page.parsed::<Network>(&table, "network") {
            networks.push(TrustedNetwork { network, description });
        }
    }
    networks
}

/// The plan under the key `plan`: the word of a profile, a list of codes, or a table that holds one of them; `None` where
/// nothing is said.
pub(super) fn read_plan(page: &mut Page, table: &Table, whose: Whose) -> Option<Plan> {
    if !table.has("plan") {
        return None;
    }
    if table.is_text("plan") {
        return Some(page.parsed::<Profile>(table, "plan").map(Plan::profile).unwrap_or_default());
    }
    if whose != Whose::FIRST {
        return Some(read_entries(page, table, "plan", whose));
    }
    let plan = page.table(table, "plan", Part::Plan(whose))?;
    page.know(&plan, &[PLAN_KEYS]);
    match (plan.has("profile"), plan.has("entries")) {
        (true, false) => page.parsed::<Profile>(&plan, "profile").map(Plan::profile),
        (false, true) => Some(read_entries(page, &plan, "entries", whose)),
        (true, true) => {
            page.fault(plan.part().at("profile"), TextFault::WrongForm(Form::Profile));
            None
        }
        (false, false) => {
            page.missing(
                &plan,
                "entries",
                "entries = [{ code = \"*400\", feature = \"logout\" }], or remove [plan] to have every code",
            );
            None
        }
    }
}

fn read_entries(page: &mut Page, table: &Table, field: &'static str, whose: Whose) -> Plan {
    let part = |position| Part::PlanEntry(whose, position);
    let tables = page.list(table, (field, ENTRIES_EXAMPLE), part);
    if tables.len() > MAX_CODES {
        page.fault(Part::Plan(whose).at("entries"), TextFault::TooMany(Thing::Code, MAX_CODES));
    }
    let mut entries = Vec::new();
    for table in tables.iter().take(MAX_CODES) {
        let table = table.moved_to(part(entries.len()));
        page.know(&table, &[ENTRY_KEYS]);
        if !table.has("feature") {
            page.missing(&table, "feature", "feature = \"logout\", or what else the code does");
        }
        let code = page.any_text(&table, "code").unwrap_or_default();
        let on = page.yes_no(&table, "on").unwrap_or(true);
        if let Some(feature) = page.one_of(&table, "feature", &FEATURES) {
            entries.push(PlanEntry { code, feature, on });
        }
    }
    Plan { entries }
}

/// The other tenants.
pub(super) fn read_tenants(page: &mut Page, document: &Table, wish: &mut OfficeWish) {
    // Part 0 is the office's, and each tenant's is moved to its place among the names once that is known.
    let tables = page.tables(document, "tenant", |position| Part::Office(Whose(MAX_TENANTS + position)));
    if tables.len() >= MAX_TENANTS {
        page.fault(Part::File.at("tenant"), TextFault::TooMany(Thing::Tenant, MAX_TENANTS));
    }
    let tables = &tables[..tables.len().min(MAX_TENANTS - 1)];
    let names: BTreeSet<TenantId> = tables
        .iter()
        .filter_map(|table| table.as_parsed("id"))
        .filter(|id: &TenantId| !id.is_first())
        .collect();
    for table in tables {
        let named = table.as_parsed::<TenantId>("id").filter(|id| !wish.others.contains_key(id));
        let rank = named.as_ref().and_then(|id| names.iter().position(|name| name == id));
        let whose = match (rank, table.part()) {
            (Some(rank), _) => Whose(rank + 1),
            (None, Part::Office(whose)) => whose,
            (None, _) => Whose(MAX_TENANTS),
        };
        let table = table.moved_to(Part::Office(whose));
        let tenant = read_id(page, &table, wish);
        let name = tenant.clone().unwrap_or_default();
        let mut settings = read(page, &table, (whose, &name));
        settings.trunks = trunks::read(page, &table, whose);
        // A new tenant starts with every code off (F4).
        settings.plan = read_plan(page, &table, whose).unwrap_or_else(Plan::off);
        settings.templates = values::read_templates(page, &table, whose);
        if let Some(tenant) = tenant {
            wish.others.insert(tenant, settings);
        }
    }
}

fn read_id(page: &mut Page, table: &Table, wish: &OfficeWish) -> Option<TenantId> {
    if !table.has("id") {
        page.missing(table, "id", "id = \"acme\", the word by which its extensions are written: 100@acme");
    }
    let id = page.parsed::<TenantId>(table, "id")?;
    if id.is_first() {
        page.fault_in_line(table.line(), table.part().at("id"), TenantFault::IsTheFirst);
        return None;
    }
    if wish.others.contains_key(&id) {
        let twice = TextFault::Twice { thing: Thing::Tenant, value: id.to_string(), first: None };
        page.fault_in_line(table.line(), table.part().at("id"), twice);
        return None;
    }
    Some(id)
}
