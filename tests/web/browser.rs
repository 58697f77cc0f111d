//! A browser without JavaScript: keeps cookies, follows redirects, fills in the forms that stand on the page.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::house::{Answer, House};

/// The owner's password in these tests.
pub const PASSWORD: &str = "three green parrots";

pub struct Browser<'a> {
    pub house: &'a House,
    pub cookies: BTreeMap<String, String>,
    pub language: &'static str,
    pub peer: [u8; 4],
    /// The page shown.
    pub page: String,
    /// Its address.
    pub at: String,
    pub status: StatusCode,
}

impl<'a> Browser<'a> {
    pub fn new(house: &'a House) -> Self {
        Self {
            house,
            cookies: BTreeMap::new(),
            language: "en-GB,en;q=0.9",
            peer: [192, 0, 2, 50],
            page: String::new(),
            at: String::new(),
            status: StatusCode::OK,
        }
    }

    /// A browser whose user has done the whole set-up and is signed in.
    pub async fn of_owner(house: &'a House) -> Self {
        let mut browser = Self::new(house);
        browser.set_up().await;
        browser
    }

    pub async fn set_up(&mut self) {
        self.open("/").await;
        let code = self.house.code();
        self.submit("/setup/code", &[("code", &code)]).await;
        self.submit("/setup/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
        let office = [("name", "Rossi & Figli"), ("country", "IT"), ("timezone", "Europe/Rome")];
        self.submit("/setup/office", &office).await;
        assert_eq!(self.at, "/setup/extensions", "{}", self.page);
    }

    /// Adds the two extensions of the stories.
    pub async fn add_extensions(&mut self) {
        for (number, name, pin) in [("100", "Ada Rossi", "4071"), ("101", "Reception", "")] {
            self.open("/extensions/new").await;
            self.submit("/extensions/new", &[("number", number), ("name", name), ("pin", pin)]).await;
            assert_eq!(self.at, format!("/extensions/{number}?note=extension-added"), "{}", self.page);
        }
    }

    pub async fn open(&mut self, path: &str) {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let request = self.request("GET", &path).body(Body::empty()).expect("a request");
            let answer = self.send(request).await;
            match answer.status {
                StatusCode::SEE_OTHER => path = answer.header("location").to_owned(),
                _ => return self.show(answer, path),
            }
        }
        panic!("the redirects do not end at {path}");
    }

    /// Submits the form of this page that goes to `action`: its hidden and filled-in fields, changed by `fields`.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) {
        let mut values = form(&self.page, action)
            .unwrap_or_else(|| panic!("no form goes to {action} on {}:\n{}", self.at, self.page));
        for (name, value) in fields {
            values.retain(|(field, _)| field != name);
            if !value.is_empty() {
                values.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let answer = self.post(action, &values).await;
        match answer.status {
            StatusCode::SEE_OTHER => {
                let to = answer.header("location").to_owned();
                self.open(&to).await;
            }
            _ => self.show(answer, action.to_owned()),
        }
    }

    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let request = self
            .request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "http://192.0.2.1:8080")
            .body(Body::from(body.join("&")))
            .expect("a request");
        self.send(request).await
    }

    /// The token of the first form on the page.
    pub fn csrf(&self) -> String {
        let at = self.page.find("name=\"csrf\" value=\"").expect("a form with a token");
        self.page[at + 19..].chars().take_while(|c| *c != '"').collect()
    }

    pub fn says(&self, text: &str) -> bool {
        self.page.contains(text)
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "192.0.2.1:8080")
            .header("accept-language", self.language)
            .header("cookie", cookies.join("; "))
    }

    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.house.send(request, self.peer).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("a cookie");
            let (name, rest) = text.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn show(&mut self, answer: Answer, at: String) {
        assert!(!answer.body.contains('⟦'), "a sentence is missing on {at}: {}", answer.body);
        self.status = answer.status;
        self.page = answer.body;
        self.at = at;
    }
}

/// The fields of the form that goes to `action`, as a browser would send them untouched.
fn form(page: &str, action: &str) -> Option<Vec<(String, String)>> {
    let start = page.find(&format!("action=\"{action}\""))?;
    let end = start + page[start..].find("</form>")?;
    let form = &page[start..end];
    let mut fields = Vec::new();
    for input in form.split("<input ").skip(1) {
        let tag = input.split('>').next()?;
        let (Some(name), kind) = (attribute(tag, "name"), attribute(tag, "type").unwrap_or_default()) else {
            continue;
        };
        let is_choice = kind == "radio" || kind == "checkbox";
        if is_choice && !tag.contains(" checked") {
            continue;
        }
        fields.push((name, attribute(tag, "value").unwrap_or_default()));
    }
    for select in form.split("<select ").skip(1) {
        let name = attribute(select.split('>').next()?, "name")?;
        let body = select.split("</select>").next()?;
        let options: Vec<&str> =
            body.split("<option ").skip(1).filter_map(|one| one.split('>').next()).collect();
        let chosen = options.iter().find(|one| one.contains(" selected")).or(options.first());
        fields.push((name, chosen.and_then(|one| attribute(one, "value")).unwrap_or_default()));
    }
    Some(fields)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[at..at + tag[at..].find('"')?];
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", "\""))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
