//! A large office: every page stays small, and everybody is still found.

use std::fmt::Write;

use axum::body::Body;
use axum::http::StatusCode;

use crate::browser::Browser;
use crate::house::House;

/// A thousand people and a thousand hot desks.
async fn large_office(house: &House) {
    let mut file =
        "[office]\nname = \"Rossi\"\ncountry = \"IT\"\nemergency_extension = \"2000\"\n".to_owned();
    for n in 0..1000 {
        write!(file, "[[extension]]\nnumber = \"{}\"\nname = \"Person {n:04}\"\nhotdesk = true\n", 2000 + n)
            .expect("a text grows");
    }
    for n in 0..1000 {
        write!(
            file,
            "[[device]]\nmac = \"80:5e:c0:11:{:02x}:{:02x}\"\nmodel = \"yealink-t46u\"\nhotdesk = true\n",
            n / 256,
            n % 256
        )
        .expect("a text grows");
    }
    let applied = house.tell("POST", "/control/apply", &file).await;
    assert_eq!(applied.status, StatusCode::OK, "{}", applied.body);
}

#[tokio::test]
async fn a_page_stays_small_with_a_thousand_phones_and_a_thousand_people() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    large_office(&house).await;
    for n in 0..80u8 {
        house.phone_appears(&format!("00:04:13:aa:bb:{n:02x}"), "snom-d785", n).await;
    }
    for path in [
        "/",
        "/?page=10",
        "/devices",
        "/devices/d7",
        "/devices/new",
        "/extensions",
        "/extensions/2000",
        "/setup/extensions",
        "/settings",
    ] {
        browser.open(path).await;
        println!("{path}: {} bytes", browser.page.len());
        assert!(browser.page.len() < 200_000, "{path}: {} bytes", browser.page.len());
    }
    browser.open("/devices").await;
    assert!(browser.says("30 more phones are waiting."));
}

#[tokio::test]
async fn an_open_page_that_refreshes_itself_is_sent_only_what_it_does_not_show() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    large_office(&house).await;
    let ask = async |browser: &mut Browser<'_>, shown: &str| {
        let request =
            browser.request("GET", "/").header("x-perch-refresh", "1").header("if-none-match", shown);
        browser.send(request.body(Body::empty()).expect("a request")).await
    };
    let first = ask(&mut browser, "").await;
    println!("refreshed: {} bytes", first.body.len());
    assert!(first.body.len() < 120_000 && !first.body.contains("<datalist"), "{}", first.body.len());
    let tag = first.header("etag").to_owned();
    let again = ask(&mut browser, &tag).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    house.phone_appears("00:04:13:aa:bb:cc", "snom-d785", 9).await;
    assert_eq!(ask(&mut browser, &tag).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_desk_is_found_and_a_person_logged_in_at_it_by_number_or_name() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    large_office(&house).await;
    browser.open("/").await;
    assert!(browser.says("1 to 100 of 1000") && browser.says("/?page=2") && !browser.says("HD0101"));
    browser.open("/?page=2").await;
    assert!(browser.says("HD0101") && browser.says("101 to 200 of 1000"));
    browser.submit("/devices/d101/login", &[("extension", "2007")]).await;
    assert_eq!(browser.at, "/?page=2&note=logged-in");
    assert!(browser.says("2007 Person 0007"), "{}", browser.page);

    for find in ["Person+0007", "2007", "hd0101", "805EC0110064"] {
        browser.open(&format!("/?find={find}")).await;
        assert!(browser.says("HD0101") && !browser.says("HD0102"), "{find}");
    }
    browser.submit("/devices/d101/logout", &[]).await;
    assert_eq!(browser.at, "/?find=805EC0110064&page=1&note=logged-out");
    browser.submit("/devices/d101/login", &[("extension", "person 0008")]).await;
    assert!(browser.says("2008 Person 0008"));
    browser.submit("/devices/d101/logout", &[]).await;
    browser.submit("/devices/d101/login", &[("extension", "nobody")]).await;
    assert!(browser.says("There is no such extension."));
    let fields =
        [("csrf", browser.csrf()), ("here", "x\r\nEvil: 1".to_owned()), ("extension", "2009".to_owned())];
    let answer =
        browser.post("/devices/d102/login", &fields.map(|(name, value)| (name.to_owned(), value))).await;
    assert_eq!(answer.goes_to(), "/?note=logged-in");

    browser.open("/devices?find=hd0101").await;
    assert!(browser.says("HD0101") && !browser.says("HD0102"));
    browser.open("/extensions?find=person+0999").await;
    assert!(browser.says("2999") && !browser.says("2998"));
    browser.open("/extensions?find=zzz").await;
    assert!(browser.says("Nothing fits “zzz”."));
}

#[tokio::test]
async fn a_small_office_is_not_bothered_with_searching() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    for path in ["/", "/devices", "/extensions"] {
        browser.open(path).await;
        assert!(!browser.says("name=\"find\"") && !browser.says("class=\"pages\""), "{path}");
    }
}
