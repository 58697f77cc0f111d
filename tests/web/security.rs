//! What strangers and foreign sites are not let do.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::browser::{Browser, PASSWORD};
use crate::house::House;

const PRIVATE: [&str; 16] = [
    "/logins/end",
    "/",
    "/panel.svg",
    "/live",
    "/devices",
    "/devices/new",
    "/devices/d1",
    "/extensions",
    "/extensions/new",
    "/extensions/100",
    "/calls",
    "/journal",
    "/journal.csv",
    "/journal.json",
    "/settings",
    "/setup/office",
];

const DEEDS: [&str; 30] = [
    "/logins/end",
    "/settings/webhooks",
    "/settings/webhooks/00000000/test",
    "/settings/webhooks/00000000/remove",
    "/addresses/192.0.2.7/unlock",
    "/extensions/100/unlock",
    "/devices/d1/unlock",
    "/findings/read",
    "/extensions/100/keys",
    "/settings/codes",
    "/setup/office",
    "/setup/extensions",
    "/setup/emergency",
    "/devices/new",
    "/devices/d1",
    "/devices/d1/accept",
    "/devices/d1/remove",
    "/devices/d1/reveal",
    "/devices/d1/login",
    "/devices/d1/logout",
    "/extensions/new",
    "/extensions/100",
    "/extensions/100/pin",
    "/extensions/100/new-pin",
    "/extensions/100/remove",
    "/settings/office",
    "/settings/hot-desks",
    "/settings/emergency",
    "/settings/password",
    "/settings/tokens/0123abcd/withdraw",
];

