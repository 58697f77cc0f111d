//! The toggle (rule 7): a user's own phones switched off and on again.

use perch::model::{Change, Device};

use crate::office::Office;
use crate::outside::{TRUNKS, adopts, with_trunks};

/// At a desk with a user the code is for that user's phones: they fall silent, and may still call, for help too.
/// Promises: rule7, P14, P15.
#[test]
fn a_user_switches_the_own_phones_off_and_on_again_from_the_desk() {
    let mut office = with_trunks(&["ada@office", "bob@lab", "kitchen:yealink"], "", TRUNKS);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials("kitchen", "*13");
    office.waits(8);
    office.saw(
        "
        kitchen dials *13
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says phones_off
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
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
    office.dials("office", "bob");
    office.hangs_up("office");
    office.dials("office", "112");
    office.hangs_up("office");
    office.saw(
        "
        office dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> office   180
        office  -> box      CANCEL
        box     -> office   200 CANCEL
        box     -> office   487
        box     -> lab      CANCEL
        office  -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
        office  -> box      INVITE 112
        box     -> first    INVITE 112
        first   -> box      180
        box     -> office   180
        office  -> box      CANCEL
        box     -> office   200 CANCEL
        box     -> office   487
        box     -> first    CANCEL
        office  -> box      ACK
        first   -> box      200 CANCEL
        first   -> box      487
        box     -> first    ACK
    ",
    );

    office.dials("kitchen", "*13");
    office.waits(8);
    office.saw(
        "
        kitchen dials *13
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says phones_on
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> office   INVITE 100
        box     -> kitchen  INVITE hotdesk-100
        office  -> box      180
        kitchen -> box      180
        box     -> lab      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> office   CANCEL
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        office  -> box      200 CANCEL
        office  -> box      487
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> office   ACK
        box     -> kitchen  ACK
    ",
    );
}

/// Elsewhere the code asks who it is. One phone of two is on: both go off, then both on.
/// Promises: rule7, P14.
#[test]
fn at_a_free_desk_the_toggle_asks_who_it_is() {
    let mut office = Office::with(&["bob@lab", "bob@den", "kitchen:yealink", "ada@office"]);
    let den = office.device("den").id;
    adopts(&mut office, |all| {
        Change::Device(Box::new(Device { is_switched_off: true, ..all.devices[&den].clone() }))
    });
    office.looks_away();
    office.dials("ada", "bob");
    office.hangs_up("office");
    office.saw(
        "
        office dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> office   180
        office  -> box      CANCEL
        box     -> office   200 CANCEL
        box     -> office   487
        box     -> lab      CANCEL
        office  -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );
    office.dials_and_keys("kitchen", "*13", &["101", "5182"]);
    office.waits(8);
    office.saw(
        "
        kitchen dials *13
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_id
        kitchen -> box      keys ****
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says phones_off
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    office.dials("ada", "bob");
    office.saw(
        "
        office dials 101
        box     -> office   480
        office  -> box      ACK
    ",
    );
    office.dials_and_keys("kitchen", "*13", &["101", "5182"]);
    office.waits(8);
    office.saw(
        "
        kitchen dials *13
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_id
        kitchen -> box      keys ****
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says phones_on
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    office.dials("ada", "bob");
    office.hangs_up("office");
    office.saw(
        "
        office dials 101
        box     -> lab      INVITE 101
        box     -> den      INVITE 101
        lab     -> box      180
        den     -> box      180
        box     -> office   180
        box     -> office   180
        office  -> box      CANCEL
        box     -> office   200 CANCEL
        box     -> office   487
        box     -> lab      CANCEL
        box     -> den      CANCEL
        office  -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        den     -> box      200 CANCEL
        den     -> box      487
        box     -> lab      ACK
        box     -> den      ACK
    ",
    );
}
