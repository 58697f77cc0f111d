//! Whatever an owner can say, an export says it again, and applying it changes nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{
    AccountValues, AfterRestart, AutoLogout, DeviceValues, DeviceWish, EmergencyNumber, Forwards, IdleCalls,
    LoginPolicy, Plan, Profile, TemplateName, Templates, TenantId, TrustedNetwork, Weekdays,
};

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zà-ü0-9\"'\\\\#&<>=\\[\\]{}.-][ -~à-ü]{0,20}[a-z]"
}

fn dialled() -> impl Strategy<Value = Option<String>> {
    prop::option::of("\\+?[0-9*#]{1,12}")
}

fn language() -> impl Strategy<Value = Option<Language>> {
    prop::option::of(prop::sample::select(Language::ALL.to_vec()))
}

fn idle_calls() -> impl Strategy<Value = IdleCalls> {
    prop::sample::select(vec![IdleCalls::EmergencyOnly, IdleCalls::Internal, IdleCalls::All])
}

fn pin() -> impl Strategy<Value = Option<Secret>> {
    prop::option::of("[2468][1357]{3,8}0").prop_map(|pin| pin.map(Secret::new))
}

fn template(names: &[&str]) -> impl Strategy<Value = Option<TemplateName>> {
    let names: Vec<TemplateName> = names.iter().map(|name| name.parse().expect("a name")).collect();
    prop::option::of(prop::sample::select(names))
}

fn minutes() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(1..=43_200_u32)
}

fn extension_values() -> impl Strategy<Value = ExtensionValues> {
    let yes_no = || prop::option::of(any::<bool>());
    let calls = || prop::option::of(1..=99_u8);
    let switches = (yes_no(), yes_no(), yes_no(), yes_no());
    (switches, calls(), calls(), language(), dialled(), any::<bool>(), template(&["udp", "tcp"])).prop_map(
        |(switches, busy_level, max_calls, language, caller_id, by_trunk, account_template)| {
            ExtensionValues {
                hotdesk: switches.0,
                hotdesk_only: switches.1,
                phone_native: switches.2,
                pin_required: switches.3,
                busy_level,
                max_calls,
                language,
                caller_id,
                trunk: by_trunk.then(|| TRUNK.to_owned()),
                account_template,
            }
        },
    )
}

fn device_values() -> impl Strategy<Value = DeviceValues> {
    let yes_no = || prop::option::of(any::<bool>());
    let server = prop::option::of(prop::sample::select(vec!["192.0.2.7", "perch.example"]));
    let extra = prop::option::of("[a-z.]{1,9} = [ -~]{0,9}[!-~](\n[a-z.]{1,9} = [a-z\"\\\\]{1,9}){0,3}");
    (language(), prop::option::of(idle_calls()), template(&["udp", "tcp"]), server, yes_no(), extra).prop_map(
        |(language, idle_calls, account_template, server, hotdesk_key, extra)| DeviceValues {
            language,
            idle_calls,
            borrowable: None,
            account_template,
            server: server.map(|server| server.parse().expect("a name of the box")),
            hotdesk_key,
            extra,
        },
    )
}

/// The same names in each office, so that all can refer to them.
fn templates() -> impl Strategy<Value = Templates> {
    let names = |names: &[&str]| -> Vec<TemplateName> {
        names.iter().map(|name| name.parse().expect("a name")).collect()
    };
    let (extensions, accounts, devices) =
        (names(&["sales", "vendità"]), names(&["udp", "tcp"]), names(&["desk", "far-away"]));
    let account = (prop::option::of(30..=86_400_u32), prop::option::of(any::<bool>()))
        .prop_map(|(register_every, tcp)| AccountValues { register_every, tcp });
    (
        prop::collection::vec(extension_values(), 2),
        prop::collection::vec(account, 2),
        prop::collection::vec(device_values(), 2),
    )
        .prop_map(move |of| Templates {
            extensions: extensions.iter().cloned().zip(of.0).collect(),
            accounts: accounts.iter().cloned().zip(of.1).collect(),
            devices: devices.iter().cloned().zip(of.2).collect(),
        })
}

fn plan() -> impl Strategy<Value = Plan> {
    let switches = prop::collection::vec(any::<bool>(), 9).prop_map(|switches| {
        let mut plan = Plan::default();
        for (entry, on) in plan.entries.iter_mut().zip(switches) {
            entry.on = on;
        }
        plan
    });
    let profile = prop::sample::select(Profile::ALL.to_vec()).prop_map(Plan::profile);
    let few = (0..9_usize).prop_map(|count| {
        let mut plan = Plan::default();
        plan.entries.truncate(count);
        plan
    });
    prop_oneof![switches, profile, few]
}

