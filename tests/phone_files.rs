//! The files Perch writes for phones: as they are, and as phones understand them.
//!
//! `tests/golden` holds the files themselves, so that a change shows in review; `PERCH_BLESS=1` writes them anew. The rest
//! asks what a phone has made of its files in the end.

#[path = "support/phone_config.rs"]
mod phone_config;

use std::collections::BTreeSet;
use std::path::PathBuf;

use perch::model::*;
use perch::provision::{FileKind, FileRequest, identify, refresh_method, render, render_bootstrap};
use phone_config::{Key, KeyAction, Maker, PhoneConfig};
use proptest::prelude::*;

const MODELS: [&str; 5] = ["yealink-t46u", "yealink-t31p", "yealink-t57w", "snom-d785", "snom-d120"];
const BASE: &str = "http://192.0.2.1:8080/p/";

// ---- The files themselves

#[test]
fn the_files_of_every_model_are_the_reviewed_ones() {
    for model in MODELS.iter().chain(&["snom-d717", "yealink-t28p"]) {
        check_golden(&format!("{model}-idle"), &personal_file(&idle(model)));
        check_golden(&format!("{model}-logged-in"), &personal_file(&logged_in(model, many_keys())));
    }
    check_golden("yealink-t46u-owned", &personal_file(&owned("yealink-t46u")));
    check_golden("snom-d785-owned", &personal_file(&owned("snom-d785")));
}

#[test]
fn b10_the_files_of_phones_with_further_values_are_the_reviewed_ones_both_ways() {
    for model in ["yealink-t46u", "yealink-t38g", "snom-d785"] {
        check_golden(&format!("{model}-values-idle"), &personal_file(&with_values(idle(model))));
        let logged_in = logged_in(model, vec![lamp("201", "Bob"), speed("555", "Taxi")]);
        check_golden(&format!("{model}-values-logged-in"), &personal_file(&with_values(logged_in)));
    }
}

#[test]
fn the_files_beside_the_personal_one_are_the_reviewed_ones() {
    for (name, path) in [
        ("yealink-boot", "/805ec0112233.boot"),
        ("yealink-common", "/y000000000108.cfg"),
        ("yealink-contacts", "/805ec0112233-contact.xml"),
        ("snom-common", "/snomD785.htm"),
    ] {
        let model = if name.starts_with("snom") { "snom-d785" } else { "yealink-t46u" };
        let file = render(&idle(model), &request(path)).expect("a file of this name");
        check_golden(name, &file.body);
    }
    for (name, path) in [
        ("yealink-bootstrap-boot", "/805ec0112233.boot"),
        ("yealink-bootstrap", "/805ec0112233.cfg"),
        ("snom-bootstrap", "/000413aabbcc.xml"),
    ] {
        let file = render_bootstrap(&request(path), BASE).expect("a file of this name");
        check_golden(name, &file.body);
    }
}

#[test]
fn a_file_is_the_same_byte_for_byte_while_nothing_changed() {
    for model in MODELS {
        let request = personal_request(&idle(model));
        let first = render(&idle(model), &request).expect("a personal file");
        let again = render(&idle(model), &request).expect("a personal file");
        assert_eq!((&first.body, first.etag()), (&again.body, again.etag()));
        let other = render(&logged_in(model, Vec::new()), &request).expect("a personal file");
        assert_ne!(first.etag(), other.etag());
    }
}

#[test]
fn a_secret_shows_in_no_debug_print() {
    let file = render(&idle("snom-d785"), &request("/000413aabbcc.xml")).expect("a personal file");
    assert!(!format!("{file:?}").contains("idle-password"));
}

// ---- As the phone understands them

/// Promises: K20, C17.
#[test]
fn an_idle_phone_registers_as_itself_and_shows_its_screen_name() {
    for model in MODELS {
        let state = idle(model);
        let phone = fetched(&[&state]);
        let accounts = phone.accounts();
        assert_eq!(accounts.len(), 1, "{model}");
        let account = &accounts[0];
        assert_eq!(account.user, format!("hotdesk-{}", state.mac.bare()), "{model}");
        assert_eq!(
            (account.auth_name.as_str(), account.password.as_str()),
            ("d1-1", "idle-password"),
            "{model}"
        );
        assert_eq!(account.domain, "office.perch.local", "{model}");
        assert_eq!(account.proxy, ("192.0.2.1".to_owned(), 5060), "{model}");
        assert_eq!(phone.label().as_deref(), Some("HD0001"), "{model}");
        assert_eq!(
            phone.keys().iter().map(|key| key.action.clone()).collect::<Vec<_>>(),
            [KeyAction::Line],
            "{model}"
        );
    }
}

