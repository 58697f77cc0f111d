//! Secrets (rule 4): which PIN is asked for, and who is let in at a phone of another tenant.

use perch::model::{OfficeSettings, Secret, TenantId, Trunk};

use crate::office::Office;
use crate::outside::{TRUNKS, with_trunks};

/// An extension that wants no PIN is let in at once, though the office has a company PIN. Everybody else is asked for that one,
/// and no longer for the own.
/// Promises: rule4, F9, P8.
#[test]
fn no_pin_goes_before_the_company_pin_and_that_before_the_own() {
    let mut office = Office::with(&["ada", "bob", "kitchen:yealink", "hall:snom"]);
    office.owner_changes(|wish| wish.settings.company_pin = Some(Secret::new("3519")));
    office.owner_changes_user("ada", |ada| ada.own.pin_required = Some(false));
    office.looks_away();
    office.dials("kitchen", "100");
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
    office.dials_and_keys("hall", "101", &["5182", "3519"]);
    office.is_let_in("bob", "hall");
    office.waits(2);
    office.saw(
        "
        hall dials 101
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says wrong_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-101 instead of hotdesk-000413000004
    ",
    );
}

/// Acme's phone, and a guest of the first tenant with an ID: her calls go out by her trunk, her colleagues are reached by their
/// numbers, calls for help leave by Acme's trunk, and Acme's logout code works at Acme's phone.
/// Promises: rule4, F2, F6.
#[test]
fn a_guest_of_another_tenant_calls_by_her_own_trunk_and_for_help_by_the_desks() {
    let mut office = guest_at_acme();
    office.dials("hall", "*77*100*");
    office.waits(8);
    office.saw(
        "
        hall dials *77*100*
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says unknown_extension
        box     -> hall     BYE
        hall    -> box      200 BYE
    ",
    );
    office.dials_and_keys("hall", "*072", &["408317", "4071"]);
    office.is_let_in("ada", "hall");
    office.waits(2);
    office.saw(
        "
        hall dials *072
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_id
        hall    -> box      keys *******
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-100 instead of hotdesk-000413000003
    ",
    );
    office.dials("hall", "0612345678");
    office.answers("first");
    office.hangs_up("hall");
    office.dials("hall", "bob");
    office.hangs_up("hall");
    office.saw(
        "
        hall dials 0612345678
        box     -> first    INVITE 0612345678
        first   -> box      180
        box     -> hall     180
        first   -> box      200
        box     -> hall     200
        hall    -> box      ACK
        box     -> first    ACK
        hall    -> box      BYE
        box     -> hall     200 BYE
        box     -> first    BYE
        first   -> box      200 BYE
        hall dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> hall     180
        hall    -> box      CANCEL
        box     -> hall     200 CANCEL
        box     -> hall     487
        box     -> lab      CANCEL
        hall    -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );
    office.dials("hall", "112");
    office.answers("second");
    office.hangs_up("hall");
    office.saw(
        "
        hall    -> box      INVITE 112
        box     -> second   INVITE 112
        second  -> box      180
        box     -> hall     180
        second  -> box      200
        box     -> hall     200
        hall    -> box      ACK
        box     -> second   ACK
        hall    -> box      BYE
        box     -> hall     200 BYE
        box     -> second   BYE
        second  -> box      200 BYE
    ",
    );
    office.logs_out("hall", "*9");
    office.waits(2);
    office.saw(
        "
        hall dials *9
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says logged_out
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-000413000003 instead of hotdesk-100
    ",
    );
}

/// The same by dialling the ID alone; and out by the code of the guest's own tenant.
/// Promises: rule4, F2.
#[test]
fn a_guest_dials_the_id_and_logs_out_by_the_code_of_the_own_tenant() {
    let mut office = guest_at_acme();
    office.dials_and_keys("hall", "408317", &["4071"]);
    office.is_let_in("ada", "hall");
    office.waits(2);
    office.saw(
        "
        hall dials 408317
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-100 instead of hotdesk-000413000003
    ",
    );
    office.logs_out("hall", "*400");
    office.waits(2);
    office.saw(
        "
        hall dials *400
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says logged_out
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-000413000003 instead of hotdesk-100
    ",
    );
}

fn guest_at_acme() -> Office {
    let first = TRUNKS.split("\n[[trunk]]").nth(1).map(|one| format!("[[trunk]]{one}")).unwrap_or_default();
    let mut office = with_trunks(&["ada", "bob@lab", "hall:snom"], "", &first);
    let acme: TenantId = "acme".parse().expect("a tenant");
    office.owner_changes(|wish| {
        let mut trunk: Trunk = wish.settings.trunks[0].clone();
        trunk.name = "second".to_owned();
        trunk.host = "10.0.0.201".to_owned();
        trunk.inbound.clear();
        let mut settings = OfficeSettings {
            name: "Acme".to_owned(),
            realm: "acme.perch.local".to_owned(),
            country: wish.settings.country,
            trunks: vec![trunk],
            ..OfficeSettings::default()
        };
        let logout = |code: &str| code == "*400";
        settings.plan.entries.iter_mut().filter(|entry| logout(&entry.code)).for_each(|entry| {
            entry.code = "*9".to_owned();
        });
        wish.others.insert(acme.clone(), settings);
    });
    office.owner_changes_phone("hall", |hall| hall.tenant = acme.clone());
    office.owner_changes_user("ada", |ada| ada.hotdesk_id = "408317".parse().ok());
    office.waits(30);
    office.looks_away();
    office
}