fn auto_logout() -> impl Strategy<Value = AutoLogout> {
    let days = prop::sample::select(vec!["mon", "mon tue wed thu fri", "sat sun", ""]);
    let at = prop::option::of(prop::sample::select(vec!["20:00", "08:05"]));
    (minutes(), minutes(), at, days, minutes()).prop_map(|(after, idle, at, days, gone)| AutoLogout {
        after,
        idle,
        at: at.map(|at| at.parse().expect("a time")),
        days: days.parse::<Weekdays>().unwrap_or_default(),
        gone,
    })
}

fn networks() -> impl Strategy<Value = Vec<TrustedNetwork>> {
    let network = prop::sample::subsequence(vec!["192.0.2.0/24", "2001:db8::/64", "198.51.100.7/32"], 0..3);
    (network, prop::option::of(text())).prop_map(|(networks, description)| {
        let trusted = |network: &str| TrustedNetwork {
            network: network.parse().expect("a network"),
            description: description.clone().unwrap_or_default(),
        };
        networks.into_iter().map(trusted).collect()
    })
}

/// The settings of a tenant with a trunk, whose SIP domain and emergency extension are of this tenant.
fn settings(tenant: &'static str) -> impl Strategy<Value = OfficeSettings> {
    let zone = prop::sample::select(vec!["Europe/Rome", "Etc/UTC", "America/New_York"]);
    let policy = prop::sample::select(vec![LoginPolicy::Move, LoginPolicy::Refuse, LoginPolicy::Several]);
    let words = (text(), zone, policy, idle_calls(), language(), any::<bool>(), any::<bool>());
    let rest = (
        pin(),
        networks(),
        auto_logout(),
        1..=1_440_u16,
        templates(),
        plan(),
        1..u16::MAX,
        emergency_numbers(),
    );
    (words, rest).prop_map(move |(words, rest)| {
        let (name, zone, login_policy, idle_calls, language, ends, named) = words;
        let (company_pin, trusted_networks, auto_logout, lockout_minutes, templates, plan, port, numbers) =
            rest;
        let tenant: TenantId = tenant.parse().expect("a tenant");
        OfficeSettings {
            name,
            country: "IT".parse().ok(),
            emergency_numbers: numbers,
            language: language.unwrap_or_default(),
            timezone: zone.to_owned(),
            realm: match named {
                true => format!("sip.{tenant}.example"),
                false => OfficeSettings::default_realm(&tenant),
            },
            emergency_extension: named.then(|| of_tenant(&tenant, "200")),
            trunks: vec![Trunk::at(TRUNK, port)],
            login_policy,
            idle_calls,
            plan,
            company_pin,
            trusted_networks,
            auto_logout,
            after_restart: if ends { AfterRestart::End } else { AfterRestart::Keep },
            lockout_minutes,
            audit_days: lockout_minutes + 1,
            templates,
        }
    })
}

fn emergency_numbers() -> impl Strategy<Value = Option<Vec<EmergencyNumber>>> {
    let own = |numbers: &[&str]| numbers.iter().map(|number| number.parse().expect("a number")).collect();
    prop::sample::select(vec![None, Some(Vec::new()), Some(own(&["113", "911"]))])
}

const TRUNK: &str = "sip.example.com";

fn of_tenant(tenant: &TenantId, digits: &str) -> ExtensionNumber {
    ExtensionNumber::within(tenant, digits).expect("a number")
}

fn forwards() -> impl Strategy<Value = Forwards> {
    let seconds = prop::option::of(5..=300_u16);
    (dialled(), dialled(), dialled(), dialled(), seconds).prop_map(
        |(always, busy, unanswered, unreachable, ring_seconds)| Forwards {
            always: always.map(|number| format!("+{}", number.trim_start_matches('+'))),
            busy: busy.map(|number| format!("+{}", number.trim_start_matches('+'))),
            unanswered: unanswered.map(|number| format!("+{}", number.trim_start_matches('+'))),
            unreachable: unreachable.map(|number| format!("+{}", number.trim_start_matches('+'))),
            ring_seconds,
        },
    )
}