/// Promises: K13, C14, C18, B12.
#[test]
fn after_login_the_phone_shows_the_user_and_has_the_logout_key_first() {
    for model in MODELS {
        let phone = fetched(&[&idle(model), &logged_in(model, many_keys())]);
        assert_eq!(phone.accounts()[0].user, "hotdesk-100", "{model}");
        assert_eq!(phone.label().as_deref(), Some("100 Ada Rossi"), "{model}");
        let keys = phone.keys();
        assert_eq!(keys[0].action, KeyAction::Line, "{model}");
        let logout =
            Key { position: 2, action: KeyAction::Dial("*400".to_owned()), label: "Log out".to_owned() };
        assert_eq!(keys[1], logout, "{model}");
        if let Some(first) = keys.get(2) {
            assert_eq!(first.action, KeyAction::Watch("201".to_owned()), "{model}");
            assert_eq!(first.label, "Bob \"the\" <Builder>", "{model}");
        }
    }
}

/// Promises: B10.
#[test]
fn nothing_of_a_former_user_stays_on_the_phone() {
    for model in MODELS.iter().chain(&["snom-d999", "yealink-t99x", "yealink-t28p"]) {
        let many = logged_in(model, many_keys());
        let few = after_another_login(model);
        let mut phone = fetched(&[&idle(model), &many]);
        use_by_hand(&mut phone, model);

        fetch(&mut phone, &idle(model));
        assert_holds_nothing_of_ada(&phone, model);
        let idle_again = phone.everything();
        fetch(&mut phone, &few);
        assert_holds_nothing_of_ada(&phone, model);
        assert_eq!(phone.accounts()[0].user, "hotdesk-102", "{model}");

        // And the other way round: what is idle again is what was idle at first.
        fetch(&mut phone, &idle(model));
        assert_eq!(phone.everything(), idle_again, "{model}");
    }
}

/// Promises: B10.
#[test]
fn nothing_stays_either_on_a_phone_that_takes_the_boot_file() {
    for model in ["yealink-t46u", "yealink-t31p"] {
        let mut phone = PhoneConfig::factory(Maker::Yealink);
        for state in [idle(model), logged_in(model, many_keys()), idle(model)] {
            let boot = render(&state, &request("/805ec0112233.boot")).expect("a boot file");
            let list = phone.apply(&boot.body).expect("a boot file of the right form").fetch_next;
            assert_eq!(list, ["805ec0112233.cfg"]);
            fetch(&mut phone, &state);
        }
        assert_holds_nothing_of_ada(&phone, model);
    }
}

/// Promises: B10.
#[test]
fn a_key_that_a_users_keys_do_not_reach_is_cleared_explicitly() {
    // On the strictest reading a phone keeps what a file does not mention: every position must be in every file.
    let names = |state: &PhoneState| -> BTreeSet<String> {
        let text = String::from_utf8(personal_file(state)).expect("the file is text");
        match state.model.vendor() {
            Vendor::Yealink => text
                .lines()
                .filter_map(|line| line.split_once(" = "))
                .map(|(key, _)| key.to_owned())
                .collect(),
            _ => text
                .lines()
                .map(|line| line.split(['>', '=']).take(2).collect::<Vec<_>>().join("="))
                .map(|line| line.split(" label").next().unwrap_or_default().to_owned())
                .collect(),
        }
    };
    for model in MODELS {
        let idle = names(&idle(model));
        assert_eq!(idle, names(&logged_in(model, many_keys())), "{model}");
        assert_eq!(idle, names(&after_another_login(model)), "{model}");
    }
}

// ---- The phone's own hot-desk function

#[test]
fn i5_i6_i7_i8_i9_i11_the_key_of_the_phones_own_function_comes_with_the_file() {
    for model in ["yealink-t46u", "yealink-t31p", "yealink-t57w", "yealink-t38g"] {
        let phone = fetched(&[&with_key(idle(model))]);
        assert_eq!(
            phone.keys()[1],
            Key { position: 2, action: KeyAction::HotDesk, label: "Hot Desking".to_owned() },
            "{model}"
        );
        assert_eq!(phone.value("linekey.2.type"), Some("34"), "{model}");
        assert_eq!(phone.value("linekey.2.line"), Some("0"), "{model}");
        for blank in ["value", "pickup_value", "xml_phonebook"] {
            assert_eq!(phone.value(&format!("linekey.2.{blank}")), None, "{model}: {blank}");
        }
        assert_eq!(phone.value("hotdesking.dsskey_sip_server_enable"), Some("0"), "{model}");
        let form = phone.hotdesk_form();
        assert!(form.ends_with(&["username", "password"]), "{model}: {form:?}");
    }
}

