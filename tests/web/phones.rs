//! Phone downloads, asked as phones ask.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use perch::config::apply;
use perch::config::rules::Rules;
use perch::model::{DeviceAdmission, DeviceId, DeviceMode, Office, Stage};

use crate::house::{Answer, House, until};

const YEALINK: &str = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:11:22:33";
const SNOM: &str = "Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.15 000413AABBCC)";
const FILE: &str = "805ec0112233.cfg";

/// A phone that asks for files.
struct Phone<'a> {
    house: &'a House,
    agent: &'static str,
    at: [u8; 4],
}

impl Phone<'_> {
    async fn asks(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "whatever.the.dhcp.server.says")
            .header("user-agent", self.agent);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.house.send(request.body(Body::empty()).expect("a request"), self.at).await
    }

    async fn gets(&self, path: &str) -> Answer {
        self.asks("GET", path, &[]).await
    }
}

fn yealink(house: &House) -> Phone<'_> {
    Phone { house, agent: YEALINK, at: [192, 0, 2, 20] }
}

async fn accept(house: &House, id: u32) {
    let accept = move |office: &Office, fresh| {
        apply::accept_device(office, DeviceId(id), DeviceMode::HotDesk, &Rules::standard(), fresh)
    };
    house.control.edit(accept).await.expect("runs").expect("accepted");
}

/// The path of the first device's secret address.
async fn secret_path(house: &House) -> String {
    let devices = house.control.devices().await.expect("runs");
    let url = devices[0].provisioning_url.as_ref().expect("an address").expose().to_owned();
    url.strip_prefix("http://192.0.2.1:8080").expect("the box's address").to_owned()
}

async fn stage(house: &House) -> Stage {
    house.control.devices().await.expect("runs")[0].stage
}

#[tokio::test]
async fn an_unknown_phone_gets_a_file_without_an_account_and_appears_as_waiting() {
    let house = House::new();
    let phone = yealink(&house);
    let answer = phone.gets(&format!("/p/{FILE}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("hotdesk-") && !answer.body.contains("password ="), "{}", answer.body);
    let devices = house.control.devices().await.expect("runs");
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].address.map(|at| at.to_string()).as_deref(), Some("192.0.2.20"));
    assert_eq!(devices[0].model.as_str(), "yealink-t46u");
    for path in ["/p/805ec0112233.boot", "/p/y000000000108.cfg", "/805ec0112233.boot", "/y000000000108.cfg"] {
        assert_eq!(phone.gets(path).await.status, StatusCode::OK, "{path}");
    }
    let snom = Phone { house: &house, agent: SNOM, at: [192, 0, 2, 21] };
    assert_eq!(snom.gets("/snomD785-000413AABBCC.htm").await.status, StatusCode::OK);
    assert_eq!(house.control.devices().await.expect("runs").len(), 2);
}

#[tokio::test]
async fn an_accepted_phone_gets_its_secret_address_once_and_then_its_file_by_it() {
    let house = House::new();
    let phone = yealink(&house);
    phone.gets(&format!("/p/{FILE}")).await;
    accept(&house, 1).await;
    let path = secret_path(&house).await;
    let stranger = Phone { house: &house, agent: YEALINK, at: [192, 0, 2, 99] };
    let answer = stranger.gets(&format!("/p/{FILE}")).await;
    assert!(!answer.body.contains(path.as_str()), "another address gets nothing");
    let opened = phone.gets(&format!("/p/{FILE}")).await;
    assert!(opened.body.contains(&path), "{}", opened.body);
    assert!(opened.body.contains("hotdesk-805ec0112233"));
    let own = phone.gets(&format!("{path}{FILE}")).await;
    assert_eq!(own.status, StatusCode::OK);
    assert_eq!(own.body, opened.body);
    assert!(!phone.gets(&format!("/p/{FILE}")).await.body.contains(&path), "the way is closed again");
}

#[tokio::test]
async fn asking_about_a_file_without_reading_it_changes_nothing() {
    let house = House::new();
    let phone = yealink(&house);
    phone.gets(&format!("/p/{FILE}")).await;
    accept(&house, 1).await;
    let path = secret_path(&house).await;
    for method in ["HEAD", "PUT"] {
        assert_eq!(
            phone.asks(method, &format!("{path}{FILE}"), &[]).await.status,
            StatusCode::OK,
            "{method}"
        );
    }
    assert!(phone.gets(&format!("/p/{FILE}")).await.body.contains(&path), "the way is still open");
    phone.gets(&format!("{path}{FILE}")).await;
    let stranger = Phone { house: &house, agent: YEALINK, at: [192, 0, 2, 99] };
    for (method, admission) in [
        ("HEAD", DeviceAdmission::Accepted),
        ("PUT", DeviceAdmission::Accepted),
        ("GET", DeviceAdmission::WaitingAgain),
    ] {
        stranger.asks(method, &format!("/p/{FILE}"), &[]).await;
        assert_eq!(house.control.devices().await.expect("runs")[0].admission, admission, "{method}");
    }
    phone.gets(&format!("{path}{FILE}")).await;
    let device = house.control.devices().await.expect("runs").remove(0);
    assert_eq!(device.admission, DeviceAdmission::Accepted, "by its secret");
    assert_eq!(device.address.map(|at| at.to_string()).as_deref(), Some("192.0.2.20"));
}

