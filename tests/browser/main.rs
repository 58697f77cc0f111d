//! The pages in a real browser, against the real program: set-up to the first accepted phone, a login and the remote
//! logout; with and without JavaScript, in English and in Italian. Skipped with a word where Chromium is not installed.

mod chromium;
mod perch;

use std::sync::Mutex;

use chromium::{Chromium, Scripts, missing_program};
use perch::Perch;

const PASSWORD: &str = "three green parrots";
const PHONE: &str = "80:5e:c0:11:22:33";
const OTHER_PHONE: &str = "80:5e:c0:11:22:44";

/// One browser at a time: each takes a processor and some hundred megabytes.
static TURN: Mutex<()> = Mutex::new(());

/// What a person reads, in one language.
struct Language {
    code: &'static str,
    welcome: &'static str,
    no_way_out: &'static str,
    ready: &'static str,
    free: &'static str,
    logged_out: &'static str,
}

const ENGLISH: Language = Language {
    code: "en-GB",
    welcome: "Welcome to Perch",
    no_way_out: "Emergency calls cannot leave the building.",
    ready: "Perch is ready.",
    free: "Free",
    logged_out: "Logged out.",
};

const ITALIAN: Language = Language {
    code: "it-IT",
    welcome: "Benvenuti in Perch",
    no_way_out: "Le chiamate di emergenza non possono uscire",
    ready: "Perch è pronto.",
    free: "Libera",
    logged_out: "Uscita fatta.",
};

#[test]
fn set_up_to_remote_logout_in_english_with_javascript() {
    story(&ENGLISH, Scripts::On);
}

#[test]
fn set_up_to_remote_logout_in_english_without_javascript() {
    story(&ENGLISH, Scripts::Off);
}

#[test]
fn set_up_to_remote_logout_in_italian_with_javascript() {
    story(&ITALIAN, Scripts::On);
}

#[test]
fn set_up_to_remote_logout_in_italian_without_javascript() {
    story(&ITALIAN, Scripts::Off);
}

fn story(language: &Language, scripts: Scripts) {
    if let Some(program) = missing_program() {
        assert!(std::env::var_os("PERCH_REQUIRE_TOOLS").is_none(), "{program} is not installed");
        println!("skipped: {program} is not installed");
        return;
    }
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let perch = Perch::start();
        let browser = Chromium::start(language.code, scripts).await;
        set_up(&perch, &browser, language).await;
        accept_a_phone(&perch, &browser, scripts).await;
        log_in_and_out(&perch, &browser, language, scripts).await;
        browser.close().await;
    });
}

async fn set_up(perch: &Perch, browser: &Chromium, language: &Language) {
    browser.open(&perch.url("/")).await;
    browser.sees(language.welcome).await;
    browser.sees(language.no_way_out).await;
    browser.types("#code", perch.setup_code()).await;
    browser.clicks("button.main").await;
    browser.types("#password", PASSWORD).await;
    browser.types("#again", PASSWORD).await;
    browser.clicks("button.main").await;
    browser.types("#name", "Rossi & Figli").await;
    browser.chooses("#country", "IT").await;
    browser.clicks("button.main").await;
    for (number, name, pin) in [("100", "Ada Rossi", "4071"), ("101", "Reception", "")] {
        browser.types("#number", number).await;
        browser.types("#name", name).await;
        browser.types("#pin", pin).await;
        browser.clicks("form[action=\"/setup/extensions\"] button").await;
        browser.sees(name).await;
    }
    browser.clicks("a.button.main").await;
    browser.chooses("#emergency_extension", "101").await;
    browser.clicks("button.main").await;
    browser.sees(language.ready).await;
    browser.does_not_see(language.no_way_out).await;
}

async fn accept_a_phone(perch: &Perch, browser: &Chromium, scripts: Scripts) {
    perch.phone_boots(PHONE).await;
    if scripts == Scripts::Off {
        browser.reloads().await;
    }
    // With scripts the phone appears by itself.
    browser.sees("Yealink T46U").await;
    browser.clicks("li.waiting button.main").await;
    browser.sees("HD0001").await;
}

async fn log_in_and_out(perch: &Perch, browser: &Chromium, language: &Language, scripts: Scripts) {
    browser.open(&perch.url("/")).await;
    browser.sees(language.free).await;
    browser.types("#login-d1", "100").await;
    browser.clicks("#desk-d1 .desk-act button").await;
    browser.sees_in("#desk-d1", "100 Ada Rossi").await;
    browser.clicks("#desk-d1 .desk-act button").await;
    browser.sees(language.logged_out).await;
    browser.sees_in("#desk-d1", language.free).await;
    if scripts == Scripts::On {
        // What somebody else does is seen without a touch.
        let token = perch.token();
        perch.logs_in_by_api(&token, "d1", "100").await;
        browser.sees_in("#desk-d1", "100 Ada Rossi").await;
        perch.phone_boots(OTHER_PHONE).await;
        browser.sees_one("#live-waiting a.button").await;
    }
    browser.has_no_faults().await;
}