#[test]
fn i4_a_phone_without_such_a_function_is_told_nothing_of_it() {
    for model in ["yealink-t28p", "yealink-t99x", "yealink-w70b", "snom-d785", "snom-d120"] {
        let wished = PhoneState { hotdesk_key: true, ..idle(model) };
        let (with, without) = (personal_file(&wished), personal_file(&idle(model)));
        assert!(with == without, "{model}");
        assert!(!String::from_utf8_lossy(&with).contains("hotdesking."), "{model}");
    }
}

#[test]
fn b10_i9_what_the_key_brought_is_gone_at_a_login_and_when_it_is_switched_off() {
    for model in ["yealink-t46u", "yealink-t31p", "yealink-t38g"] {
        let plain = fetched(&[&idle(model)]).everything();
        let mut phone = fetched(&[&with_key(idle(model)), &with_key(logged_in(model, many_keys()))]);
        assert!(phone.keys().iter().all(|key| key.action != KeyAction::HotDesk), "{model}");
        fetch(&mut phone, &with_key(idle(model)));
        assert_holds_nothing_of_ada(&phone, model);
        fetch(&mut phone, &idle(model));
        assert_eq!(phone.everything(), plain, "{model}");
    }
}

#[test]
fn the_next_file_makes_a_phone_that_was_used_by_its_own_function_a_hot_desk_again() {
    for model in ["yealink-t46u", "yealink-t31p", "yealink-t38g"] {
        let before = with_key(idle(model));
        let mut phone = fetched(&[&before]);
        phone.clears_accounts();
        phone.types_hotdesk_form("100", "4071");
        assert_eq!(phone.accounts()[0].user, "100", "{model}");

        // A phone does nothing with a file that it has already: the box must give it another.
        let after = PhoneState {
            generation: Generation(2),
            auth_name: AuthName::generated(DeviceId(1), Generation(2)),
            password: Secret::new("another idle one"),
            ..before.clone()
        };
        assert_ne!(personal_file(&before), personal_file(&after), "{model}");
        fetch(&mut phone, &after);
        assert_eq!(phone.everything(), fetched(&[&after]).everything(), "{model}");
        assert_eq!(phone.accounts()[0].user, format!("hotdesk-{}", before.mac.bare()), "{model}");
    }
}

#[test]
fn i10_i12_the_guide_says_how_to_set_the_key_by_hand_and_names_the_interval() {
    let guide = include_str!("../docs/phones.md");
    for word in ["Hot Desking", "*Dsskey*", "Server Expires", "Login Expire", "500"] {
        assert!(guide.contains(word), "{word}");
    }
}

// ---- Values of templates

#[test]
fn k24_f15_c8_account_and_server_follow_the_phones_values() {
    for model in MODELS {
        let account = fetched(&[&with_values(idle(model))]).accounts().remove(0);
        assert_eq!(account.proxy, ("pbx.example.com".to_owned(), 5060), "{model}");
        assert!(account.tcp, "{model}");
        assert_eq!(account.register_every, 120, "{model}");
        let plain = fetched(&[&with_values(idle(model)), &idle(model)]).accounts().remove(0);
        assert_eq!((plain.tcp, plain.register_every), (false, 600), "{model}");
    }
}

#[test]
fn lines_of_the_owners_own_win_idle_and_logged_in_alike() {
    for (model, name) in [("yealink-t46u", "phone_setting.backgrounds"), ("snom-d785", "ringer")] {
        let mut phone = fetched(&[&with_values(idle(model))]);
        let idle_at_first = phone.everything();
        assert!(phone.value(name).is_some(), "{model}");
        fetch(&mut phone, &with_values(logged_in(model, many_keys())));
        assert!(phone.value(name).is_some(), "{model}");
        fetch(&mut phone, &with_values(idle(model)));
        assert_eq!(phone.everything(), idle_at_first, "{model}");
    }
    // They come last, so that they win over what Perch writes.
    let mut state = idle("yealink-t46u");
    state.extra = "features.save_call_history = 1".to_owned();
    assert_eq!(fetched(&[&state]).value("features.save_call_history"), Some("1"));
    let mut state = idle("snom-d785");
    state.extra =
        "<admin_mode perm=\"\">on</admin_mode>\n<fkey idx=\"3\" label=\"Door\">speed 9</fkey>".to_owned();
    let phone = fetched(&[&state]);
    assert_eq!(phone.value("admin_mode"), Some("on"));
    assert!(phone.keys().iter().any(|key| key.position == 4 && key.label == "Door"));
}