#[tokio::test]
async fn only_the_personal_file_to_its_last_byte_or_its_304_counts_as_fetched() {
    let house = House::new();
    let phone = yealink(&house);
    phone.gets(&format!("/p/{FILE}")).await;
    accept(&house, 1).await;
    let path = secret_path(&house).await;
    let file = format!("{path}{FILE}");
    let head = phone.asks("HEAD", &file, &[]).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert!(head.header("content-length").parse::<usize>().is_ok_and(|length| length > 500));
    for other in ["805ec0112233.boot", "y000000000108.cfg"] {
        assert_eq!(phone.gets(&format!("{path}{other}")).await.status, StatusCode::OK, "{other}");
    }
    tokio::task::yield_now().await;
    assert_ne!(stage(&house).await, Stage::Fetched);
    let answer = phone.gets(&file).await;
    until(async || stage(&house).await == Stage::Fetched).await;

    // A login makes a new generation, which is not fetched yet.
    let (etag, date) = (answer.header("etag").to_owned(), answer.header("last-modified").to_owned());
    let unchanged = phone.asks("GET", &file, &[("if-none-match", &etag)]).await;
    assert_eq!((unchanged.status, unchanged.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let since = phone.asks("GET", &file, &[("if-modified-since", &date)]).await;
    assert_eq!(since.status, StatusCode::NOT_MODIFIED);
    change_generation(&house).await;
    assert_ne!(stage(&house).await, Stage::Fetched);
    let changed = phone.asks("GET", &file, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("last-modified"), date);
    change_generation(&house).await;
    let latest = phone.asks("HEAD", &file, &[]).await.header("etag").to_owned();
    tokio::task::yield_now().await;
    assert_ne!(stage(&house).await, Stage::Fetched);
    let known = phone.asks("GET", &file, &[("if-none-match", &latest)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    until(async || stage(&house).await == Stage::Fetched).await;
}

/// Somebody logs in, or out again.
async fn change_generation(house: &House) {
    use perch::control::LogInRequest;
    use perch::model::{Extension, LoginMethod, LogoutReason};
    if house.control.log_out(DeviceId(1), LogoutReason::Api).await.expect("runs").is_some() {
        return;
    }
    let ada = Extension::roaming("100".parse().expect("a number"), "Ada");
    let put = move |office: &Office, fresh| apply::put_extension(office, ada, &Rules::standard(), fresh);
    house.control.edit(put).await.expect("runs").expect("edited");
    let extension = "100".parse().expect("a number");
    let request = LogInRequest { extension, device: DeviceId(1), method: LoginMethod::Api, pin: None };
    house.control.log_in(request).await.expect("runs").expect("logged in");
}

#[tokio::test]
async fn a_wrong_secret_a_foreign_phone_or_a_foreign_file_gets_nothing() {
    let house = House::new();
    let phone = yealink(&house);
    phone.gets(&format!("/p/{FILE}")).await;
    accept(&house, 1).await;
    let path = secret_path(&house).await;
    let other =
        Phone { house: &house, agent: "Yealink SIP-T46U 108.86.0.20 80:5e:c0:99:99:99", at: [192, 0, 2, 22] };
    let snom = Phone { house: &house, agent: SNOM, at: [192, 0, 2, 21] };
    for (phone, asked) in [
        (&phone, format!("/p/{}/{FILE}", "0".repeat(32))),
        (&phone, format!("/p/{}/{FILE}", "f".repeat(400))),
        (&phone, format!("{path}805ec0999999.cfg")),
        (&other, format!("{path}{FILE}")),
        (&other, format!("{path}805ec0999999.cfg")),
        (&snom, format!("{path}{FILE}")),
        (&phone, format!("{path}passwords.txt")),
        (&phone, path.clone()),
        (&phone, "/p/".to_owned()),
        (&phone, "/p/index.html".to_owned()),
        (&phone, "/000000000000.cfg".to_owned()),
    ] {
        let answer = phone.gets(&asked).await;
        assert!(answer.status.is_client_error(), "{asked}: {}", answer.status);
        assert!(!answer.body.contains("hotdesk-"), "{asked}");
    }
}

#[tokio::test]
async fn guessing_secrets_is_slowed_and_phones_elsewhere_are_served() {
    let house = House::new();
    let guesser = Phone { house: &house, agent: YEALINK, at: [198, 51, 100, 7] };
    let mut slowed = 0;
    for number in 0..60 {
        let answer = guesser.gets(&format!("/p/{number:032x}/{FILE}")).await;
        slowed += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(slowed >= 15, "{slowed}");
    assert!(guesser.gets(&format!("/p/{FILE}")).await.header("retry-after").parse::<u32>().is_ok());
    assert_eq!(yealink(&house).gets(&format!("/p/{FILE}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_phone_uploads_is_taken_and_thrown_away() {
    let house = House::new();
    let phone = yealink(&house);
    assert_eq!(phone.asks("PUT", "/p/805ec0112233-local.cfg", &[]).await.status, StatusCode::OK);
    let request =
        Request::builder().method("PUT").uri("/p/805ec0112233-local.cfg").header("user-agent", YEALINK);
    let large = request.body(Body::from(vec![0; 100_000])).expect("a request");
    assert_eq!(house.send(large, [192, 0, 2, 20]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let delete = phone.asks("DELETE", &format!("/p/{FILE}"), &[]).await;
    assert_eq!((delete.status, delete.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, PUT"));
}

#[tokio::test]
async fn one_place_cannot_fill_the_list_of_waiting_phones() {
    let house = House::new();
    let mut slowed = 0;
    for number in 0..60 {
        let path = format!("/p/805ec00000{number:02x}.cfg");
        let request =
            Request::builder().uri(&path).header("host", "x").header("user-agent", "Yealink SIP-T46U 1.2");
        let answer = house.send(request.body(Body::empty()).expect("a request"), [198, 51, 100, 7]).await;
        slowed += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!((slowed, house.control.devices().await.expect("runs").len()), (44, 16));
}
