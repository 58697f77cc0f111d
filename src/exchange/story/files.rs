//! What a phone's file says: put together from the phone, who uses it, and the tenants and templates of both.
//!
//! Who uses the phone is read off the credentials that the file brings, not off the logins: file and account change
//! together. A phone that somebody uses by its own hot-desk function (rule 9) has kept its credentials, so its file stays
//! the same byte for byte, and the phone does not fetch itself out of that login.
//!
//! The place a phone stands in (time zone, tones, emergency numbers) is its own tenant's; realm, logout code and account
//! are those of whoever uses it. Not here: the file's form (`provision`), and how the phone is told (`desks`).

use std::collections::BTreeMap;

use crate::exchange::dialplan::{self, emergency};
use crate::exchange::directory::Speaker;
use crate::exchange::{Exchange, registrar};
use crate::model::{
    AccountPurpose, AccountValues, Device, DeviceId, DeviceMode, DeviceValues, Extension, OfficeSettings,
    PhoneState, Secret, ServerName, TemplateName,
};

/// How often phones register where no template says it, in seconds.
const REGISTER_EVERY: u32 = 600;

/// The same for phones with a key for their own hot-desk function (rule 6).
const REGISTER_EVERY_WITH_KEY: u32 = 500;

/// How seldom such phones may register at most (I11): whoever walks away is noticed by it.
const SELDOMEST_WITH_KEY: u32 = 600;

impl Exchange {
    /// What the phone must be told now; nothing where it is set up by hand, or not let in yet.
    pub(in crate::exchange) fn state_of(&self, device: &Device) -> Option<PhoneState> {
        let credential = device.current().filter(|_| device.is_provisioned())?;
        let user = self.user_of_file(device);
        let values = self.directory.office().values_of_device(device);
        let place = self.tenant(&device.tenant);
        let home = self.tenant(Speaker { device, credential }.tenant());
        let is_login = matches!(credential.purpose, AccountPurpose::Login(_));
        let hotdesk_key =
            values.hotdesk_key == Some(true) && (self.settings.facts)(&device.model).has_hotdesk_key;
        let account = account_values((user, home), &values, place);
        Some(PhoneState {
            device: device.id,
            mac: device.mac?,
            model: device.model.clone(),
            generation: device.generation(),
            screen: match (user, device.screen_name) {
                (Some(extension), _) => extension.number.digits().to_owned(),
                (None, Some(name)) => name.to_string(),
                (None, None) => device.title(),
            },
            display_name: user.map_or_else(|| place.name.clone(), |extension| extension.name.clone()),
            account: credential.account.clone(),
            auth_name: credential.auth_name.clone(),
            password: credential.password.clone(),
            realm: home.realm.clone(),
            server: (self.server_of(device, &values), self.settings.sip_port),
            tcp: account.tcp.unwrap_or(false),
            register_every: register_every(&account, hotdesk_key),
            provisioning_url: self.url_of(device, &values)?,
            admin_password: device.admin_password.clone()?,
            language: user
                .and_then(|extension| home.values_of(extension).language)
                .or(values.language)
                .unwrap_or(home.language),
            country: place.country,
            timezone: place.timezone.clone(),
            emergency_numbers: emergency::numbers(place).into_iter().map(str::to_owned).collect(),
            is_shared: is_shared(device, &values),
            keys: user.map(|extension| extension.keys.clone()).unwrap_or_default(),
            logout_code: dialplan::logout_code(&home.plan).filter(|_| is_login).map(str::to_owned),
            hotdesk_key,
            extra: values.extra.unwrap_or_default(),
        })
    }

    /// What every phone must be told that was let in, to be compared with what it must be told later. By which address it
    /// came in is left out: that is no news of an edit.
    pub(in crate::exchange) fn phone_states(&self) -> BTreeMap<DeviceId, PhoneState> {
        let let_in = self.directory.office().devices.values().filter(|device| device.admission.is_let_in());
        let placeless = let_in.map(|device| Device { local_address: None, ..device.clone() });
        placeless.filter_map(|device| Some((device.id, self.state_of(&device)?))).collect()
    }

    /// The provisioning URL of a device, with its secret.
    pub(in crate::exchange) fn provisioning_url(&self, device: &Device) -> Option<Secret> {
        let is_given = device.is_provisioned() && device.admission.is_let_in();
        let values = self.directory.office().values_of_device(device);
        self.url_of(device, &values).filter(|_| is_given).map(Secret::new)
    }