#[test]
fn lines_that_do_not_have_the_form_of_a_file_are_left_out_all_together() {
    for (model, extra) in [
        ("yealink-t46u", "ok = 1\ninclude:config \"http://elsewhere/x.cfg\""),
        ("yealink-t46u", "<ringer>Ringer2</ringer>"),
        ("snom-d785", "<ok>1</ok>\n</phone-settings>"),
        ("snom-d785", "account.1.enable = 0"),
    ] {
        let wild = PhoneState { extra: extra.to_owned(), ..idle(model) };
        assert!(personal_file(&wild) == personal_file(&idle(model)), "{extra}");
    }
}

#[test]
fn a_phone_that_was_lent_keeps_nothing_of_the_borrower() {
    for model in ["yealink-t46u", "snom-d785"] {
        let lent = PhoneState { is_shared: true, ..owned(model) };
        let mut phone = fetched(&[&lent]);
        let at_first = phone.everything();
        fetch(&mut phone, &logged_in(model, many_keys()));
        use_by_hand(&mut phone, model);
        fetch(&mut phone, &lent);
        assert_eq!(phone.everything(), at_first, "{model}");
        assert_eq!(phone.accounts()[0].user, "101", "{model}");
    }
}

/// Promises: K28, B3.
#[test]
fn no_phone_is_restarted_by_its_files_or_their_notify() {
    for model in MODELS {
        let phone = fetched(&[&idle(model)]);
        assert!(!phone.restarts_for_notify(), "{model}");
        let method = refresh_method(&idle(model).model).expect("a provisioned model");
        assert_eq!(method.event, "check-sync;reboot=false");
    }
}

#[test]
fn an_accepted_phone_keeps_to_its_secret_address() {
    for model in MODELS {
        let state = idle(model);
        let phone = fetched(&[&state]);
        let url = phone.personal_url(&state.mac.bare()).expect("an address");
        assert!(url.starts_with(&state.provisioning_url), "{url}");
        let next = identify(url.rsplit('/').next().unwrap_or_default(), None).expect("a name the box knows");
        assert_eq!((next.kind, next.mac), (FileKind::Personal, Some(state.mac)));
        assert!(!phone.announces_itself(), "{model}");
        assert_eq!(phone.asks_every(), Some(3600), "{model}");
    }
}

#[test]
fn a_phone_that_waits_has_no_account_no_secret_and_asks_every_minute() {
    for (maker, path) in [(Maker::Yealink, "/805ec0112233.cfg"), (Maker::Snom, "/000413aabbcc.xml")] {
        let mut phone = PhoneConfig::factory(maker);
        let file = render_bootstrap(&request(path), BASE).expect("a bootstrap file");
        phone.apply(&file.body).expect("a file of the right form");
        assert!(phone.accounts().is_empty());
        assert!(!phone.restarts_for_notify());
        assert_eq!(phone.asks_every(), Some(60));
        assert!(phone.provisioning_url().is_some_and(|url| url.starts_with(BASE)));
        let text = String::from_utf8(file.body).expect("the file is text");
        assert!(!text.contains("password") && !text.contains("user_"), "{text}");
    }
}

#[test]
fn a_phone_that_waits_keeps_the_accounts_it_has_elsewhere() {
    let mut yealink = PhoneConfig::factory(Maker::Yealink);
    yealink.set_by_hand("account.1.enable", "1");
    yealink.set_by_hand("account.1.user_name", "elsewhere");
    for path in ["/805ec0112233.boot", "/y000000000108.cfg", "/805ec0112233.cfg"] {
        let file = render_bootstrap(&request(path), BASE).expect("a bootstrap file");
        yealink.apply(&file.body).expect("a file of the right form");
    }
    assert_eq!(yealink.accounts()[0].user, "elsewhere");
}

#[test]
fn another_phones_file_is_never_rendered() {
    let state = idle("yealink-t46u");
    for path in ["/805ec0999999.cfg", "/000413aabbcc.xml", "/snomD785.htm"] {
        assert_eq!(render(&state, &request(path)), None, "{path}");
    }
    assert_eq!(render(&state, &request("/805ec0112233-local.cfg")), None);
}

