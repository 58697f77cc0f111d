//! Chromium by its driver, with a profile of its own, as a person uses it: looks, types, chooses, clicks.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::perch::free_port;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whether the browser runs scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

pub struct Chromium {
    client: Client,
    port: u16,
    driver: Child,
    _profile: TempDir,
}

/// A program these tests need that is not installed.
pub fn missing_program() -> Option<&'static str> {
    ["chromium", "chromedriver"].into_iter().find(|program| find(program).is_none())
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

impl Chromium {
    pub async fn start(language: &str, scripts: Scripts) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let port = free_port().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver starts");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,900",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--lang={language}"));
        arguments.push(format!("--accept-lang={language}"));
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let javascript = if scripts == Scripts::On { 1 } else { 2 };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {
                    "intl.accept_languages": language,
                    "profile.managed_default_content_settings.javascript": javascript,
                },
            },
            "goog:loggingPrefs": { "browser": "WARNING" },
        });
        let capabilities = capabilities.as_object().expect("an object").clone();
        let end = Instant::now() + PATIENCE;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder
                .capabilities(capabilities.clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
            {
                Ok(client) => break client,
                Err(error) => assert!(Instant::now() < end, "no browser: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Self { client, port, driver, _profile: profile }
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    pub async fn reloads(&self) {
        self.client.refresh().await.expect("a page");
    }

    pub async fn types(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    pub async fn chooses(&self, css: &str, value: &str) {
        self.element(&format!("{css} option[value=\"{value}\"]")).await.click().await.expect("a choice");
    }

    pub async fn clicks(&self, css: &str) {
        self.element(css).await.click().await.expect("a button");
    }

    /// Waits until the page shows this text.
    pub async fn sees(&self, text: &str) {
        self.sees_in("body", text).await;
    }

    /// Waits until a part of the page shows this text.
    pub async fn sees_in(&self, css: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.text_of(css).await;
            if seen.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{css} does not show {text:?} but:\n{seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until there is such an element.
    pub async fn sees_one(&self, css: &str) {
        self.element(css).await;
    }

    pub async fn does_not_see(&self, text: &str) {
        let seen = self.text_of("body").await;
        assert!(!seen.contains(text), "{seen}");
    }

    /// Nothing was blocked by the page's own rules, and no script failed.
    pub async fn has_no_faults(&self) {
        let session = self.client.session_id().await.expect("a session").expect("a session");
        let url = format!("http://127.0.0.1:{}/session/{session}/se/log", self.port);
        let ask = move || {
            let answer = ureq::post(&url).send_json(json!({ "type": "browser" }));
            answer.and_then(|mut answer| answer.body_mut().read_json::<Value>())
        };
        let log = tokio::task::spawn_blocking(ask).await.expect("asked").expect("answered");
        let entries = log["value"].as_array().expect("a log");
        let severe: Vec<&Value> = entries.iter().filter(|entry| entry["level"] == "SEVERE").collect();
        assert!(severe.is_empty(), "{severe:#?}");
    }

    pub async fn close(self) {
        self.client.clone().close().await.expect("the browser closes");
    }

    async fn text_of(&self, css: &str) -> String {
        // An element that was exchanged under our eyes is looked for again.
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    async fn element(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
