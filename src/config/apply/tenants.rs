//! Edits of tenants and templates: what is used cannot vanish, and says by what.

use super::edit::{checked_changes, in_one_form, put_settings, refuse};
use super::wish_of;
use crate::config::fault::{Fault, Part, TemplateKind, TenantFault, Whose};
use crate::config::rules::Rules;
use crate::model::{Change, Device, Extension, Fresh, Office, OfficeSettings, TemplateName, TenantId};

/// Adds a tenant, or changes the settings of one.
pub fn put_tenant(
    present: &Office,
    tenant: &TenantId,
    settings: OfficeSettings,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    if tenant.is_first() {
        return put_settings(present, settings, rules, fresh);
    }
    let mut wish = wish_of(present);
    wish.others.insert(tenant.clone(), in_one_form(settings));
    checked_changes(present, &wish, rules, fresh)
}

/// Removes a tenant that has nothing in it any more.
pub fn remove_tenant(
    present: &Office,
    tenant: &TenantId,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    if tenant.is_first() {
        return refuse(Part::File, "tenant", TenantFault::FirstStays);
    }
    if !present.has_tenant(tenant) {
        return refuse(Part::File, "tenant", TenantFault::Unknown(tenant.clone()));
    }
    let extensions = present.extensions.keys().filter(|number| number.tenant() == tenant);
    let devices = present.devices.values().filter(|device| device.tenant == *tenant);
    let things = extensions.map(ToString::to_string).chain(devices.map(Device::title));
    let things = first_few(things.collect());
    if !things.is_empty() {
        return refuse(Part::File, "tenant", TenantFault::NotEmpty { tenant: tenant.clone(), things });
    }
    let mut wish = wish_of(present);
    wish.others.remove(tenant);
    checked_changes(present, &wish, rules, fresh)
}

/// Removes a template that nothing uses.
pub fn remove_template(
    present: &Office,
    tenant: &TenantId,
    (kind, name): (TemplateKind, &TemplateName),
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    if !present.has_tenant(tenant) {
        return refuse(Part::File, "tenant", TenantFault::Unknown(tenant.clone()));
    }
    let mut settings = present.settings_of(tenant).clone();
    let is_there = match kind {
        TemplateKind::Extension => settings.templates.extensions.remove(name).is_some(),
        TemplateKind::Account => settings.templates.accounts.remove(name).is_some(),
        TemplateKind::Device => settings.templates.devices.remove(name).is_some(),
    };
    let part = Part::Office(Whose::FIRST);
    if !is_there {
        return refuse(part, "template", TenantFault::NoTemplate(name.clone()));
    }
    let users = first_few(users_of(present, tenant, kind, name));
    if !users.is_empty() {
        return refuse(part, "template", TenantFault::TemplateInUse { name: name.clone(), users });
    }
    put_tenant(present, tenant, settings, rules, fresh)
}

/// What uses a template, by what a person calls it.
fn users_of(present: &Office, tenant: &TenantId, kind: TemplateKind, name: &TemplateName) -> Vec<String> {
    let templates = &present.settings_of(tenant).templates;
    let is = |other: &Option<TemplateName>| other.as_ref() == Some(name);
    let extensions = |uses: &dyn Fn(&Extension) -> bool| -> Vec<String> {
        let mine = present.extensions.values().filter(|one| one.number.tenant() == tenant && uses(one));
        mine.map(|one| one.number.to_string()).collect()
    };
    let devices = |uses: &dyn Fn(&Device) -> bool| -> Vec<String> {
        let mine = present.devices.values().filter(|one| one.tenant == *tenant && uses(one));
        mine.map(Device::title).collect()
    };
    match kind {
        TemplateKind::Extension => extensions(&|one| is(&one.template)),
        TemplateKind::Device => devices(&|one| is(&one.template)),
        TemplateKind::Account => {
            let of_extensions = templates.extensions.iter().filter(|(_, one)| is(&one.account_template));
            let of_devices = templates.devices.iter().filter(|(_, one)| is(&one.account_template));
            let names = of_extensions.map(|(name, _)| name).chain(of_devices.map(|(name, _)| name));
            let mut users: Vec<String> = names.map(ToString::to_string).collect();
            users.extend(extensions(&|one| is(&one.own.account_template)));
            users.extend(devices(&|one| is(&one.own.account_template)));
            users
        }
    }
}

/// How many users of a thing are named.
const NAMED: usize = 8;

fn first_few(mut users: Vec<String>) -> Vec<String> {
    if users.len() > NAMED {
        users.truncate(NAMED);
        users.push("…".to_owned());
    }
    users
}