#[test]
fn a_phone_speaks_the_language_and_keeps_the_time_of_its_office() {
    let mut state = idle("yealink-t46u");
    state.language = Language::It;
    let phone = fetched(&[&state]);
    assert_eq!(phone.value("lang.gui"), Some("Italian"));
    assert_eq!(phone.value("local_time.time_zone_name"), Some("Italy(Rome)"));
    assert_eq!(phone.value("voice.tone.country"), Some("Italy"));
    assert_eq!(phone.value("phone_setting.emergency.number"), Some("112,113"));

    let mut state = logged_in("snom-d785", Vec::new());
    state.language = Language::It;
    let phone = fetched(&[&state]);
    assert_eq!(phone.value("language"), Some("Italiano"));
    assert_eq!(phone.value("timezone"), Some("ITA+1"));
    assert_eq!(phone.value("keyboard_lock_emergency"), Some("112 113"));
    assert_eq!(phone.keys()[1].label, "Esci");
}

#[test]
fn a_phone_of_an_office_in_each_language_is_told_it_by_its_makers_name() {
    for (language, yealink, snom, logout) in [
        (Language::En, "English", "English", "Log out"),
        (Language::It, "Italian", "Italiano", "Esci"),
        (Language::De, "German", "Deutsch", "Abmelden"),
        (Language::Fr, "French", "Français", "Quitter"),
        (Language::Es, "Spanish", "Español", "Salir"),
    ] {
        let mut state = logged_in("yealink-t46u", Vec::new());
        state.language = language;
        let phone = fetched(&[&state]);
        assert_eq!(phone.value("lang.gui"), Some(yealink));
        assert_eq!(phone.value("lang.wui"), Some(yealink));
        assert_eq!(phone.keys()[1].label, logout);

        let mut state = logged_in("snom-d785", Vec::new());
        state.language = language;
        let phone = fetched(&[&state]);
        assert_eq!(phone.value("language"), Some(snom));
        assert_eq!(phone.value("web_language"), Some(snom));
        assert_eq!(phone.keys()[1].label, logout);
    }
}

#[test]
fn a_box_with_an_ipv6_address_is_named_in_each_makers_form() {
    for model in ["yealink-t46u", "snom-d785"] {
        let mut state = idle(model);
        state.server = ("2001:db8::1".parse().expect("a server"), 5070);
        assert_eq!(fetched(&[&state]).accounts()[0].proxy, ("2001:db8::1".to_owned(), 5070), "{model}");
    }
}

// ---- The models that are promised by name

/// Snom's `D3x5`, `3xx`, `7xx` and `8xx` are written out.
const SNOM_BY_NAME: &str =
    "D305 D315 D325 D335 D345 D375 D385 D745 D765 D725 D715 D710 300 320 360 370 710 720 760 820 821 870";
const YEALINK_BY_NAME: &str = "T19P T20P T21P T22P T26P T28P T32G T38G VP530 T19P-E2 T21P-E2 T23P T23G T27P T29G T40P T41P T42G T46G \
    T48G VP-T49G";

/// What each of these says of itself when it asks for its file.
fn promised_by_name() -> Vec<(String, String)> {
    let snom = SNOM_BY_NAME.split_whitespace().map(|name| {
        let agent = format!("Mozilla/4.0 (compatible; snom{name}-SIP 8.9.3.40 1.1.3-u)");
        (format!("snom-{}", name.to_lowercase()), agent)
    });
    let yealink = YEALINK_BY_NAME.split_whitespace().map(|name| {
        let agent = match name {
            "VP530" => "VP530P 23.70.0.40".to_owned(),
            "VP-T49G" => "Yealink SIP VP-T49G 51.80.0.75".to_owned(),
            _ => format!("Yealink SIP-{} 44.80.0.1", name.replace('-', "_")),
        };
        (format!("yealink-{}", name.to_lowercase()), agent)
    });
    snom.chain(yealink).collect()
}

#[test]
fn k27_each_model_that_is_named_is_known_by_its_name_and_by_its_own_words_and_follows_its_user() {
    for (model, agent) in promised_by_name() {
        let path = match maker_of(&model) {
            Maker::Yealink => "/805ec0112233.cfg",
            Maker::Snom => "/000413aabbcc.xml",
        };
        let asked = identify(path, Some(&agent)).expect("a phone of ours");
        let heard = asked.model.expect("its words name it");
        assert!(heard.as_str().starts_with(&model), "{agent} is taken for {heard}, not for {model}");

        let mut phone = fetched(&[&idle(&model)]);
        assert_eq!(phone.accounts()[0].user, format!("hotdesk-{}", mac_of(&model).bare()), "{model}");
        assert_eq!(phone.label().as_deref(), Some("HD0001"), "{model}");
        fetch(&mut phone, &logged_in(&model, many_keys()));
        assert_eq!(phone.accounts().len(), 1, "{model}");
        assert_eq!(phone.accounts()[0].user, "hotdesk-100", "{model}");
        assert_eq!(phone.label().as_deref(), Some("100 Ada Rossi"), "{model}");
        // What has keys has the one that logs out.
        let keys = perch::provision::models::room_of(&idle(&model).model).keys;
        let logout = KeyAction::Dial("*400".to_owned());
        assert_eq!(phone.keys().iter().any(|key| key.action == logout), keys > 0, "{model}");
        assert!(phone.keys().len() <= keys.max(1), "{model}");
        use_by_hand(&mut phone, &model);
        fetch(&mut phone, &idle(&model));
        assert_holds_nothing_of_ada(&phone, &model);
        assert!(!phone.restarts_for_notify(), "{model}");
    }
}

