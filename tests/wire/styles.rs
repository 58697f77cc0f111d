//! The five styles of HOTDESK part 2, each from a phone's first boot to the logout, against the real binary.
//!
//! A simulated phone on real sockets boots, fetches its file and is logged in at as its style has it. Then its plug is
//! pulled and a real client takes its place with the account that the file says: it registers, calls and is called. At the
//! end somebody logs out, and the desk can call nobody but for help.

mod office;

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use perch::media::Prompt;
use serde_json::json;

use crate::client::{Account, Phone};
use crate::clients::Line;
use crate::desk_phone::{DeskPhone, free_address};
use crate::phone::config::KeyAction;
use crate::phone::{Ending, Kind, SimPhone};
use office::{Office, Program, account_by_hand, by_hand, registered};

const PIN: &str = "4071";

const KITCHEN: &str = "[[device]]\nmac = \"80:5e:c0:0d:e0:01\"\nmodel = \"yealink-t46u\"\nhotdesk = true\n";
const HALL: &str = "[[device]]\nmac = \"00:04:13:0d:e0:02\"\nmodel = \"snom-d785\"\nhotdesk = true\n";

fn kitchen() -> DeskPhone {
    DeskPhone::new(Kind::T46U, "80:5e:c0:0d:e0:01")
}

fn hall() -> DeskPhone {
    DeskPhone::new(Kind::D785, "00:04:13:0d:e0:02")
}

const NO: Prompt = Prompt::OnlyEmergencyAndLogin;

/// Promises: K1, K5, K9, K10, K11, K12, K13, K14, K15, K16, K20, K26, C2, B2.
#[test]
fn in_the_style_of_kalliope_ada_calls_her_own_number_keys_her_pin_and_baresip_is_her_phone() {
    if !Program::Baresip.is_there() {
        return;
    }
    let mut office = Office::opens("kalliope", ["", "", &format!("{KITCHEN}{HALL}")]);
    let (kitchen, hall) = (kitchen(), hall());
    for desk in [&kitchen, &hall] {
        desk.boots(&office.real);
        office.has_idle_desk(desk);
    }
    kitchen.dials("100");
    kitchen.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    kitchen.is_told(Prompt::LoggedIn);
    office.is_adas(&kitchen, "own-extension");

    kitchen.goes_dark();
    office.is_played_by(Program::Baresip, &Line::in_file(&kitchen.account()));
    kitchen.comes_back("hotdesk-100");

    // At another desk, without the hash: five seconds after the last digit she is there, and the first desk lets go.
    hall.dials("100");
    hall.answers_voice(Prompt::EnterPin, PIN);
    let keyed = Instant::now();
    hall.is_told(Prompt::LoggedIn);
    assert!(keyed.elapsed() >= Duration::from_secs(5), "{:?}", keyed.elapsed());
    office.is_adas(&hall, "own-extension");
    office.has_idle_desk(&kitchen);

    hall.dials("*400");
    hall.is_told(Prompt::LoggedOut);
    office.has_idle_desk(&hall);
    // The reception may not log in, and what is a code of other styles is none here.
    office.calls_only_for_help(&hall, &[("101", Prompt::NotAllowed), ("*77*100*", NO), ("*072", NO)]);
    kitchen.is_content();
    hall.is_content();
}

/// Promises: F1, F11, F13, K26, C2, B2.
#[test]
fn in_the_style_of_fusionpbx_ada_says_who_she_is_and_linphone_is_her_phone() {
    if !Program::Linphone.is_there() {
        return;
    }
    let of_ada = "hotdesk_id = \"408317\"";
    let mut office = Office::opens("fusionpbx", ["", of_ada, &format!("{KITCHEN}{HALL}")]);
    let (kitchen, hall) = (kitchen(), hall());
    for desk in [&kitchen, &hall] {
        desk.boots(&office.real);
        office.has_idle_desk(desk);
    }
    kitchen.dials("*072");
    kitchen.answers_voice(Prompt::EnterId, "408317#");
    kitchen.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    kitchen.is_told(Prompt::LoggedIn);
    office.is_adas(&kitchen, "prompts");

    kitchen.goes_dark();
    office.is_played_by(Program::Linphone, &Line::in_file(&kitchen.account()));
    kitchen.comes_back("hotdesk-100");

    // From any phone.
    hall.dials("*073");
    hall.answers_voice(Prompt::EnterId, "408317#");
    hall.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    hall.is_told(Prompt::LoggedOutThere);
    office.has_idle_desk(&kitchen);
    office.calls_only_for_help(&kitchen, &[("101", NO), ("100", NO), ("*77*100*", NO)]);
    kitchen.is_content();
    hall.is_content();
}

