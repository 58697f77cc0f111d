//! The answer to a phone: the file, or that it has it already; and the word to the exchange when the last byte has left.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;

use super::shelf::Ready;
use crate::control::Control;
use crate::model::{DeviceId, Generation};
use crate::web::wire::Wire;

/// How many bytes are handed to the connection at once.
const PIECE: usize = 16 * 1024;

/// What a phone wants to know.
#[derive(Debug, Clone)]
pub struct Asked {
    is_head: bool,
    none_match: Option<String>,
    modified_since: Option<String>,
}

impl Asked {
    /// Reads the conditions off a request; the method where it is neither GET nor HEAD.
    pub fn of(request: &Request) -> Result<Self, Method> {
        let is_head = match *request.method() {
            Method::GET => false,
            Method::HEAD => true,
            ref other => return Err(other.clone()),
        };
        let text = |name| text_of(request.headers(), name);
        Ok(Self {
            is_head,
            none_match: text(header::IF_NONE_MATCH),
            modified_since: text(header::IF_MODIFIED_SINCE),
        })
    }

    /// Whether the file itself is wanted.
    pub fn is_get(&self) -> bool {
        !self.is_head
    }

    /// Whether the phone has this file already (RFC 9110 §13.2.2). A date counts only when it is the very one it was
    /// given: the box's clock may have stood wrong then.
    fn has(&self, ready: &Ready) -> bool {
        match (&self.none_match, &self.modified_since) {
            (Some(tags), _) => tags
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == ready.etag),
            (None, Some(date)) => ready.modified.is_some_and(|modified| http_date(modified) == *date),
            (None, None) => false,
        }
    }
}

/// What a fetch to the last byte is worth.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The phone.
    pub device: DeviceId,
    /// What it has then.
    pub generation: Generation,
}

/// Answers with the file; tells the exchange when it has left, where it counts.
pub fn answer(
    control: &Control,
    wire: &Wire,
    asked: &Asked,
    ready: &Ready,
    counted: Option<Counted>,
) -> Response {
    let left = LeftWord {
        control: control.clone(),
        wire: wire.clone(),
        counted: counted.filter(|_| !asked.is_head),
    };
    let mut response = if asked.has(ready) {
        // The body is empty: it ends where the connection takes it.
        let mut response = Body::from_stream(Pieces::of(Bytes::new(), left).into_stream()).into_response();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let body = if asked.is_head { Bytes::new() } else { ready.body.clone() };
        let mut response = Body::from_stream(Pieces::of(body, left).into_stream()).into_response();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(ready.body.len()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(ready.content_type));
        response
    };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&ready.etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(date) = ready.modified.and_then(|modified| HeaderValue::from_str(&http_date(modified)).ok()) {
        headers.insert(header::LAST_MODIFIED, date);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The word that the file has left; sent when everything written is with the socket.
struct LeftWord {
    control: Control,
    wire: Wire,
    counted: Option<Counted>,
}

impl LeftWord {
    fn say(self) {
        let Self { control, wire, counted } = self;
        let Some(Counted { device, generation }) = counted else { return };
        let tell = move || {
            tokio::spawn(async move {
                // A box that stops needs no word any more.
                let _ = control.phone_fetched(device, generation).await;
            });
        };
        match wire.flushes {
            Some(flushes) => flushes.after(Box::new(tell)),
            None => tell(),
        }
    }
}

/// A body in pieces that knows when its last one was taken, whether it is then asked once more or dropped.
struct Pieces {
    rest: Bytes,
    word: Option<LeftWord>,
}

impl Pieces {
    fn of(body: Bytes, word: LeftWord) -> Self {
        Self { rest: body, word: Some(word) }
    }

    fn into_stream(self) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, async |mut pieces| {
            if pieces.rest.is_empty() {
                return None;
            }
            let size = pieces.rest.len().min(PIECE);
            let piece = pieces.rest.split_to(size);
            Some((Ok(piece), pieces))
        })
    }
}

/// hyper drops a body when it has taken as much as Content-Length says, without asking for more.
impl Drop for Pieces {
    fn drop(&mut self) {
        if self.rest.is_empty()
            && let Some(word) = self.word.take()
        {
            word.say();
        }
    }
}
