//! Real SIP clients from Debian, sipp and baresip, against the real binary.
//!
//! Where one is missing its tests say so and pass, unless PERCH_REQUIRE_TOOLS=1.

use crate::client::{Account, Phone};
use crate::clients::{Line, baresip, free_port, has, sipp, sipp_registers};
use crate::house::House;

/// The account of a phone of sipp's or baresip's, which knows no more than the address of the box.
fn line(house: &House) -> Line {
    at(house, &house.line())
}

fn at(house: &House, account: &Account) -> Line {
    Line::by_hand(&house.real, account)
}

/// What is bound to the name of an account.
fn bindings(house: &House, account: &Account) -> Vec<String> {
    Phone::udp(house.real.sip, account.clone()).bindings()
}

#[test]
fn sipp_registers_with_digest() {
    if !has("sipp") {
        return;
    }
    let house = House::open();
    let account = house.line();
    let port = sipp_registers(&house.real, &at(&house, &account));
    let bound = bindings(&house, &account);
    assert!(matches!(&bound[..], [one] if one.contains(&format!("127.0.0.1:{port}"))), "{bound:?}");
}

#[test]
fn sipp_calls_sipp() {
    if !has("sipp") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (line(&house), line(&house));
    let port = sipp_registers(&house.real, &callee);
    let answering = sipp(&house.real, ("answer", &callee.user), &callee, port);
    let calling = sipp(&house.real, ("call", &callee.user), &caller, free_port());
    calling.succeeds();
    answering.succeeds();
    assert_eq!(house.real.count("calls"), 1);
}

#[test]
fn sipp_logs_in_by_info_is_called_and_called_again_after_a_kill() {
    if !has("sipp") {
        return;
    }
    let mut house = House::open();
    let (desk, extension) = house.desk();
    let desk = at(&house, &desk);
    let port = sipp_registers(&house.real, &desk);
    sipp(&house.real, ("login-by-info", &format!("*77*{extension}*")), &desk, port).succeeds();
    assert_eq!(house.real.count("logins"), 1);
    let caller = line(&house);
    for is_killed in [false, true] {
        if is_killed {
            house.real.kill_and_restart();
        }
        let answering = sipp(&house.real, ("answer-many", &extension), &desk, port);
        // After the restart the box may ask by OPTIONS whether the phone is there, and sipp counts that as a call: so
        // it is not waited for, and what the caller saw is enough.
        sipp(&house.real, ("call", &extension), &caller, free_port()).succeeds();
        drop(answering);
        assert_eq!(house.real.count("logins"), 1);
    }
}

#[test]
fn baresip_registers_with_digest_and_is_called_by_sipp() {
    if !has("sipp") || !has("baresip") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (line(&house), line(&house));
    let answering = baresip(&house.real, &callee, &[]);
    sipp(&house.real, ("call", &callee.user), &caller, free_port()).succeeds();
    drop(answering);
}

#[test]
fn baresip_answers_and_the_sipp_that_rang_along_is_released() {
    if !has("sipp") || !has("baresip") {
        return;
    }
    let house = House::open();
    let [ringing, answering] = house.pair().map(|account| at(&house, &account));
    let port = sipp_registers(&house.real, &ringing);
    let rings = sipp(&house.real, ("ring", &ringing.user), &ringing, port);
    let answers = baresip(&house.real, &answering, &[]);
    sipp(&house.real, ("call", &ringing.user), &line(&house), free_port()).succeeds();
    rings.succeeds();
    drop(answers);
}

#[test]
fn baresip_calls_and_is_hung_up_on() {
    if !has("baresip") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (line(&house), house.line());
    let mut phone = Phone::udp(house.real.sip, callee.clone());
    phone.register();
    let dial = format!("/dial sip:{}@{}", callee.number, house.real.sip);
    let calling = baresip(&house.real, &caller, &[&dial]);
    let arrived = phone.expect("INVITE");
    let mut dialog = phone.pick_up(&arrived);
    phone.hang_up(&mut dialog);
    drop(calling);
}