#[test]
fn c7_a_phone_of_another_maker_is_neither_taken_by_its_name_nor_given_a_file() {
    for model in ["grandstream-grp2612w", "gigaset-p850", "cisco-8841", "t46u", ""] {
        assert!(model.parse::<ModelName>().is_err(), "{model:?} is taken for a model");
    }
    for agent in
        ["Grandstream GRP2612W 1.0.5.67", "Mozilla/4.0 (compatible; GigasetP850-SIP 10.1.33.33 000413AABBCC)"]
    {
        assert!(identify("/000413aabbcc.xml", Some(agent)).is_err(), "{agent}");
    }
}

// ---- No text whatever breaks a file

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_whatever_breaks_a_files_structure(
        model in prop::sample::select(MODELS.to_vec()),
        screen in nasty(), name in nasty(), label in nasty(), number in nasty(), realm in nasty(), password in nasty(),
        url in nasty(), zone in nasty(), emergency in nasty(), code in nasty(),
    ) {
        let calm = logged_in(model, vec![lamp("201", "Bob"), speed("1", "x")]);
        let mut wild = calm.clone();
        wild.screen = screen;
        wild.display_name = name;
        wild.realm = realm;
        wild.password = Secret::new(password.clone());
        wild.admin_password = Secret::new(password);
        wild.provisioning_url = url;
        wild.timezone = zone;
        wild.emergency_numbers = vec![emergency];
        wild.keys = vec![lamp("201", &label), speed(&format!("1{number}"), &label)];
        wild.logout_code = Some(format!("*{code}"));

        let (calm, wild) = (personal_file(&calm), personal_file(&wild));
        let mut phone = PhoneConfig::factory(maker_of(model));
        let understood = phone.apply(&wild);
        prop_assert!(understood.is_ok(), "{understood:?}");
        prop_assert_eq!(skeleton(model, &calm), skeleton(model, &wild));
        prop_assert_eq!(phone.accounts().len(), 1);
        prop_assert_eq!(&phone.accounts()[0].user, "hotdesk-100");
    }

    #[test]
    fn no_line_of_the_owners_own_breaks_a_file(model in prop::sample::select(MODELS.to_vec()), extra in nasty()) {
        let wild = PhoneState { extra, ..idle(model) };
        let understood = PhoneConfig::factory(maker_of(model)).apply(&personal_file(&wild));
        prop_assert!(understood.as_ref().is_ok_and(|applied| applied.fetch_next.is_empty()), "{understood:?}");
    }

    #[test]
    fn a_name_arrives_at_the_phone_as_it_was_written(
        model in prop::sample::select(MODELS.to_vec()),
        name in r#"[A-Za-z0-9&<>"'=#%;:,àéß漢]{1,20}( [A-Za-z&<>"'=#%]{1,20})?"#,
    ) {
        prop_assume!(!name.eq_ignore_ascii_case("%null%") && !name.eq_ignore_ascii_case("%empty%"));
        let mut state = idle(model);
        state.display_name.clone_from(&name);
        // But for the sign that would end the quoted name in a From that a phone writes.
        prop_assert_eq!(&fetched(&[&state]).accounts()[0].display_name, &name.replace('"', "'"));
    }
}

#[test]
fn a_user_called_like_a_clearing_word_clears_nothing() {
    let mut state = logged_in("yealink-t46u", Vec::new());
    state.display_name = "%NULL%".to_owned();
    assert_eq!(fetched(&[&state]).accounts()[0].display_name, "NULL");
}

