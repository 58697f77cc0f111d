//! E01, E02, E04, E05 and what belongs to them: lamps and waiting messages, over real sockets.
//!
//! E03, E06 and E07 are with the other services.

use std::time::Duration;

use crate::calls::two;
use crate::client::{Dialog, Draft, Message, Phone, connect};
use crate::house::{Case, House};

#[test]
fn subscriptions_go_as_the_lines_e01_to_e05_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("E01", "message-summary: 200 with Expires, and a report at once", e01),
    ("E02", "dialog: full first, early, confirmed, terminated, version by version", e02),
    ("E04", "a poll gets exactly one report", e04),
    ("E05", "renewed and ended in its dialog, then unknown", e05),
    ("E-423", "too brief a subscription", too_brief),
    ("E-401", "strangers subscribe to nothing", strangers),
    ("E-403", "an idle desk watches nobody, and nobody another's messages", forbidden),
    ("E-404", "nobody has no lamp", nobody),
    ("E-406", "a form the phone cannot read", unreadable),
    ("E-481", "a phone that knows no subscription is told no more", forgotten),
    ("E-tcp", "reports take the way the SUBSCRIBE came", by_tcp),
];

/// A SUBSCRIBE to that number.
fn draft(phone: &Phone, package: &str, number: &str, expires: &str) -> Draft {
    let draft = phone.draft("SUBSCRIBE", &phone.at_box(number)).with("Event", package);
    draft.with("Expires", expires)
}

/// Subscribes, proving who it is; the answer, and the dialog where it is 200.
fn subscribe(phone: &mut Phone, draft: Draft) -> (Message, Option<Dialog>) {
    let asked = phone.ask(draft.clone());
    assert_eq!(asked.status(), 401, "{asked:?}");
    let proving = phone.proving(&draft, &asked);
    let answer = phone.ask(proving.clone());
    let dialog = (answer.status() == 200).then(|| Dialog::of_caller(&proving, &answer));
    (answer, dialog)
}

fn granted(phone: &mut Phone, draft: Draft) -> Dialog {
    let (answer, dialog) = subscribe(phone, draft);
    let dialog = dialog.unwrap_or_else(|| panic!("{answer:?}"));
    assert!(answer.has("Expires"), "{answer:?}");
    dialog
}

/// The next report, taken.
fn report(phone: &mut Phone) -> Message {
    let notify = phone.expect("NOTIFY");
    phone.reply(&notify, 200);
    notify
}

fn state(notify: &Message) -> &str {
    notify.header("Subscription-State")
}

/// Version and states of a dialog-info.
fn lamp(notify: &Message) -> (u32, Vec<String>) {
    assert_eq!(notify.header("Content-Type"), "application/dialog-info+xml", "{notify:?}");
    let text = notify.text();
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element();
    assert_eq!(root.attribute("state"), Some("full"), "{text}");
    let version = root.attribute("version").and_then(|text| text.parse().ok()).expect("a version");
    let states = document.descendants().filter(|node| node.tag_name().name() == "state");
    (version, states.filter_map(|node| node.text().map(str::to_owned)).collect())
}

fn e01(house: &House) {
    let mut phone = house.registered();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "message-summary", &number, "300");
    granted(&mut phone, wish);
    let notify = report(&mut phone);
    assert!(state(&notify).starts_with("active"), "{notify:?}");
    assert_eq!(notify.header("Event"), "message-summary");
    assert_eq!(notify.header("Content-Type"), "application/simple-message-summary");
    assert!(notify.text().contains("Messages-Waiting: no\r\n"), "{notify:?}");
}

fn e02(house: &House) {
    let (mut caller, mut callee) = two(house);
    let mut watcher = house.registered();
    let wish = draft(&watcher, "dialog", &callee.account.number, "300");
    granted(&mut watcher, wish);
    let first = report(&mut watcher);
    assert!(state(&first).starts_with("active;expires="), "{first:?}");
    assert_eq!(lamp(&first), (0, vec![]));
    let (mut calling, _) = connect(&mut caller, &mut callee);
    let early = report(&mut watcher);
    assert_eq!(lamp(&early), (1, vec!["early".to_owned()]));
    assert!(!early.text().contains(&caller.account.number), "who calls is nobody's business: {early:?}");
    let confirmed = report(&mut watcher);
    assert_eq!(lamp(&confirmed), (2, vec!["confirmed".to_owned()]));
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
    assert_eq!(lamp(&report(&mut watcher)), (3, vec!["terminated".to_owned()]));
}

