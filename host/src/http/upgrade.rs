//! Whether a request wants to become a WebSocket, and the answer that makes it one.

use super::answer::{self, Answer};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The only version that there is.
const VERSION: &str = "13";

/// The length of a key: 16 bytes in base64.
const KEY_LENGTH: usize = 24;

/// The answer after which the connection is a WebSocket.
///
/// # Errors
///
/// The answer that says why it does not become one.
#[expect(clippy::result_large_err, reason = "either is the answer to a request, once a connection")]
pub(super) fn accept(headers: &HeaderMap) -> Result<Answer, Answer> {
    let wants =
        names(headers, &header::CONNECTION, "upgrade") && names(headers, &header::UPGRADE, "websocket");
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    if !wants || version.is_none_or(|version| version != VERSION) {
        return Err(required());
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == KEY_LENGTH);
    let key =
        key.ok_or_else(|| answer::say(StatusCode::BAD_REQUEST, "The key of the WebSocket is missing."))?;
    let mut accepted = answer::empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = accepted.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    answer::set(headers, header::SEC_WEBSOCKET_ACCEPT, &derive_accept_key(key.as_bytes()));
    Ok(accepted)
}

fn required() -> Answer {
    let sentence = "JSON-RPC is answered here over a WebSocket of version 13, or as the body of a POST.";
    let mut required = answer::say(StatusCode::UPGRADE_REQUIRED, sentence);
    let headers = required.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    required
}

/// Whether a header that is a list has this name in it.
fn names(headers: &HeaderMap, header: &HeaderName, name: &str) -> bool {
    let lists = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|found| found.trim().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers of the example in RFC 6455.
    fn example() -> HeaderMap {
        let headers = [
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_example_of_the_standard_is_accepted_as_it_says() {
        let accepted = accept(&example()).unwrap();
        assert_eq!(accepted.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(accepted.headers()[header::SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_told_what_is_expected() {
        for (name, value, status) in [
            (header::CONNECTION, Some("keep-alive"), StatusCode::UPGRADE_REQUIRED),
            (header::UPGRADE, Some("h2c"), StatusCode::UPGRADE_REQUIRED),
            (header::UPGRADE, None, StatusCode::UPGRADE_REQUIRED),
            (header::SEC_WEBSOCKET_VERSION, Some("8"), StatusCode::UPGRADE_REQUIRED),
            (header::SEC_WEBSOCKET_KEY, None, StatusCode::BAD_REQUEST),
            (header::SEC_WEBSOCKET_KEY, Some("short"), StatusCode::BAD_REQUEST),
        ] {
            let mut headers = example();
            headers.remove(&name);
            value.map(|value| headers.insert(name.clone(), HeaderValue::from_static(value)));
            let refused = accept(&headers).unwrap_err();
            assert_eq!(refused.status(), status, "{name}: {value:?}");
        }
    }
}
