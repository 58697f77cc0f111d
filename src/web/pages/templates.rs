//! Templates: named values for extensions, SIP accounts and phones of a tenant; the list, and the page of one.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{Asked, note, tenants, values};
use crate::config::apply;
use crate::config::export::{self, Value};
use crate::config::fault::TemplateKind;
use crate::config::rules::REGISTER_EVERY;
use crate::model::{AccountValues, Office, OfficeSettings, TemplateName, Templates, TenantId};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};

#[derive(Template)]
#[template(path = "templates.html")]
struct TemplatesPage {
    page: Page,
    tenant: TenantId,
    rows: Vec<(&'static str, String)>,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "template.html")]
struct TemplatePage {
    page: Page,
    tenant: TenantId,
    kind: &'static str,
    name: TemplateName,
    rows: Vec<values::Row>,
    fields: Fields,
}

/// The kinds by their words.
const KINDS: [(&str, TemplateKind); 3] = [
    ("extension", TemplateKind::Extension),
    ("account", TemplateKind::Account),
    ("device", TemplateKind::Device),
];

/// `GET /tenants/{tenant}/templates`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(tenant): Path<String>,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let found = tenants::find(&front, &tenant).await?;
    let fields = Fields::new().with("kind", "extension");
    Ok(list(&front, &visitor, found, (StatusCode::OK, fields), note(&query)))
}

/// `POST /tenants/{tenant}/templates`: adds one that says nothing yet.
pub async fn add(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(tenant): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let (tenant, office) = tenants::find(&front, &tenant).await?;
    let mut fields = Fields::sent(&posted, &["kind", "name"]);
    let kind = KINDS.iter().find(|(word, _)| *word == posted.text("kind"));
    let name = values::chosen::<TemplateName>(&posted, "name");
    let (Some((word, kind)), Some(name)) = (kind, name) else {
        fields.fault("name", words.say("fault-template-name"));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(list(&front, &visitor, (tenant, office), (status, fields), None));
    };
    let to = format!("/tenants/{tenant}/templates/{word}/{}", crate::web::form::encode(&name.to_string()));
    let wanted = tenant.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings_of(&wanted).clone();
        let templates = &mut settings.templates;
        match kind {
            TemplateKind::Extension => drop(templates.extensions.entry(name).or_default()),
            TemplateKind::Account => drop(templates.accounts.entry(name).or_default()),
            TemplateKind::Device => drop(templates.devices.entry(name).or_default()),
        }
        apply::put_tenant(office, &wanted, settings, rules, fresh)
    });
    match edited.await? {
        Ok(kept) => Ok(notes::redirect(&to, notes::of_kept(kept, "saved"))),
        Err(faults) => {
            let fields = fields.refused_at(words, &faults, |_| "name".to_owned());
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(list(&front, &visitor, (tenant, office), (status, fields), None))
        }
    }
}

/// `GET /tenants/{tenant}/templates/{kind}/{name}`.
pub async fn edit(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(path): Path<(String, String, String)>,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let found = One::find(&front, path).await?;
    let fields = values::with_own(Fields::new(), found.values());
    Ok(found.page(&front, &visitor, (StatusCode::OK, fields), note(&query)))
}