/// Texts made of what files are made of.
fn nasty() -> impl Strategy<Value = String> {
    let bits = vec![
        "\n",
        "\r\n",
        "\t",
        "=",
        "#",
        "%NULL%",
        "%EMPTY%",
        "%",
        "\"",
        "'",
        "&",
        "&amp;",
        "<",
        ">",
        "</settings>",
        "]]>",
        "<!--",
        "account.1.enable = 0",
        "include:config \"x\"",
        "overwrite_mode = 1",
        " ",
        "\u{0}",
        "\u{1b}",
        "\u{2028}",
        "\u{feff}",
        "\u{ffff}",
        "|",
        ";",
        "é",
        "漢",
        "🦜",
        "a",
        "1",
    ];
    prop_oneof![
        prop::collection::vec(prop::sample::select(bits), 0..8).prop_map(|bits| bits.concat()),
        any::<String>(),
    ]
}

/// The names of all settings of a file in their order, without the values.
fn skeleton(model: &str, file: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(file).expect("the file is text");
    match maker_of(model) {
        Maker::Yealink => {
            text.lines().map(|line| line.split(" = ").next().unwrap_or_default().to_owned()).collect()
        }
        Maker::Snom => roxmltree::Document::parse(text)
            .expect("the file is XML")
            .descendants()
            .filter(|node| node.is_element())
            // A zone the phone has no code for is told by its offset, in two elements more.
            .filter(|node| !["utc_offset", "dst"].contains(&node.tag_name().name()))
            .map(|node| format!("{} {:?}", node.tag_name().name(), node.attribute("idx")))
            .collect(),
    }
}

// ---- Helpers

fn maker_of(model: &str) -> Maker {
    if model.starts_with("snom") { Maker::Snom } else { Maker::Yealink }
}

fn request(path: &str) -> FileRequest {
    identify(path, None).expect("a name the box knows")
}

fn personal_request(state: &PhoneState) -> FileRequest {
    FileRequest { vendor: state.model.vendor(), mac: Some(state.mac), kind: FileKind::Personal, model: None }
}

fn personal_file(state: &PhoneState) -> Vec<u8> {
    render(state, &personal_request(state)).expect("every provisioned phone has a personal file").body
}

/// A phone that fetched its file in each of these states, one after the other.
fn fetched(states: &[&PhoneState]) -> PhoneConfig {
    let mut phone = PhoneConfig::factory(maker_of(states[0].model.as_str()));
    for state in states {
        fetch(&mut phone, state);
    }
    phone
}

fn fetch(phone: &mut PhoneConfig, state: &PhoneState) {
    phone.apply(&personal_file(state)).expect("the file has its maker's form");
    let contacts = FileRequest { kind: FileKind::Contacts, ..personal_request(state) };
    if let Some(file) = render(state, &contacts) {
        assert!(String::from_utf8_lossy(&file.body).contains("<root_contact/>"));
    }
}

fn mac_of(model: &str) -> Mac {
    match maker_of(model) {
        Maker::Yealink => Mac([0x80, 0x5e, 0xc0, 0x11, 0x22, 0x33]),
        Maker::Snom => Mac([0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc]),
    }
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("an extension number")
}

fn idle(model: &str) -> PhoneState {
    let mac = mac_of(model);
    PhoneState {
        device: DeviceId(1),
        mac,
        model: model.parse().expect("a model name"),
        generation: Generation(1),
        screen: "HD0001".to_owned(),
        display_name: "Rossi & Figli".to_owned(),
        account: AccountName::idle(mac),
        auth_name: AuthName::generated(DeviceId(1), Generation(1)),
        password: Secret::new("idle-password"),
        realm: "office.perch.local".to_owned(),
        server: (ServerName::Address([192, 0, 2, 1].into()), 5060),
        tcp: false,
        register_every: 600,
        provisioning_url: format!("{BASE}0123456789abcdef0123456789abcdef/"),
        admin_password: Secret::new("admin-password"),
        language: Language::En,
        country: "IT".parse().ok(),
        timezone: "Europe/Rome".to_owned(),
        emergency_numbers: vec!["112".to_owned(), "113".to_owned()],
        is_shared: true,
        keys: Vec::new(),
        logout_code: None,
        hotdesk_key: false,
        extra: String::new(),
    }
}

fn logged_in(model: &str, keys: Vec<KeyWish>) -> PhoneState {
    PhoneState {
        generation: Generation(2),
        screen: "100".to_owned(),
        display_name: "Ada Rossi".to_owned(),
        account: AccountName::login(&number("100")),
        auth_name: AuthName::generated(DeviceId(1), Generation(2)),
        password: Secret::new("ada-password"),
        keys,
        logout_code: Some("*400".to_owned()),
        ..idle(model)
    }
}

