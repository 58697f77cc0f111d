//! The examples of docs/api.md, tried: each `curl` line is read as a shell reads it and asked of a furnished box.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::api::Program;
use crate::house::House;

const BOX: &str = "/api/v1";

/// The lines of all examples, those that go on in the next put together.
fn lines(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The words of a line, quotes taken away and `$AUTH` and `$BOX` filled in, as a shell does.
fn words(line: &str, auth: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words.iter().map(|word| word.replace("$AUTH", auth).replace("$BOX", BOX)).collect()
}

/// The request that curl makes of these words.
fn request(words: &[String]) -> Request<Body> {
    let (mut method, mut path, mut body, mut headers) = (None, String::new(), None, Vec::new());
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-N" => {}
            "-o" => drop(words.next()),
            "-X" => method = words.next().cloned(),
            "-d" => body = words.next().cloned(),
            "-H" => headers.extend(words.next().and_then(|header| header.split_once(": "))),
            url => url.clone_into(&mut path),
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let mut request = Request::builder().method(method.as_str()).uri(path).header("host", "192.0.2.1");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(Body::from(body.unwrap_or_default())).expect("a request")
}

#[tokio::test]
async fn b15_every_example_of_the_page_does_what_it_says() {
    let page = include_str!("../../docs/api.md");
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    program.ask("DELETE", "/extensions/102", None).await;
    let auth = format!("Authorization: Bearer {}", program.token);
    let examples: Vec<String> = lines(page).into_iter().filter(|line| line.starts_with("curl ")).collect();
    assert!(examples.len() > 10, "{examples:?}");
    for example in examples {
        let request = request(&words(&example, &auth));
        if request.uri().path().ends_with("/events") {
            // A stream ends with its token; the answer's status is what counts.
            let other = Program::new(&house).await;
            let auth = format!("Authorization: Bearer {}", other.token);
            let request = self::request(&words(&example, &auth));
            let id = house.tell("GET", "/control/tokens", "").await.json();
            let id = id["tokens"].as_array().and_then(|all| all.last()).expect("a token")["id"].clone();
            let (answer, ()) = tokio::join!(house.send(request, [192, 0, 2, 60]), async {
                program.ask("DELETE", &format!("/tokens/{}", id.as_str().expect("a text")), None).await;
                program.ask("PUT", "/office", Some(json!({ "name": "Rossi" }))).await;
            });
            assert!(
                answer.status.is_success() && answer.body.contains("listening"),
                "{example}: {}",
                answer.body
            );
            continue;
        }
        let answer = house.send(request, [192, 0, 2, 60]).await;
        assert!(answer.status.is_success(), "{example}: {} {}", answer.status, answer.body);
    }
}

#[test]
fn b15_the_signature_is_checked_as_the_page_says() {
    // The page's own function, where Python is there to run it.
    let page = include_str!("../../docs/api.md");
    let function =
        page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let try_it = format!(
        "{function}
t = str(int(time.time()))
body = b'{{\"event\":\"test\"}}'
mac = hmac.new(b'whsec_01', t.encode() + b'.' + body, hashlib.sha256).hexdigest()
assert is_from_perch('whsec_01', f't={{t}},v1={{mac}}', body)
assert not is_from_perch('whsec_02', f't={{t}},v1={{mac}}', body)
assert not is_from_perch('whsec_01', f't=1,v1={{mac}}', body)
"
    );
    match std::process::Command::new("python3").arg("-c").arg(try_it).output() {
        Ok(run) => assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr)),
        Err(error) => eprintln!("python3 is not here ({error}): the page's function was not run"),
    }
}