#[tokio::test]
async fn nobody_sees_or_does_anything_without_the_password() {
    let house = House::new();
    let mut stranger = Browser::new(&house);
    for path in PRIVATE {
        stranger.open(path).await;
        assert_eq!(stranger.at, "/setup", "{path} before set-up");
    }
    Browser::of_owner(&house).await.add_extensions().await;
    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    for path in PRIVATE {
        stranger.open(path).await;
        assert!(stranger.at.starts_with("/login"), "{path} leads to {}", stranger.at);
    }
    let before = house.control.office().await.expect("runs");
    stranger.open("/login").await;
    let fields = [
        ("csrf", stranger.csrf()),
        ("use", "hotdesk".into()),
        ("extension", "100".into()),
        ("name", "x".into()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    for path in DEEDS {
        let answer = stranger.post(path, &fields).await;
        assert_eq!(answer.goes_to(), "/login", "{path}");
    }
    assert_eq!(house.control.office().await.expect("runs"), before);
    assert!(house.control.logins().await.expect("runs").is_empty());
}

#[tokio::test]
async fn the_set_up_code_opens_nothing_but_the_password() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    browser.open("/").await;
    let code = house.code();
    browser.submit("/setup/code", &[("code", &code)]).await;
    for path in PRIVATE {
        browser.open(path).await;
        assert_eq!(browser.at, "/setup", "{path}");
    }
    for path in DEEDS {
        let fields = [("csrf".to_owned(), browser.csrf())];
        assert_eq!(browser.post(path, &fields).await.goes_to(), "/setup", "{path}");
    }
}

#[tokio::test]
async fn five_wrong_codes_and_a_new_one_is_needed() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    browser.open("/").await;
    let code = house.code();
    for _ in 0..5 {
        browser.submit("/setup/code", &[("code", "AAAA-AAAA")]).await;
    }
    assert!(browser.says("This code is used up"));
    browser.submit("/setup/code", &[("code", &code)]).await;
    assert!(browser.says("This code is used up"));
    let fresh = house.tell("GET", "/control/setup-code", "").await.json()["code"]
        .as_str()
        .expect("a code")
        .to_owned();
    assert_ne!(fresh, code);
    browser.submit("/setup/code", &[("code", &fresh)]).await;
    assert!(browser.says("Choose a password"));
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_does_not_keep_out_whoever_has_set_the_box_up() {
    let house = House::new();
    let mut owner = Browser::of_owner(&house).await;
    let mut stranger = Browser::new(&house);
    for last in 100..200 {
        stranger.peer = [192, 0, 2, last];
        stranger.open("/login").await;
        stranger.submit("/login", &[("password", "wrong")]).await;
        if stranger.says("Too many tries") {
            break;
        }
    }
    assert!(stranger.says("Too many tries"));
    owner.open("/").await;
    owner.submit("/logout", &[]).await;
    owner.open("/login").await;
    owner.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(owner.at, "/");
}

#[tokio::test]
async fn a_set_up_code_opens_once() {
    let house = House::new();
    let mut owner = Browser::new(&house);
    owner.open("/").await;
    let code = house.code();
    owner.submit("/setup/code", &[("code", &code)]).await;
    assert!(owner.says("Choose a password"));
    let mut other = Browser::new(&house);
    other.open("/").await;
    other.submit("/setup/code", &[("code", &code)]).await;
    assert!(other.says("This code is used up"), "{}", other.page);
}

#[tokio::test]
async fn a_form_without_its_token_or_from_a_foreign_site_is_refused() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/extensions/new").await;
    let token = browser.csrf();
    let body = |token: &str| format!("csrf={token}&number=100&name=Ada");
    let cases: [(&str, &[(&str, &str)]); 7] = [
        ("", &[]),
        ("0000", &[]),
        (&token, &[("origin", "http://evil.example")]),
        (&token, &[("origin", "null")]),
        (&token, &[("origin", "http://192.0.2.1:8081")]),
        (&token, &[("sec-fetch-site", "cross-site")]),
        (&token, &[("sec-fetch-site", "same-site")]),
    ];
    for (token, headers) in cases {
        let mut request = browser
            .request("POST", "/extensions/new")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = browser.send(request.body(Body::from(body(token))).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.body.contains("This form is out of date"));
    }
    let json = browser.request("POST", "/extensions/new").header("content-type", "text/plain");
    let answer = browser.send(json.body(Body::from(body(&token))).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let mut other = Browser::of_second_session(&house).await;
    let request =
        other.request("POST", "/extensions/new").header("content-type", "application/x-www-form-urlencoded");
    let answer = other.send(request.body(Body::from(body(&token))).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a token of another session");
    assert!(house.control.extensions().await.expect("runs").is_empty());
}

impl<'a> Browser<'a> {
    async fn of_second_session(house: &'a House) -> Self {
        let mut browser = Self::new(house);
        browser.open("/login").await;
        browser.submit("/login", &[("password", PASSWORD)]).await;
        browser
    }
}

#[tokio::test]
async fn pages_are_served_only_under_names_that_no_foreign_site_can_take() {
    let house = House::new();
    let ask = async |host: Option<&str>, uri: &str| {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        house.send(request.body(Body::empty()).expect("a request"), [192, 0, 2, 9]).await.status
    };
    for host in ["192.0.2.1:8080", "localhost", "perch.local:8080", "[2001:db8::1]", "phones.example.org"] {
        assert_eq!(ask(Some(host), "/setup").await, StatusCode::OK, "{host}");
    }
    for host in ["evil.example", "evil.example:8080", "192.0.2.1.evil.example", ""] {
        assert_eq!(ask(Some(host), "/setup").await, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert_eq!(ask(Some(host), "/nothing").await, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert_eq!(ask(Some(host), "/api/v1/devices").await, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    assert_eq!(ask(None, "/setup").await, StatusCode::BAD_REQUEST);
    assert_eq!(ask(None, "/api/v1/devices").await, StatusCode::BAD_REQUEST);
    assert_eq!(ask(Some("localhost"), "http://evil.example/setup").await, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn guessing_the_password_is_slowed_and_the_right_one_goes_through_from_elsewhere() {
    let house = House::new();
    Browser::of_owner(&house).await;
    let mut guesser = Browser::new(&house);
    guesser.peer = [198, 51, 100, 9];
    guesser.open("/login").await;
    let mut refused = 0;
    for _ in 0..8 {
        guesser.submit("/login", &[("password", "wrong wrong wrong")]).await;
        refused += usize::from(guesser.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 3, "{refused}");
    assert!(guesser.says("Too many tries"));
    guesser.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(guesser.status, StatusCode::TOO_MANY_REQUESTS, "even the right one waits");
    let mut owner = Browser::new(&house);
    owner.open("/login?next=/settings").await;
    owner.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(owner.at, "/settings");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let token = house.token().await;
    for path in
        ["/", "/login", "/nothing", "/assets/perch.css", "/api/v1/devices", "/p/x", "/health", "/devices/d9"]
    {
        let request = browser.request("GET", path).header("authorization", format!("Bearer {token}"));
        let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        let kept = answer.header("cache-control");
        let may_be_kept = path.starts_with("/assets");
        assert!(
            may_be_kept || kept == "no-store" || answer.status == StatusCode::NOT_FOUND || path == "/health",
            "{path}: {kept}"
        );
        assert!(!answer.body.contains("style=\"") && !answer.body.contains("onclick"), "{path}");
        assert!(!answer.body.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_for_scripts_and_foreign_sites() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let old = browser.cookies["perch-session"].clone();
    browser.submit("/logout", &[]).await;
    assert!(!browser.cookies.contains_key("perch-session"));
    browser.cookies.insert("perch-session".to_owned(), old.clone());
    browser.open("/").await;
    assert!(browser.at.starts_with("/login"), "a session that was ended stays ended");
    let fields = [("csrf", browser.csrf()), ("password", PASSWORD.to_owned())];
    let answer = browser.post("/login", &fields.map(|(name, value)| (name.to_owned(), value))).await;
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|one| one.to_str().expect("text")).collect();
    let session = cookies.iter().find(|one| one.starts_with("perch-session=")).expect("a session");
    assert!(
        session.contains("HttpOnly") && session.contains("SameSite=Strict") && session.contains("Path=/")
    );
    assert!(!session.contains(&old), "a new session has a new cookie");
}

#[tokio::test]
async fn what_a_stranger_types_never_becomes_part_of_the_page() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/extensions/new").await;
    browser.submit("/extensions/new", &[("number", "100"), ("name", "<script>alert(1)</script>")]).await;
    browser.open("/extensions").await;
    assert!(!browser.says("<script>alert") && browser.says("alert(1)"));
    browser.open("/?note=%3Cscript%3E").await;
    assert!(!browser.says("<script>"));
    browser.open("/login?next=//evil.example/").await;
    assert_eq!(browser.at, "/");
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_with_a_sentence() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let huge = [("csrf".to_owned(), browser.csrf()), ("name".to_owned(), "x".repeat(100_000))];
    let answer = browser.post("/settings/office", &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("too much at once"));
    let request = browser.request("DELETE", "/settings").body(Body::empty()).expect("a request");
    let answer = browser.send(request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("This cannot be done here"));
}