fn after_another_login(model: &str) -> PhoneState {
    PhoneState {
        generation: Generation(4),
        screen: "102".to_owned(),
        display_name: "Carla".to_owned(),
        account: AccountName::login(&number("102")),
        auth_name: AuthName::generated(DeviceId(1), Generation(4)),
        password: Secret::new("carla-password"),
        keys: vec![speed("555", "Taxi")],
        logout_code: Some("*400".to_owned()),
        ..idle(model)
    }
}

fn owned(model: &str) -> PhoneState {
    PhoneState {
        screen: "101".to_owned(),
        display_name: "Reception".to_owned(),
        account: AccountName::owned(&number("101")),
        is_shared: false,
        keys: vec![lamp("100", "Ada")],
        ..idle(model)
    }
}

fn with_key(state: PhoneState) -> PhoneState {
    PhoneState { hotdesk_key: true, register_every: 500, ..state }
}

/// A phone behind a VPN, with a template that says more than Perch does by itself.
fn with_values(state: PhoneState) -> PhoneState {
    let extra = match state.model.vendor() {
        Vendor::Snom => "<ringer perm=\"\">Ringer2</ringer>",
        _ => "phone_setting.backgrounds = Config:office.png",
    };
    PhoneState {
        server: ("pbx.example.com".parse().expect("a server"), 5060),
        tcp: true,
        register_every: 120,
        language: Language::It,
        hotdesk_key: true,
        extra: extra.to_owned(),
        ..state
    }
}

fn lamp(extension: &str, label: &str) -> KeyWish {
    KeyWish::Lamp { extension: number(extension), label: label.to_owned() }
}

fn speed(number: &str, label: &str) -> KeyWish {
    KeyWish::Speed { number: number.to_owned(), label: label.to_owned() }
}

/// More keys than any phone has room for.
fn many_keys() -> Vec<KeyWish> {
    let mut keys = vec![lamp("201", "Bob \"the\" <Builder>"), speed("+39 055 0199", "Ada's home & garden")];
    keys.extend((202..300).map(|n| lamp(&n.to_string(), &format!("Ada's friend {n}"))));
    keys
}

/// What Ada does with the phone by hand while she is there.
fn use_by_hand(phone: &mut PhoneConfig, model: &str) {
    match maker_of(model) {
        Maker::Yealink => {
            phone.set_by_hand("forward.always.enable", "1");
            phone.set_by_hand("forward.always.target", "ada-mobile");
            phone.set_by_hand("account.1.always_fwd.target", "ada-mobile");
            phone.set_by_hand("voice_mail.number.1", "ada-mailbox");
            if perch::provision::models::room_of(&idle(model).model).accounts > 1 {
                phone.set_by_hand("account.2.user_name", "ada-second-account");
            }
            phone.set_by_hand("programablekey.2.value", "ada-mobile");
            if perch::provision::models::room_of(&idle(model).model).modules.0 > 0 {
                phone.set_by_hand("expansion_module.1.key.5.value", "ada-mobile");
            }
        }
        Maker::Snom => {
            phone.set_by_hand("fwd_all_target[1]", "ada-mobile");
            phone.set_by_hand("user_mailbox[1]", "ada-mailbox");
            phone.set_by_hand("user_name[2]", "ada-second-account");
            phone.add_contact_by_hand("ada-mother");
            if model == "snom-d785" {
                phone.set_key_by_hand(24, "ada-mobile", "speed 1");
            }
        }
    }
}

fn assert_holds_nothing_of_ada(phone: &PhoneConfig, model: &str) {
    for (place, text) in phone.everything() {
        let traces = ["ada", "Ada", "hotdesk-100", "d1-2", "+39", "Bob", "friend"];
        for trace in traces {
            assert!(!text.contains(trace), "{model}: {place} still says {text:?}");
        }
        // The numbers of Ada's lamps.
        let is_lamp =
            text.parse::<u32>().is_ok_and(|number| (201..300).contains(&number) && place.contains("key"));
        assert!(!is_lamp, "{model}: {place} still says {text:?}");
    }
}

fn check_golden(name: &str, file: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    if std::env::var_os("PERCH_BLESS").is_some() {
        std::fs::write(&path, file).expect("the golden file can be written");
    }
    let golden = std::fs::read(&path).unwrap_or_default();
    let differs =
        golden.split(|b| *b == b'\n').zip(file.split(|b| *b == b'\n')).find(|(old, new)| old != new);
    assert!(
        golden == file,
        "{name} differs from {}, first in {:?}; if that is meant, run with PERCH_BLESS=1 and review the change",
        path.display(),
        differs.map(|(old, new)| (String::from_utf8_lossy(old), String::from_utf8_lossy(new)))
    );
}
