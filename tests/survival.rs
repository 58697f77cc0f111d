//! What a box knows that was killed a moment after something happened: the real binary, and phones on real sockets.

#[allow(dead_code, reason = "the wire tests need more of it")]
#[path = "support/client.rs"]
mod client;
#[allow(dead_code, reason = "the wire tests need more of it")]
#[path = "support/real_box.rs"]
mod real_box;

use std::thread::sleep;
use std::time::Duration;

use client::{Account, Phone, connect};
use real_box::RealBox;

/// How long the box may take to bring to the disc what happens alone, on a machine that does ten other things.
const A_MOMENT: Duration = Duration::from_millis(150);
/// The same for what happens right after something else.
const A_LITTLE_LONGER: Duration = Duration::from_millis(500);

const LINES: [&str; 2] = ["100", "101"];

fn office() -> String {
    let line = |number: &str| {
        format!(
            "[[extension]]\nnumber = \"{number}\"\nname = \"Line {number}\"\n[[device]]\nname = \"Phone-{number}\"\n\
             model = \"generic\"\nextension = \"{number}\"\nsip_user = \"{number}\"\nsip_password = \"the-password-of-{number}\"\n"
        )
    };
    let lines: String = LINES.into_iter().map(line).collect();
    format!(
        "[office]\nname = \"Wire\"\ncountry = \"IT\"\nlanguage = \"en\"\ntimezone = \"Europe/Rome\"\n{lines}"
    )
}

fn phones(real: &RealBox) -> [Phone; 2] {
    LINES.map(|number| {
        let password = format!("the-password-of-{number}");
        Phone::udp(real.sip, Account { number: number.into(), user: number.into(), password })
    })
}

#[test]
fn a_call_reaches_a_phone_that_had_registered_moments_before_the_box_was_killed() {
    let mut real = RealBox::with(&office());
    let [mut caller, mut callee] = phones(&real);
    caller.register();
    sleep(A_LITTLE_LONGER);
    callee.register();
    sleep(A_MOMENT);
    real.kill_and_restart();
    let (mut calling, _) = connect(&mut caller, &mut callee);
    caller.hang_up(&mut calling);
}

#[test]
fn a_phone_that_had_left_before_the_box_was_killed_rings_no_more() {
    let mut real = RealBox::with(&office());
    let [mut caller, mut callee] = phones(&real);
    caller.register();
    callee.register();
    let contact = callee.contact();
    assert_eq!(callee.register_as(&[&contact], Some("0")).status(), 200);
    sleep(A_LITTLE_LONGER);
    real.kill_and_restart();
    let draft = caller.invite_draft(&callee.account.number);
    let invite = caller.invite(draft);
    assert_eq!(caller.final_of(&invite).status(), 480);
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

#[test]
fn a_call_that_had_ended_before_the_box_was_killed_is_in_the_book() {
    let mut real = RealBox::with(&office());
    let [mut caller, mut callee] = phones(&real);
    caller.register();
    callee.register();
    let (mut calling, _) = connect(&mut caller, &mut callee);
    sleep(A_LITTLE_LONGER);
    caller.hang_up(&mut calling);
    callee.is_hung_up();
    sleep(A_MOMENT);
    real.kill_and_restart();
    assert_eq!(real.count("calls"), 1);
}
