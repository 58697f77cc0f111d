//! Digest held to the examples of RFC 7616, and to what phones make of them.

use super::*;

const MUFASA: Answer<'_> = Answer {
    username: "Mufasa",
    password: "Circle of Life",
    method: "GET",
    uri: "/dir/index.html",
    body: b"",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    count: 1,
};

fn rfc7616(algorithm: Algorithm) -> Challenge {
    Challenge {
        realm: "http-auth@example.org".into(),
        nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
        algorithm,
        stale: Stale::No,
        qop: vec![Qop::Auth, Qop::AuthInt],
        opaque: Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS".into()),
    }
}

#[test]
fn the_example_of_rfc_7616_3_9_1_comes_out() {
    for (algorithm, expected) in [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let value = rfc7616(algorithm).answer(&MUFASA);
        let credentials = Credentials::parse(&value).expect("credentials");
        assert_eq!(credentials.response, expected);
        let ha1 = ha1(algorithm.hash(), "Mufasa", "http-auth@example.org", "Circle of Life");
        assert!(credentials.verify("GET", b"", &ha1));
        assert!(!credentials.verify("REGISTER", b"", &ha1));
    }
}

#[test]
fn every_algorithm_and_protection_verifies_what_it_answers_and_nothing_else() {
    for algorithm in ALGORITHMS {
        for qop in [vec![], vec![Qop::Auth], vec![Qop::AuthInt]] {
            let challenge = Challenge { qop: qop.clone(), ..rfc7616(algorithm) };
            let value = challenge.answer(&Answer { body: b"body", ..MUFASA });
            let credentials = Credentials::parse(&value).expect("credentials");
            let right = ha1(algorithm.hash(), "Mufasa", &challenge.realm, "Circle of Life");
            let wrong = ha1(algorithm.hash(), "Mufasa", &challenge.realm, "circle of life");
            assert!(credentials.verify("GET", b"body", &right), "{value}");
            assert!(!credentials.verify("GET", b"body", &wrong), "{value}");
            assert_eq!(credentials.verify("GET", b"other", &right), qop != [Qop::AuthInt], "{value}");
        }
    }
}

#[test]
fn a_challenge_reads_back_as_it_was_written() {
    let written = challenges("a \"b\"", "n", Stale::Yes, false);
    for value in written.into_iter().chain([rfc7616(Algorithm::Md5).to_value()]) {
        assert_eq!(Challenge::parse(&value).expect("a challenge").to_value(), value);
    }
}

#[test]
fn a01_sha_256_is_offered_first_and_md5_after_it() {
    assert_eq!(
        challenges("r", "n", Stale::No, false),
        [
            "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
        ]
    );
    let one = challenges("r", "n", Stale::Yes, true);
    assert_eq!(one, ["Digest realm=\"r\", nonce=\"n\", stale=true, algorithm=MD5, qop=\"auth\""]);
}

#[test]
fn the_first_challenge_with_a_known_algorithm_is_answered() {
    let chosen = choose([
        "Basic realm=\"r\"",
        "Digest realm=\"r\", nonce=\"1\", algorithm=TOKEN-9",
        "Digest realm=\"r\", nonce=\"2\", algorithm=MD5, qop=\"auth,auth-int\"",
    ]);
    assert_eq!(chosen.map(|challenge| challenge.nonce), Some("2".to_owned()));
}

#[test]
fn a02_parameters_are_read_in_any_order_case_and_spacing() {
    let value = "dIgEsT  QOP = \"auth\" ,nc=0000000a,  Response=\"ab\", uri=\"sip:pbx;transport=udp\" , \
                 username = \"a\\\"b\",realm=r,nonce=\"n=\", cnonce=c, algorithm=\"sha-256\"";
    let credentials = Credentials::parse(value).expect("credentials");
    assert_eq!(credentials.username, "a\"b");
    assert_eq!((credentials.count, credentials.qop), (Some(10), Some(Qop::Auth)));
    assert_eq!((credentials.uri, credentials.algorithm), ("sip:pbx;transport=udp", Algorithm::Sha256));
    assert_eq!((&*credentials.realm, credentials.nonce), ("r", "n="));
}

#[test]
fn a_uri_is_hashed_as_it_stands() {
    let answer = Answer { method: "REGISTER", uri: "sip:pbx;transport=udp", ..MUFASA };
    let value = rfc7616(Algorithm::Md5).answer(&answer);
    let ha1 = ha1(HashFunction::Md5, "Mufasa", "http-auth@example.org", "Circle of Life");
    assert!(Credentials::parse(&value).expect("credentials").verify("REGISTER", b"", &ha1));
    let other = value.replace("transport=udp", "transport=UDP");
    assert!(!Credentials::parse(&other).expect("credentials").verify("REGISTER", b"", &ha1));
}

#[test]
fn a_response_in_upper_case_is_taken() {
    let value = rfc7616(Algorithm::Md5).answer(&MUFASA);
    let upper = value.replace("8ca523f5e9506fed4657c9700eebdbec", "8CA523F5E9506FED4657C9700EEBDBEC");
    let ha1 = ha1(HashFunction::Md5, "Mufasa", "http-auth@example.org", "Circle of Life");
    assert!(Credentials::parse(&upper).expect("credentials").verify("GET", b"", &ha1));
}