/// `POST /tenants/{tenant}/templates/{kind}/{name}`.
pub async fn save(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(path): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let found = One::find(&front, path).await?;
    let mut fields = found
        .values()
        .iter()
        .fold(Fields::new(), |fields, value| fields.with(value.key, posted.text(value.key)));
    let mut templates: Templates = found.settings().templates.clone();
    let name = found.name.clone();
    match found.kind {
        TemplateKind::Extension => {
            drop(templates.extensions.insert(name, values::read_extension(words, &posted, &mut fields)));
        }
        TemplateKind::Device => {
            drop(templates.devices.insert(name, values::read_device(words, &posted, &mut fields)))
        }
        TemplateKind::Account => {
            let every = ("register_every", REGISTER_EVERY);
            let register_every = values::number(words, &posted, &mut fields, every);
            let tcp = values::chosen(&posted, "tcp");
            templates.accounts.insert(name, AccountValues { register_every, tcp });
        }
    }
    if !fields.is_faulty() {
        let wanted = found.tenant.clone();
        let edited = front.edit(move |office, rules, fresh| {
            let settings = OfficeSettings { templates, ..office.settings_of(&wanted).clone() };
            apply::put_tenant(office, &wanted, settings, rules, fresh)
        });
        match edited.await? {
            Ok(kept) => return Ok(notes::redirect(&found.here(), notes::of_kept(kept, "saved"))),
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    Ok(found.page(&front, &visitor, (StatusCode::UNPROCESSABLE_ENTITY, fields), None))
}

/// `POST /tenants/{tenant}/templates/{kind}/{name}/remove`: one that nothing uses.
pub async fn remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(path): Path<(String, String, String)>,
    _: Posted,
) -> Result<Response, Trouble> {
    let found = One::find(&front, path).await?;
    let (tenant, kind, name) = (found.tenant.clone(), found.kind, found.name.clone());
    let edited = front
        .edit(move |office, rules, fresh| {
            apply::remove_template(office, &tenant, (kind, &name), rules, fresh)
        })
        .await?;
    match edited {
        Ok(kept) => {
            let to = format!("/tenants/{}/templates", found.tenant);
            Ok(notes::redirect(&to, notes::of_kept(kept, "saved")))
        }
        Err(faults) => {
            let fields = values::with_own(Fields::new(), found.values());
            let fields = fields.refused_at(visitor.words, &faults, |_| String::new());
            Ok(found.page(&front, &visitor, (StatusCode::CONFLICT, fields), None))
        }
    }
}

/// A template that is there.
struct One {
    office: Office,
    tenant: TenantId,
    word: &'static str,
    kind: TemplateKind,
    name: TemplateName,
}

impl One {
    async fn find(front: &Front, (tenant, kind, name): (String, String, String)) -> Result<Self, Trouble> {
        let (tenant, office) = tenants::find(front, &tenant).await?;
        let (word, kind) = *KINDS.iter().find(|(word, _)| *word == kind).ok_or(Trouble::NotFound)?;
        let name: TemplateName = name.parse().map_err(|_| Trouble::NotFound)?;
        let templates = &office.settings_of(&tenant).templates;
        let is_there = match kind {
            TemplateKind::Extension => templates.extensions.contains_key(&name),
            TemplateKind::Account => templates.accounts.contains_key(&name),
            TemplateKind::Device => templates.devices.contains_key(&name),
        };
        if is_there { Ok(Self { office, tenant, word, kind, name }) } else { Err(Trouble::NotFound) }
    }

    fn settings(&self) -> &OfficeSettings {
        self.office.settings_of(&self.tenant)
    }

    fn here(&self) -> String {
        let name = crate::web::form::encode(&self.name.to_string());
        format!("/tenants/{}/templates/{}/{name}", self.tenant, self.word)
    }

    /// What it says, value by value.
    fn values(&self) -> Vec<Value> {
        let settings = self.settings();
        let templates = &settings.templates;
        match self.kind {
            TemplateKind::Extension => {
                let one = templates.extensions.get(&self.name).cloned().unwrap_or_default();
                export::of_extension_template(&one, settings)
            }
            TemplateKind::Account => {
                let one = templates.accounts.get(&self.name).cloned().unwrap_or_default();
                export::of_account_template(&one)
            }
            TemplateKind::Device => {
                let one = templates.devices.get(&self.name).cloned().unwrap_or_default();
                export::of_device_template(&one, settings)
            }
        }
    }

    /// What holds where it says nothing.
    fn defaults(&self) -> Vec<Value> {
        match self.kind {
            TemplateKind::Extension => export::of_extension_template(&Default::default(), self.settings()),
            TemplateKind::Account => export::of_account_template(&Default::default()),
            TemplateKind::Device => export::of_device_template(&Default::default(), self.settings()),
        }
    }

    fn page(
        &self,
        front: &Front,
        visitor: &Visitor,
        (status, fields): (StatusCode, Fields),
        note: Option<&str>,
    ) -> Response {
        let page =
            front.page(visitor, Nav::Settings, "template-title").titled(self.name.to_string()).noted(note);
        let rows = values::rows(visitor.words, self.defaults(), self.settings());
        let (tenant, kind, name) = (self.tenant.clone(), self.word, self.name.clone());
        write(status, &TemplatePage { page, tenant, kind, name, rows, fields })
    }
}

fn list(
    front: &Front,
    visitor: &Visitor,
    (tenant, office): (TenantId, Office),
    (status, fields): (StatusCode, Fields),
    note: Option<&str>,
) -> Response {
    let page = front.page(visitor, Nav::Settings, "templates-title").noted(note);
    let templates = &office.settings_of(&tenant).templates;
    let named = |kind: &'static str, names: Vec<&TemplateName>| -> Vec<(&'static str, String)> {
        names.into_iter().map(|name| (kind, name.to_string())).collect()
    };
    let rows = [
        named("extension", templates.extensions.keys().collect()),
        named("account", templates.accounts.keys().collect()),
        named("device", templates.devices.keys().collect()),
    ];
    write(status, &TemplatesPage { page, tenant, rows: rows.concat(), fields })
}