/// Promises: I3, I5, I7, I8, I9, I13, I20, I21, I23, C2, rule9.
#[test]
fn in_the_style_of_infinity_the_phones_own_key_logs_in_and_so_does_any_phone_of_sipps() {
    if !Program::Sipp.is_there() {
        return;
    }
    let kitchen = kitchen();
    let trusted = format!(
        "trusted_networks = [{{ network = \"{}/32\", description = \"The kitchen\" }}, \
         {{ network = \"127.0.0.1/32\", description = \"Phones of sipp's\" }}]",
        kitchen.address
    );
    let with_key = format!("{KITCHEN}hotdesk_key = true\n");
    let mut office = Office::opens("infinity", [&trusted, "phone_native = true", &with_key]);
    kitchen.boots(&office.real);
    office.has_idle_desk(&kitchen);
    let keys = kitchen.keys_on_display();
    let key = keys.iter().find(|key| key.action == KeyAction::HotDesk).expect("the key");
    assert_eq!(key.label, "Hot Desking");
    let at = key.position;
    let value = |name: String| kitchen.does(move |phone, _| phone.config()?.value(&name).map(str::to_owned));
    assert_eq!(value(format!("linekey.{at}.type")).as_deref(), Some("34"));
    assert_eq!(value(format!("linekey.{at}.line")).as_deref(), Some("0"));
    assert_eq!(value("hotdesking.dsskey_sip_server_enable".to_owned()).as_deref(), Some("0"));

    // The key and its form; the same key again.
    kitchen.does(SimPhone::presses_hotdesk_key);
    kitchen.waits("let go", |phone| phone.registered_as().is_empty());
    kitchen.does(|phone, now| phone.fills_hotdesk_form("100", PIN, now));
    kitchen.registers("100");
    let login = office.real.device(&kitchen.mac)["login"].clone();
    assert_eq!((&login["extension"], &login["method"]), (&json!("100"), &json!("phone-native")));
    kitchen.dials("101");
    let (reception, mut dialog) = office.reception_is_called_by_ada();
    reception.hang_up(&mut dialog);
    kitchen.ends(Ending::HungUpThere);
    kitchen.does(SimPhone::presses_hotdesk_key);
    office.has_idle_desk(&kitchen);
    assert_eq!(office.real.device(&kitchen.mac)["stranded"], false);

    // Any other phone: extension and PIN, and for the rest what the kitchen's file says.
    let file = Line::in_file(&kitchen.account());
    let native = Line { user: "100".into(), auth_name: "100".into(), password: PIN.into(), ..file };
    office.is_played_by(Program::Sipp, &native);
    let journal = office.real.api("audit?extension=100&limit=2");
    let [out, came] = [0, 1].map(|n| &journal[n]);
    assert_eq!((&out["what"], &out["reason"]), (&json!("logged-out"), &json!("phone-native")), "{out}");
    assert_eq!((&came["what"], &came["method"]), (&json!("logged-in"), &json!("phone-native")), "{came}");

    // From an address that is not trusted the same is refused.
    let socket = UdpSocket::bind((free_address(), 0)).expect("a free port");
    let account = Account { number: "100".into(), user: "100".into(), password: PIN.into() };
    let mut stranger = Phone::at(socket, office.real.sip, account);
    let contact = stranger.contact();
    assert_eq!(stranger.register_as(&[&contact], Some("300")).status(), 401);

    office.calls_only_for_help(&kitchen, &[("101", NO), ("100", NO), ("*77*100*", NO)]);
    kitchen.is_content();
}

