//! Cookies: read from a request, set on an answer. All are HttpOnly and SameSite=Strict.

use axum::http::{HeaderMap, HeaderValue, header};

/// The session.
pub const SESSION: &str = "perch-session";

/// A visitor without a session.
pub const VISIT: &str = "perch-visit";

/// The language chosen.
pub const LANGUAGE: &str = "perch-language";

/// A year in seconds.
pub const YEAR: u32 = 31_536_000;

/// How many cookies of a request are looked at.
const READ: usize = 32;

/// The value of a cookie of ours: letters and digits, nothing else.
pub fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .take(READ)
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| {
            *key == name && value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        .map(|(_, value)| value.to_owned())
}

/// Sets a cookie; for as long as the browser is open, or for `seconds`.
pub fn set(headers: &mut HeaderMap, name: &str, value: &str, seconds: Option<u32>) {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Takes a cookie away.
pub fn clear(headers: &mut HeaderMap, name: &str) {
    set(headers, name, "", Some(0));
}