/// Extensions from 200 on of a tenant; `first_id` tells their IDs from those of others.
fn extensions(tenant: &'static str, first_id: u32) -> impl Strategy<Value = Vec<Extension>> {
    let key = (any::<bool>(), "[0-9*#]{1,12}", text());
    let pins = (pin(), pin(), any::<bool>());
    let keys = prop::collection::vec(key, 0..4);
    let one = (text(), template(&["sales", "vendità"]), extension_values(), pins, forwards(), keys);
    prop::collection::vec(one, 1..6).prop_map(move |ones| {
        let tenant: TenantId = tenant.parse().expect("a tenant");
        ones.into_iter()
            .zip(0_u32..)
            .map(|((name, template, own, (pin, hotdesk_pin, has_id), forwards, keys), index)| Extension {
                number: of_tenant(&tenant, &(200 + index).to_string()),
                name,
                template,
                own,
                pin,
                hotdesk_id: has_id.then(|| (first_id + index * 7).to_string().parse().expect("an ID")),
                hotdesk_pin,
                forwards,
                keys: keys
                    .into_iter()
                    .map(|(lamp, dialled, label)| match lamp {
                        true => KeyWish::Lamp { extension: of_tenant(&tenant, "200"), label },
                        false => KeyWish::Speed { number: dialled, label },
                    })
                    .collect(),
            })
            .collect()
    })
}

fn devices(tenant: &'static str, maker: u8) -> impl Strategy<Value = Vec<DeviceWish>> {
    let model = prop::sample::select(vec!["yealink-t46u", "snom-d785", "generic"]);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let password = prop::option::of("[ -~]{8,64}");
    let place = (prop::option::of(text()), dialled());
    let one = (switches, model, password, template(&["desk", "far-away"]), device_values(), place);
    prop::collection::vec(one, 0..5).prop_map(move |ones| {
        let tenant: TenantId = tenant.parse().expect("a tenant");
        ones.into_iter()
            .enumerate()
            .map(|(index, (switches, model, password, template, own, (location, emergency_caller)))| {
                let (has_mac, has_name, hotdesk, says_user, borrowable) = switches;
                let mut wish = DeviceWish {
                    mac: has_mac
                        .then(|| format!("80:5e:c0:{maker:02x}:00:{index:02x}").parse().expect("a MAC")),
                    name: (has_name || !has_mac)
                        .then(|| format!("{tenant}-{index}").parse().expect("a name")),
                    tenant: tenant.clone(),
                    mode: match hotdesk {
                        true => DeviceMode::HotDesk,
                        false => DeviceMode::Owned(of_tenant(&tenant, "200")),
                    },
                    template,
                    own: DeviceValues {
                        borrowable: borrowable.then_some(!hotdesk),
                        // Other makers read other lines.
                        extra: own.extra.filter(|_| model == "yealink-t46u"),
                        ..own
                    },
                    location: location.unwrap_or_default(),
                    emergency_caller,
                    ..DeviceWish::new(model.parse().expect("a model"))
                };
                if wish.is_by_hand() {
                    wish.sip_user =
                        says_user.then(|| format!("phone-{tenant}-{index}").parse().expect("a user name"));
                    wish.sip_password = password.map(Secret::new);
                }
                wish
            })
            .collect()
    })
}

/// A box with one tenant, or with two.
fn wish() -> impl Strategy<Value = OfficeWish> {
    let first = (settings("office"), extensions("office", 408_317), devices("office", 1));
    let second = (settings("acme"), extensions("acme", 618_403), devices("acme", 2));
    (first, prop::option::of(second)).prop_map(|((settings, mut extensions, mut devices), second)| {
        let mut others = BTreeMap::new();
        if let Some((settings, mine, phones)) = second {
            others.insert("acme".parse().expect("a tenant"), settings);
            extensions.extend(mine);
            devices.extend(phones);
        }
        OfficeWish { settings, others, extensions, devices }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_export_is_accepted_and_changes_nothing(wish in wish()) {
        let office = crate::config::test_office::office_of(&wish);
        for secrets in [Secrets::LeftOut, Secrets::Shown] {
            let diff = draft(&export(&office, secrets)).plan_against(&office, fresh(8));
            prop_assert_eq!(diff.changes, vec![]);
        }
        // On another box, the secrets make the same office of it, but for what is the box's own.
        let copy = self::office(&export(&office, Secrets::Shown));
        prop_assert_eq!(wish_of(&office), wish_of(&copy));
    }
}