/// Promises: C2, C10, C12, C13, C14, C15, C17, C18, C19, K26, B2.
#[test]
fn in_the_style_of_3cx_a_new_phone_is_let_in_ada_dials_the_code_and_baresip_is_her_phone() {
    if !Program::Baresip.is_there() {
        return;
    }
    let mut office = Office::opens("3cx", ["", "", ""]);
    let kitchen = kitchen();
    kitchen.boots(&office.real);
    kitchen.waits("fetched", |phone| phone.fetches() > 0);
    let device = office.real.device(&kitchen.mac);
    assert_eq!((&device["admission"], &device["model"]), (&json!("waiting"), &json!("yealink-t46u")));
    let id = device["id"].as_str().expect("an id");
    let (status, said) = office.real.asks(&format!("devices/{id}/accept"), &json!({ "mode": "hot-desk" }));
    assert_eq!(status, 200, "{said}");
    office.has_idle_desk(&kitchen);

    kitchen.dials("*77*100*");
    kitchen.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    kitchen.is_told(Prompt::LoggedIn);
    office.is_adas(&kitchen, "code");

    kitchen.goes_dark();
    office.is_played_by(Program::Baresip, &Line::in_file(&kitchen.account()));
    kitchen.comes_back("hotdesk-100");

    // The first key beside the line.
    let keys = kitchen.keys_on_display();
    let first = keys.iter().find(|key| key.action != KeyAction::Line).expect("a key");
    assert_eq!(first.action, KeyAction::Dial("*77*5*".to_owned()));
    kitchen.does(SimPhone::presses_logout_key);
    kitchen.is_told(Prompt::LoggedOut);
    office.has_idle_desk(&kitchen);

    // Both codes without the last star.
    kitchen.dials("*77*100");
    kitchen.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    kitchen.is_told(Prompt::LoggedIn);
    office.is_adas(&kitchen, "code");
    kitchen.dials("*77*5");
    kitchen.is_told(Prompt::LoggedOut);
    office.has_idle_desk(&kitchen);
    office.calls_only_for_help(&kitchen, &[("101", NO), ("100", NO), ("*11", NO)]);
    kitchen.is_content();
}

/// Promises: P1, P2, P3, P9, P10, P11, P12, P13, P14, P15, K26, C2.
#[test]
fn in_the_style_of_kazoo_no_file_is_written_ada_keys_who_she_is_and_sipp_is_her_phone() {
    if !Program::Sipp.is_there() {
        return;
    }
    let devices = by_hand("Lobby", "hotdesk = true", "Lobby") + &by_hand("Ada", "extension = \"100\"", "100");
    let mut office = Office::opens("kazoo", ["", "", &devices]);
    let mut own = registered(&office.real, "100");
    let lobby = DeskPhone::new(Kind::ByHand, "02:00:00:00:00:01");
    let account = account_by_hand(&office.real, "Lobby");
    let line = Line::in_file(&account);
    lobby.does(move |phone, now| {
        phone.types_account(account);
        phone.power_on(now);
    });
    lobby.registers("Lobby");

    lobby.dials("*11");
    lobby.answers_voice(Prompt::EnterId, "100#");
    lobby.answers_voice(Prompt::EnterPin, &format!("{PIN}#"));
    lobby.is_told(Prompt::LoggedIn);
    let device = office.real.device("Lobby");
    let facts = ["stage", "late", "provisioned"].map(|name| device[name].clone());
    assert_eq!(facts, [json!("routing"), json!(false), json!(false)], "{device}");
    assert_eq!(device["login"]["extension"], "100");

    // Both ring, and one is answered.
    let invite = office.reception.invite(office.reception.invite_draft("100"));
    let at_own = own.expect("INVITE");
    own.reply(&at_own, 180);
    lobby.waits("ringing", |phone| phone.is_ringing() == Some(("101".to_owned(), "Reception".to_owned())));
    lobby.does(SimPhone::answers);
    let ok = office.reception.final_of(&invite);
    assert_eq!(ok.status(), 200, "{ok:?}");
    let mut dialog = office.reception.acknowledge(&invite, &ok, None);
    let cancel = own.expect("CANCEL");
    own.reply(&cancel, 200);
    own.reply(&at_own, 487);
    office.reception.hang_up(&mut dialog);
    lobby.ends(Ending::HungUpThere);

    // Her own phone is switched off, and what is called now is the lobby alone.
    lobby.dials("*13");
    lobby.is_told(Prompt::PhonesOff);
    lobby.goes_dark();
    office.is_played_by(Program::Sipp, &line);
    assert!(!own.has_seen(|message| message.method() == "INVITE"), "it was switched off");
    lobby.comes_back("Lobby");

    lobby.dials("*12");
    lobby.is_told(Prompt::LoggedOut);
    office.calls_only_for_help(&lobby, &[("101", NO), ("100", NO), ("*400", NO)]);
    assert_eq!(lobby.told("NOTIFY check-sync"), 0, "nothing was to be fetched");
    assert_eq!(lobby.does(|phone, _| phone.registered_as()), ["Lobby"]);
    lobby.is_content();
}