fn e04(house: &House) {
    let mut phone = house.registered();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "message-summary", &number, "0");
    granted(&mut phone, wish);
    let notify = report(&mut phone);
    assert!(state(&notify).starts_with("terminated"), "{notify:?}");
    let more = phone.find(Duration::from_millis(1500), |message| message.method() == "NOTIFY");
    assert!(more.is_none(), "{more:?}");
}

fn e05(house: &House) {
    let mut phone = house.registered();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "message-summary", &number, "300");
    let mut dialog = granted(&mut phone, wish);
    report(&mut phone);
    for (expires, standing) in [("300", "active"), ("0", "terminated")] {
        let renewal = phone.within(&mut dialog, "SUBSCRIBE");
        let renewal = renewal.with("Event", "message-summary").with("Expires", expires);
        let answer = phone.ask(renewal);
        assert_eq!(answer.status(), 200, "{answer:?}");
        let notify = report(&mut phone);
        assert!(state(&notify).starts_with(standing), "{notify:?}");
    }
    let late = phone.within(&mut dialog, "SUBSCRIBE");
    let late = late.with("Event", "message-summary").with("Expires", "300");
    assert_eq!(phone.ask(late).status(), 481);
}

fn too_brief(house: &House) {
    let mut phone = house.registered();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "message-summary", &number, "5");
    let (answer, _) = subscribe(&mut phone, wish);
    assert_eq!((answer.status(), answer.header("Min-Expires")), (423, "60"), "{answer:?}");
}

fn strangers(house: &House) {
    let known = house.registered();
    let mut phone = house.registered();
    for package in ["dialog", "message-summary"] {
        let mut wish = draft(&phone, package, &known.account.number, "300");
        let asked = phone.ask(wish.clone());
        assert_eq!(asked.status(), 401, "{asked:?}");
        phone.account.password = "guessed".to_owned();
        wish = phone.proving(&wish, &asked);
        assert_eq!(phone.ask(wish).status(), 401);
    }
}

fn forbidden(house: &House) {
    let (account, _) = house.desk();
    let mut desk = Phone::udp(house.real.sip, account);
    desk.register();
    let watched = house.registered();
    let wish = draft(&desk, "dialog", &watched.account.number, "300");
    assert_eq!(subscribe(&mut desk, wish).0.status(), 403);
    let own = desk.account.number.clone();
    let wish = draft(&desk, "message-summary", &own, "300");
    granted(&mut desk, wish);
    assert!(report(&mut desk).text().contains("Messages-Waiting: no\r\n"));

    let mut phone = house.registered();
    let wish = draft(&phone, "message-summary", &watched.account.number, "300");
    assert_eq!(subscribe(&mut phone, wish).0.status(), 403);
}

fn nobody(house: &House) {
    let mut phone = house.registered();
    let wish = draft(&phone, "dialog", "99999", "300");
    assert_eq!(subscribe(&mut phone, wish).0.status(), 404);
}

fn unreadable(house: &House) {
    let mut phone = house.registered();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "dialog", &number, "300").with("Accept", "application/pidf+xml");
    assert_eq!(phone.ask_proving(wish).status(), 406);
}

fn forgotten(house: &House) {
    let (mut caller, mut callee) = two(house);
    let mut watcher = house.registered();
    let wish = draft(&watcher, "dialog", &callee.account.number, "300");
    let mut dialog = granted(&mut watcher, wish);
    let first = watcher.expect("NOTIFY");
    watcher.reply(&first, 481);
    connect(&mut caller, &mut callee);
    let more = watcher.find(Duration::from_millis(1500), |message| message.method() == "NOTIFY");
    assert!(more.is_none(), "{more:?}");
    let renewal = watcher.within(&mut dialog, "SUBSCRIBE").with("Event", "dialog").with("Expires", "300");
    assert_eq!(watcher.ask(renewal).status(), 481);
}

fn by_tcp(house: &House) {
    let mut phone = Phone::tcp(house.real.sip, house.line());
    phone.register();
    let number = phone.account.number.clone();
    let wish = draft(&phone, "dialog", &number, "300");
    granted(&mut phone, wish);
    assert_eq!(lamp(&report(&mut phone)), (0, vec![]));
}