    /// Who uses the phone once it has its file.
    fn user_of_file(&self, device: &Device) -> Option<&Extension> {
        match &device.current()?.purpose {
            AccountPurpose::Idle => None,
            AccountPurpose::Login(number) | AccountPurpose::Owned(number) => self.directory.extension(number),
        }
    }

    /// Where the phone finds the box: what its values say (C8), else the address it came in by.
    fn server_of(&self, device: &Device, values: &DeviceValues) -> ServerName {
        let local = self.settings.lan.or(device.local_address).unwrap_or(self.settings.main_address);
        values.server.clone().unwrap_or(ServerName::Address(local))
    }

    fn url_of(&self, device: &Device, values: &DeviceValues) -> Option<String> {
        let secret = device.url_secret.as_ref()?;
        let host = self.server_of(device, values).in_uri();
        Some(format!("http://{host}:{}/p/{}/", self.settings.web_port, secret.expose()))
    }
}

/// The values of the account: by the template of whoever uses the phone (K22, K25), and where that says nothing, by the
/// device's (K24).
fn account_values(
    (user, home): (Option<&Extension>, &OfficeSettings),
    device: &DeviceValues,
    place: &OfficeSettings,
) -> AccountValues {
    let named = |settings: &OfficeSettings, name: Option<&TemplateName>| {
        name.and_then(|name| settings.templates.accounts.get(name)).cloned().unwrap_or_default()
    };
    let of_device = named(place, device.account_template.as_ref());
    let Some(user) = user else { return of_device };
    named(home, home.values_of(user).account_template.as_ref()).over(&of_device)
}

/// How often the phone registers: as the template says, within what the registrar grants.
fn register_every(account: &AccountValues, hotdesk_key: bool) -> u32 {
    let (usual, seldomest) = match hotdesk_key {
        true => (REGISTER_EVERY_WITH_KEY, SELDOMEST_WITH_KEY),
        false => (REGISTER_EVERY, registrar::LONGEST),
    };
    account.register_every.unwrap_or(usual).clamp(registrar::SHORTEST, seldomest)
}

