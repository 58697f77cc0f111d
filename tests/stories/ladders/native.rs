//! The phone's own hot-desk function and the interval of registrations (rules 6 and 9).

use perch::model::{AccountValues, DeviceValues};
use perch::sip::Message;

use crate::native::office_with_key;
use crate::phone::config::Account;
use crate::phone::{Kind, OnNotify, Quirks, SimPhone};
use crate::sim_box::{ADDRESS, SIP_PORT};
use crate::wire::Rung;

/// The seconds a registration asks for or is granted.
fn lifetime(rung: &Rung) -> Option<String> {
    let message = Message::parse(&rung.bytes).ok()?;
    let granted = || {
        let contact = message.header("Contact").filter(|_| message.status() == Some(200))?;
        Some(contact.split(";expires=").nth(1)?.split(';').next()?.to_owned())
    };
    message.header("Expires").map(str::to_owned).or_else(granted).map(|seconds| format!("{seconds} s"))
}

/// The key clears the phone's accounts; number and PIN, typed in, register it: that is the login. The key again takes the
/// registration back: that is the logout, and the box tells the phone, where it was seen last, to become a hot desk again.
/// Promises: rule9, I19, I21, I23.
#[test]
fn a_phone_logs_in_by_registering_and_out_by_letting_go() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.looks_away();
    office.presses_key_and_types("kitchen", "100", "4071");
    office.saw(
        "
        kitchen -> box      REGISTER hotdesk-805ec0000003 off
        box     -> kitchen  200 REGISTER
        kitchen -> box      REGISTER 100
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER 100
        box     -> kitchen  200 REGISTER
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE 100
        kitchen -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> kitchen  ACK
    ",
    );
    office.dials("kitchen", "bob");
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> kitchen  180
        kitchen -> box      CANCEL
        box     -> kitchen  200 CANCEL
        box     -> kitchen  487
        box     -> lab      CANCEL
        kitchen -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.is_let_go("kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen -> box      REGISTER 100 off
        box     -> kitchen  200 REGISTER
        kitchen is told to fetch
        kitchen fetches its file
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  200 REGISTER
    ",
    );
}

/// Who logs in elsewhere leaves the native phone without its registration: the box writes to where it was seen last, and answers
/// each refresh 403, until the form is filled in again, which is a new registration and moves the login back.
/// Promises: rule9, K5.
#[test]
fn a_phone_that_lost_its_login_is_refused_until_it_registers_afresh() {
    let mut office = office_with_key(&["ada", "hall:snom", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.forgives("which is no contact of this phone");
    office.looks_away();
    office.logs_in("ada", "hall");
    office.waits(430);
    office.saw_with_pauses(
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        after 1 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        box     -> hall     says logged_in
        after 3 s
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-100 instead of hotdesk-000413000002
        after 34 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 52 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 92 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 190 s
        kitchen -> box      REGISTER 100
        box     -> kitchen  403 REGISTER
        after 31 s
        kitchen -> box      REGISTER 100
        box     -> kitchen  403 REGISTER
        after 31 s
        kitchen -> box      REGISTER 100
        box     -> kitchen  403 REGISTER
    ",
    );
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Says(200));
    office.presses_key_and_types("kitchen", "100", "4071");
    office.waits(2);
    office.saw(
        "
        kitchen -> box      REGISTER 100
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER 100
        box     -> kitchen  200 REGISTER
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-000413000002 instead of hotdesk-100
    ",
    );
}

/// A phone of which nobody has told the box asks for an hour, is granted 500 seconds, rings, and is logged out when it has not
/// come back by then.
/// Promises: rule9, rule6, I11.
#[test]
fn a_phone_nobody_has_announced_is_granted_500_seconds_and_its_end_is_the_logout() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    let mut visitor =
        SimPhone::new(Kind::ByHand, "00:15:65:00:00:63", [10, 0, 0, 99].into(), Quirks::default(), 7);
    let word = || "100".to_owned();
    visitor.types_account(Account {
        number: 1,
        label: word(),
        display_name: word(),
        user: word(),
        auth_name: word(),
        password: "4071".to_owned(),
        domain: "office.perch.local".to_owned(),
        proxy: (ADDRESS.to_string(), SIP_PORT),
        register_every: 3600,
        tcp: false,
    });
    office.wire.plugs_in("visitor", visitor);
    office.looks_away();
    office.wire.at("visitor", SimPhone::power_on);
    office.waits(1);
    office.saw_with(
        lifetime,
        "
        visitor -> box      REGISTER 100 3600 s
        box     -> visitor  401 REGISTER
        visitor -> box      REGISTER 100 3600 s
        box     -> visitor  200 REGISTER 500 s
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> visitor  INVITE 100
        visitor -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> visitor  CANCEL
        lab     -> box      ACK
        visitor -> box      200 CANCEL
        visitor -> box      487
        box     -> visitor  ACK
    ",
    );
    office.wire.at("visitor", |phone, _| phone.power_off());
    office.waits(520);
    office.looks_away();
    office.dials("bob", "ada");
    office.saw(
        "
        lab dials 100
        box     -> lab      480
        lab     -> box      ACK
    ",
    );
}

/// 500 seconds by the phone's own function, what the template says for the phones behind it, and ten minutes elsewhere.
/// Promises: rule6, I11, F15.
#[test]
fn registrations_last_as_the_template_says_and_500_seconds_by_the_phones_own_function() {
    let mut office = office_with_key(&["ada", "kitchen:yealink", "hall:snom"]);
    office.looks_away();
    office.logs_in("ada", "hall");
    office.waits(2);
    office.saw_with(
        lifetime,
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall    -> box      REGISTER hotdesk-000413000003 off 0 s
        hall    -> box      REGISTER hotdesk-100 600 s
        box     -> hall     200 REGISTER
        box     -> hall     401 REGISTER
        hall    -> box      REGISTER hotdesk-100 600 s
        box     -> hall     200 REGISTER 600 s
    ",
    );
    office.logs_out("hall", "*400");
    office.waits(2);
    office.looks_away();

    office.presses_key_and_types("kitchen", "100", "4071");
    office.saw_with(
        lifetime,
        "
        kitchen -> box      REGISTER hotdesk-805ec0000002 off 0 s
        box     -> kitchen  200 REGISTER
        kitchen -> box      REGISTER 100 500 s
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER 100 500 s
        box     -> kitchen  200 REGISTER 500 s
    ",
    );
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.is_let_go("kitchen");
    office.waits(2);
    office.looks_away();

    office.owner_changes(|wish| {
        let name = |name: &str| name.parse().expect("a template's name");
        let templates = &mut wish.settings.templates;
        templates.accounts.insert(name("often"), AccountValues { register_every: Some(120), tcp: None });
        let often = DeviceValues { account_template: Some(name("often")), ..DeviceValues::default() };
        templates.devices.insert(name("often"), often);
    });
    office.owner_changes_phone("hall", |hall| hall.template = "often".parse().ok());
    office.waits(10);
    office.looks_away();
    office.logs_in("ada", "hall");
    office.waits(2);
    office.saw_with(
        lifetime,
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall    -> box      REGISTER hotdesk-000413000003 off 0 s
        hall    -> box      REGISTER hotdesk-100 120 s
        box     -> hall     200 REGISTER
        box     -> hall     401 REGISTER
        hall    -> box      REGISTER hotdesk-100 120 s
        box     -> hall     200 REGISTER 120 s
    ",
    );
}
