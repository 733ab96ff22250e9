//! Answers one text: a request, or a batch of them.

use super::error::MethodError;
use super::jsonrpc::{self, Entry, Incoming, Request};
use super::methods::{Methods, Subscriber};
use super::reply::{self, Reply};
use crate::clock;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a text may take, a batch as a whole.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// The line to send back, if any. `stream` starts what a method answers with instead of a reply, or says why not.
pub(super) async fn answer(
    text: &[u8],
    methods: &Methods,
    stream: impl Fn(&Subscriber, Request) -> Option<Reply>,
) -> Option<String> {
    let deadline = clock::now() + ANSWER_DEADLINE;
    match jsonrpc::parse(text) {
        Incoming::Single(entry) => {
            answer_entry(entry, methods, deadline, &stream).await.map(|reply| reply.to_line())
        }
        Incoming::Batch(entries) => {
            let mut replies = Vec::new();
            for entry in entries {
                replies.extend(answer_entry(entry, methods, deadline, &stream).await);
            }
            reply::batch_line(&replies)
        }
    }
}

/// As [`answer`], for somebody who is gone with the reply, and so gets no stream.
pub(crate) async fn answer_alone(text: &[u8], methods: &Methods) -> Option<String> {
    let refuse = |_: &Subscriber, request: Request| {
        let reason = "the method answers with a stream, for which a connection is needed that stays";
        request.id.map(|id| Reply { id, outcome: Err(MethodError::invalid_request(reason)) })
    };
    answer(text, methods, refuse).await
}

async fn answer_entry(
    entry: Entry,
    methods: &Methods,
    deadline: Instant,
    stream: &impl Fn(&Subscriber, Request) -> Option<Reply>,
) -> Option<Reply> {
    let request = match entry {
        Ok(request) => request,
        Err(refusal) => return Some(refusal),
    };
    if let Some(subscriber) = methods.subscriber(&request.method) {
        return stream(&subscriber, request);
    }
    let call = methods.call(&request.method, request.params);
    let outcome = timeout_at(deadline, call).await.unwrap_or_else(|_| {
        Err(MethodError::internal(format!("no answer within {} seconds", ANSWER_DEADLINE.as_secs())))
    });
    request.id.map(|id| Reply { id, outcome })
}