/// Whether several people use the phone. One that somebody owns is the owner's alone, unless others may borrow it (B7), or
/// somebody has been logged in there and the phone has not come for its file since: nothing of that login may stay.
fn is_shared(device: &Device, values: &DeviceValues) -> bool {
    let is_owned = matches!(device.mode, DeviceMode::Owned(_));
    let was_lent = || device.credentials.iter().any(|one| matches!(one.purpose, AccountPurpose::Login(_)));
    !is_owned || values.borrowable == Some(true) || was_lent()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Instant;

    use super::*;
    use crate::exchange::{ChallengeForm, ModelFacts, Settings};
    use crate::model::*;

    const DESK: DeviceId = DeviceId(1);

    fn number(text: &str) -> ExtensionNumber {
        text.parse().expect("a number")
    }

    fn named(text: &str) -> TemplateName {
        text.parse().expect("a template's name")
    }

    /// An Italian office with Ada, a German one with Bruno, and a desk of the first.
    fn office() -> Office {
        let mut office = Office::default();
        office.settings.plan = Plan::default();
        office.settings.name = "Rossi".to_owned();
        office.settings.country = "IT".parse().ok();
        office.settings.language = Language::It;
        office.settings.timezone = "Europe/Rome".to_owned();
        let mut acme = OfficeSettings {
            name: "Acme".to_owned(),
            country: "GB".parse().ok(),
            timezone: "Europe/London".to_owned(),
            realm: "acme.perch.local".to_owned(),
            ..OfficeSettings::default()
        };
        acme.plan.entries.retain(|entry| entry.feature != Feature::Logout || entry.code == "*12");
        office.others.insert("acme".parse().expect("a tenant"), acme);
        for (at, name) in [("100", "Ada Rossi"), ("101", "Bob Bianchi"), ("100@acme", "Bruno Ash")] {
            office.extensions.insert(number(at), Extension::roaming(number(at), name));
        }
        let mac = Mac([0x80, 0x5e, 0xc0, 0x11, 0x22, 0x33]);
        let mut desk = Device::new(DESK, Some(mac), "yealink-t46u".parse().expect("a model"));
        desk.mode = DeviceMode::HotDesk;
        desk.screen_name = Some(ScreenName(1));
        desk.admission = DeviceAdmission::Accepted;
        desk.local_address = Some(IpAddr::from([192, 0, 2, 1]));
        desk.url_secret = Some(Secret::new("0123456789abcdef0123456789abcdef"));
        desk.admin_password = Some(Secret::new("admin"));
        desk.renew(AccountPurpose::Idle, Secret::new("idle"));
        office.devices.insert(DESK, desk);
        office
    }

    fn desk(office: &mut Office) -> &mut Device {
        office.devices.get_mut(&DESK).expect("the desk is there")
    }

    fn extension<'a>(office: &'a mut Office, at: &str) -> &'a mut Extension {
        office.extensions.get_mut(&number(at)).expect("the extension is there")
    }

    /// Gives the desk credentials for this user.
    fn serves(office: &mut Office, user: &str) {
        let password = Secret::new(format!("for {user}"));
        desk(office).renew(AccountPurpose::Login(number(user)), password);
    }

    fn exchange(office: &Office) -> Exchange {
        let settings = Settings {
            lan: None,
            sip_address: IpAddr::from([192, 0, 2, 1]),
            main_address: IpAddr::from([192, 0, 2, 1]),
            sip_port: 5060,
            web_port: 8080,
            facts: |_| ModelFacts { refresh: None, has_hotdesk_key: true },
            challenge: |_| ChallengeForm::Sha256First,
        };
        let snapshot = Snapshot { office: office.clone(), ..Snapshot::default() };
        Exchange::new(settings, snapshot, [7; 32], Now { mono: Instant::now(), wall: None })
    }

    fn state(office: &Office) -> PhoneState {
        exchange(office).state_of(&office.devices[&DESK]).expect("a phone whose file the box writes")
    }

    #[test]
    fn c17_c18_an_idle_phone_shows_its_screen_name_and_after_a_login_the_users_number() {
        let mut office = office();
        let idle = state(&office);
        assert_eq!((idle.screen.as_str(), idle.display_name.as_str()), ("HD0001", "Rossi"));
        assert_eq!((idle.account.as_str(), idle.logout_code), ("hotdesk-805ec0112233", None));
        serves(&mut office, "100");
        let used = state(&office);
        assert_eq!((used.screen.as_str(), used.display_name.as_str()), ("100", "Ada Rossi"));
        assert_eq!((used.account.as_str(), used.logout_code.as_deref()), ("hotdesk-100", Some("*400")));
    }

    #[test]
    fn k22_k23_k24_k25_rule6_the_account_follows_the_users_template_and_idle_the_devices() {
        let mut office = office();
        let account = |state: PhoneState| (state.register_every, state.tcp);
        assert_eq!(account(state(&office)), (600, false));

        let accounts = &mut office.settings.templates.accounts;
        accounts.insert(named("desks"), AccountValues { register_every: Some(300), tcp: Some(true) });
        accounts.insert(named("sales"), AccountValues { register_every: Some(120), tcp: None });
        accounts.insert(named("own"), AccountValues { register_every: Some(90), tcp: Some(false) });
        let sales = ExtensionValues { account_template: Some(named("sales")), ..ExtensionValues::default() };
        office.settings.templates.extensions.insert(named("sales"), sales);
        desk(&mut office).own.account_template = Some(named("desks"));
        assert_eq!(account(state(&office)), (300, true));
        serves(&mut office, "100");
        assert_eq!(account(state(&office)), (300, true), "a user who says nothing");
        extension(&mut office, "100").template = Some(named("sales"));
        assert_eq!(account(state(&office)), (120, true), "from the extension's template");
        extension(&mut office, "100").own.account_template = Some(named("own"));
        assert_eq!(account(state(&office)), (90, false), "overridden on the extension");
    }

    #[test]
    fn i11_rule6_a_phone_with_its_own_hot_desk_key_registers_every_500_seconds_and_ten_minutes_at_the_least()
    {
        let mut office = office();
        let values = DeviceValues { hotdesk_key: Some(true), ..DeviceValues::default() };
        office.settings.templates.devices.insert(named("keys"), values);
        desk(&mut office).template = Some(named("keys"));
        let told = state(&office);
        assert!(told.hotdesk_key);
        assert_eq!(told.register_every, 500);

        let seldom = AccountValues { register_every: Some(3600), tcp: None };
        office.settings.templates.accounts.insert(named("seldom"), seldom);
        desk(&mut office).own.account_template = Some(named("seldom"));
        assert_eq!(state(&office).register_every, 600);
        desk(&mut office).own.hotdesk_key = Some(false);
        let told = state(&office);
        assert_eq!((told.hotdesk_key, told.register_every), (false, 3600));
    }

    #[test]
    fn the_language_is_the_users_then_the_devices_then_the_offices() {
        let mut office = office();
        assert_eq!(state(&office).language, Language::It);
        desk(&mut office).own.language = Some(Language::En);
        assert_eq!(state(&office).language, Language::En);
        serves(&mut office, "100");
        extension(&mut office, "100").own.language = Some(Language::It);
        assert_eq!(state(&office).language, Language::It);
    }

    #[test]
    fn c8_a_phone_elsewhere_gets_the_name_by_which_it_reaches_the_box() {
        let mut office = office();
        let told = state(&office);
        assert_eq!((told.server.0.to_string().as_str(), told.server.1), ("192.0.2.1", 5060));
        for (server, url) in
            [("pbx.example.com", "http://pbx.example.com:8080/p/"), ("fd00::1", "http://[fd00::1]:8080/p/")]
        {
            desk(&mut office).own.server = server.parse().ok();
            let told = state(&office);
            assert_eq!(told.server.0.to_string(), server);
            assert!(told.provisioning_url.starts_with(url), "{}", told.provisioning_url);
            let shown = exchange(&office).provisioning_url(&office.devices[&DESK]).expect("it is let in");
            assert_eq!(shown.expose(), told.provisioning_url);
        }
    }

    #[test]
    fn a_guest_of_another_tenant_brings_realm_and_codes_and_leaves_the_place_as_it_is() {
        let mut office = office();
        serves(&mut office, "100@acme");
        let told = state(&office);
        assert_eq!((told.screen.as_str(), told.display_name.as_str()), ("100", "Bruno Ash"));
        assert_eq!((told.realm.as_str(), told.logout_code.as_deref()), ("acme.perch.local", Some("*12")));
        assert_eq!((told.timezone.as_str(), told.country), ("Europe/Rome", "IT".parse().ok()));
        assert!(told.emergency_numbers.contains(&"118".to_owned()), "{:?}", told.emergency_numbers);
        serves(&mut office, "100");
        assert_eq!(state(&office).realm, "office.perch.local");
    }

    #[test]
    fn a_borrowed_phone_is_the_borrowers_and_then_the_owners_again() {
        let mut office = office();
        let owner = AccountPurpose::Owned(number("101"));
        desk(&mut office).mode = DeviceMode::Owned(number("101"));
        desk(&mut office).credentials.clear();
        desk(&mut office).renew(owner.clone(), Secret::new("owner"));
        extension(&mut office, "101").keys =
            vec![KeyWish::Speed { number: "7".into(), label: "Owner's".into() }];
        extension(&mut office, "100").keys =
            vec![KeyWish::Speed { number: "8".into(), label: "Guest's".into() }];
        let owners = state(&office);
        assert!(!owners.is_shared && owners.logout_code.is_none());
        desk(&mut office).own.borrowable = Some(true);
        assert!(state(&office).is_shared);

        serves(&mut office, "100");
        let lent = state(&office);
        assert_eq!((lent.screen.as_str(), lent.account.as_str()), ("100", "hotdesk-100"));
        assert_eq!(lent.keys, office.extensions[&number("100")].keys);
        assert_eq!(lent.logout_code.as_deref(), Some("*400"));

        // Even if it may not be borrowed any more: what the borrower left goes with the first file.
        desk(&mut office).own.borrowable = None;
        desk(&mut office).renew(owner, Secret::new("owner again"));
        let back = state(&office);
        assert_eq!((back.screen.as_str(), back.account.as_str()), ("101", "101"));
        assert_eq!((back.keys, back.logout_code), (owners.keys, None));
        assert!(back.is_shared);
        desk(&mut office).credentials.drain(..2);
        assert!(!state(&office).is_shared);
    }

    #[test]
    fn a_login_by_the_phones_own_function_changes_nothing_in_its_file() {
        let office = office();
        let before = state(&office);
        let mut exchange = exchange(&office);
        let now = Now { mono: Instant::now(), wall: None };
        exchange
            .hotdesk
            .login(&number("100"), DESK, LoginMethod::PhoneNative, LoginPolicy::Move, now)
            .expect("nobody is there");
        assert_eq!(exchange.state_of(&office.devices[&DESK]), Some(before));
    }
}
