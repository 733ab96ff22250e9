//! One call of JSON-RPC, as the body of a request.

use super::answer::{self, Answer};
use crate::rpc::{MAX_REQUEST_BYTES, Methods, answer_alone};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(15);

/// What is read of a body that is too long, so that its sender hears of it: a connection that is closed while it is written
/// to is reset.
const MAX_SKIPPED_BYTES: usize = 16 * MAX_REQUEST_BYTES;

/// Answers the call in a body.
pub(super) async fn call<B>(request: Request<B>, methods: &Methods) -> Answer
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    if !is_json(request.headers()) {
        let sentence = "The body has to be JSON, with the header Content-Type: application/json.";
        return answer::say(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence);
    }
    let text = match timeout(BODY_DEADLINE, read(request.into_body())).await {
        Ok(Ok(Some(text))) => text,
        Ok(Ok(None)) => {
            let sentence = format!("The body may have {MAX_REQUEST_BYTES} bytes.");
            return answer::say(StatusCode::PAYLOAD_TOO_LARGE, &sentence);
        }
        Ok(Err(_)) => return answer::say(StatusCode::BAD_REQUEST, "The body ended before its end."),
        Err(_) => return answer::say(StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive."),
    };
    match answer_alone(&text, methods).await {
        Some(reply) => answer::json(reply),
        None => answer::empty(StatusCode::NO_CONTENT),
    }
}

/// A page of another site cannot send this type without being asked about it.
fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// The whole of a body; `None` when it is too long.
async fn read<B>(mut body: B) -> Result<Option<Vec<u8>>, B::Error>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (mut text, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await.transpose()? {
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MAX_REQUEST_BYTES {
            text.extend_from_slice(&data);
        } else if length > MAX_SKIPPED_BYTES {
            break;
        } else {
            text = Vec::new();
        }
    }
    Ok((length <= MAX_REQUEST_BYTES).then_some(text))
}
