//! The pages, each a file: what it shows and what its forms do.

pub mod calls;
pub mod codes;
pub mod confirm;
pub mod desk;
pub mod desks;
pub mod device;
pub mod devices;
pub mod emergency;
pub mod everybody;
pub mod extension;
pub mod extensions;
pub mod journal;
pub mod keys;
pub mod list;
pub mod live;
pub mod lockouts;
pub mod office;
pub mod people;
pub mod settings;
pub mod setup;
pub mod signin;
pub mod status;
pub mod templates;
pub mod tenants;
pub mod tokens;
pub mod values;
pub mod webhooks;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Query;
use axum::routing::{get, post};

use super::front::Shared;
use crate::model::{ExtensionNumber, ExtensionView};

/// The routes of all pages.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(status::show))
        .route("/panel.svg", get(status::panel))
        .route("/findings/read", post(status::findings_read))
        .route("/logins/end", get(everybody::ask_end).post(everybody::end))
        .route("/live", get(live::listen))
        .route("/setup", get(setup::show))
        .route("/setup/code", post(setup::code))
        .route("/setup/password", post(setup::password))
        .route("/setup/office", get(setup::office).post(setup::save_office))
        .route("/setup/extensions", get(setup::extensions).post(setup::add_extension))
        .route("/setup/emergency", get(setup::emergency).post(setup::save_emergency))
        .route("/login", get(signin::show).post(signin::sign_in))
        .route("/logout", post(signin::sign_out))
        .route("/devices", get(devices::show))
        .route("/devices/new", get(devices::new).post(devices::add))
        .route("/devices/{id}", get(device::show).post(device::save))
        .route("/devices/{id}/accept", post(device::accept))
        .route("/devices/{id}/remove", get(device::ask_remove).post(device::remove))
        .route("/devices/{id}/reveal", post(device::reveal))
        .route("/devices/{id}/login", post(device::log_in))
        .route("/devices/{id}/unlock", post(lockouts::unlock_device))
        .route("/devices/{id}/logout", post(device::log_out))
        .route("/extensions", get(extensions::show))
        .route("/extensions/new", get(extensions::new).post(extensions::add))
        .route("/extensions/{number}", get(extension::edit).post(extension::save))
        .route("/extensions/{number}/pin", post(extension::show_pin))
        .route("/extensions/{number}/new-pin", post(extension::new_pin))
        .route("/extensions/{number}/unlock", post(lockouts::unlock_extension))
        .route("/extensions/{number}/keys", post(keys::save))
        .route("/extensions/{number}/remove", get(extension::ask_remove).post(extension::remove))
        .route("/addresses/{address}/unlock", post(lockouts::unlock_address))
        .route("/calls", get(calls::show))
        .route("/journal", get(journal::show))
        .route("/journal.csv", get(journal::csv))
        .route("/journal.json", get(journal::json))
        .route("/settings", get(settings::show))
        .route("/settings/office", post(settings::save_office))
        .route("/settings/hot-desks", post(settings::save_hot_desks))
        .route("/settings/auto-logout", post(settings::save_auto_logout))
        .route("/settings/networks", post(settings::save_networks))
        .route("/settings/codes", post(settings::save_codes))
        .route("/tenants", get(tenants::show).post(tenants::add))
        .route("/tenants/{tenant}", get(tenants::edit).post(tenants::save))
        .route("/tenants/{tenant}/remove", get(tenants::ask_remove).post(tenants::remove))
        .route("/tenants/{tenant}/templates", get(templates::show).post(templates::add))
        .route("/tenants/{tenant}/templates/{kind}/{name}", get(templates::edit).post(templates::save))
        .route("/tenants/{tenant}/templates/{kind}/{name}/remove", post(templates::remove))
        .route("/settings/profile", post(settings::save_profile))
        .route("/settings/emergency", post(settings::save_emergency))
        .route("/settings/emergency/none", get(settings::ask_no_numbers).post(settings::save_no_numbers))
        .route("/settings/tokens/{id}/withdraw", post(tokens::withdraw))
        .route("/settings/webhooks", post(webhooks::add))
        .route("/settings/webhooks/{id}/test", post(webhooks::test))
        .route("/settings/webhooks/{id}/remove", get(webhooks::ask_remove).post(webhooks::remove))
        .route("/settings/password", post(settings::change_password))
}

/// What a page takes from its query: the note to show.
pub type Asked = Query<BTreeMap<String, String>>;

/// The note's name in a query.
pub fn note(query: &BTreeMap<String, String>) -> Option<&str> {
    query.get("note").map(String::as_str)
}

/// The extensions' names by number.
pub fn names_of(extensions: &[ExtensionView]) -> BTreeMap<ExtensionNumber, String> {
    extensions.iter().map(|extension| (extension.number.clone(), extension.name.clone())).collect()
}
