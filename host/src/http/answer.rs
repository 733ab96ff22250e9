//! What is sent back, with the headers that every answer has.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

pub(super) type Answer = Response<Full<Bytes>>;

/// A page takes nothing from elsewhere, runs no code that stands in it, and is shown in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer says.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds what every answer says.
pub(super) fn dress(mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is no page is made anew each time.
    let kept = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(kept);
    answer
}

/// An answer with a body of this kind.
pub(super) fn of(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// A sentence for whoever asked.
pub(super) fn say(status: StatusCode, sentence: &str) -> Answer {
    of(status, "text/plain; charset=utf-8", format!("{sentence}\n"))
}

/// JSON text.
pub(super) fn json(text: String) -> Answer {
    of(StatusCode::OK, "application/json", text)
}

/// Nothing but a status.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// Sends the browser to another path of this node.
pub(super) fn redirect(path: &str) -> Answer {
    let mut answer = say(StatusCode::FOUND, &format!("It is at {path}."));
    set(answer.headers_mut(), header::LOCATION, path);
    answer
}

/// What was asked is not a way to ask for it.
pub(super) fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = say(StatusCode::METHOD_NOT_ALLOWED, &format!("Only {allowed} can be answered here."));
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Sets a header, if the value can be one.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(error) => tracing::error!(%name, %error, "a header cannot be sent"),
    }
}

/// A text as JSON shows it: on one line, in quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