#[test]
fn a05_broken_credentials_are_none() {
    let whole = "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"x\"";
    assert!(Credentials::parse(whole).is_some());
    for broken in [
        "",
        "Digest",
        "Digest ",
        "Basic QWxhZGRpbjpvcGVu",
        "NoOneKnowsThisScheme opaque-data=here",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\"",
        "Digest username=\"a, realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"x\"",
        &format!("{whole}, username=\"b\""),
        &format!("{whole}, qop=auth"),
        &format!("{whole}, qop=auth, cnonce=c"),
        &format!("{whole}, qop=auth, cnonce=c, nc=-1"),
        &format!("{whole}, qop=auth, cnonce=c, nc=000000001"),
        &format!("{whole}, qop=never, cnonce=c, nc=1"),
        &format!("{whole}, algorithm=MD4"),
        &format!("{whole}, algorithm=MD5-sess"),
        &format!("{whole}, ="),
        &format!("{whole}{}", ", x=1".repeat(40)),
    ] {
        assert_eq!(Credentials::parse(broken), None, "{broken}");
    }
    let long = format!("{whole}, x=\"{}\"", "u".repeat(4096));
    assert!(Credentials::parse(&long).is_some());
}

#[test]
fn a_user_name_in_utf_8_form_is_decoded() {
    let value =
        "Digest username*=UTF-8''J%C3%A4s%C3%B8n, realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"x\"";
    assert_eq!(Credentials::parse(value).expect("credentials").username, "Jäsøn");
}

#[test]
fn a_nonce_is_fresh_then_expired_and_a_made_up_one_forged() {
    let mut key = NonceKey::new([7; 16], 30_000);
    let nonce = key.mint(1_000);
    assert_ne!(nonce, key.mint(1_000));
    assert_eq!(key.check(&nonce, 1_000), NonceState::Fresh);
    assert_eq!(key.check(&nonce, 31_000), NonceState::Fresh);
    assert_eq!(key.check(&nonce, 31_001), NonceState::Expired);
    assert_eq!(NonceKey::new([8; 16], 30_000).check(&nonce, 1_000), NonceState::Forged);
    for (index, _) in nonce.char_indices() {
        let mut forged = nonce.clone().into_bytes();
        forged[index] = if forged[index] == b'0' { b'1' } else { b'0' };
        assert_eq!(key.check(&String::from_utf8(forged).expect("text"), 1_000), NonceState::Forged);
    }
    for nonsense in ["", "abc", &nonce.to_ascii_uppercase(), &format!("{nonce}00")] {
        if nonsense != nonce {
            assert_eq!(key.check(nonsense, 1_000), NonceState::Forged, "{nonsense}");
        }
    }
}

#[test]
fn a_count_is_used_once_in_any_order_within_the_window() {
    let mut key = NonceKey::new([7; 16], 30_000);
    let (nonce, other) = (key.mint(0), key.mint(0));
    let mut window = NonceWindow::new();
    for count in [1, 3, 2, 66, 10, 65] {
        assert_eq!(window.spend(&nonce, "ada", count), NonceUse::New, "{count}");
        assert_eq!(window.spend(&nonce, "ada", count), NonceUse::Used, "{count}");
    }
    assert_eq!(window.spend(&nonce, "ada", 3), NonceUse::Used);
    assert_eq!(window.spend(&nonce, "ada", 2), NonceUse::Used);
    assert_eq!(window.spend(&nonce, "ada", 256), NonceUse::New);
    assert_eq!(window.spend(&nonce, "ada", 192), NonceUse::Used);
    assert_eq!(window.spend(&nonce, "ada", 193), NonceUse::New);
    assert_eq!(window.spend(&nonce, "ada", u32::MAX), NonceUse::New);
    assert_eq!(window.spend(&nonce, "bob", 1), NonceUse::New);
    assert_eq!(window.spend(&other, "ada", 1), NonceUse::New);
    assert_eq!(window.spend("no nonce of ours", "ada", 1), NonceUse::Used);
}

#[test]
fn a_full_window_forgets_the_oldest_and_lets_nothing_be_replayed() {
    let mut key = NonceKey::new([7; 16], 30_000);
    let mut window = NonceWindow::new();
    let unused = key.mint(0);
    let first = key.mint(0);
    assert_eq!(window.spend(&first, "ada", 1), NonceUse::New);
    for moment in 1..=MAX_NONCES as u64 {
        assert_eq!(window.spend(&key.mint(moment), "ada", 1), NonceUse::New);
    }
    assert_eq!(window.len(), MAX_NONCES);
    assert_eq!(window.spend(&first, "ada", 1), NonceUse::Used);
    assert_eq!(window.spend(&unused, "ada", 1), NonceUse::Used);
    window.forget_before(MAX_NONCES as u64);
    assert_eq!(window.len(), 1);
    assert!(!window.is_empty());
}
