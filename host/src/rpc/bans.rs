//! The methods that ban, lift bans, tell of them, and close channels.

use super::at_once::add;
use super::target::{Target, params};
use super::{MethodError, Methods, handler};
use crate::channel::CloseReason;
use crate::clock;
use crate::hosts::{Ban, Sentence};
use crate::node::Node;
use crate::session::{SessionContext, keeper};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The reason that is given when the operator gives none.
const NO_REASON: &str = "the operator's wish";
/// The longest ban that may be asked for.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Registers `p2p.ban`, `p2p.unban`, `p2p.bans` and `p2p.disconnect`.
pub(super) fn register(methods: &Methods, node: &Arc<Node>) {
    let owner = Arc::clone(node.context());
    add(methods, "p2p.bans", move |_| {
        let now = clock::unix_seconds();
        Ok(owner.hosts.bans().iter().map(|ban| describe(ban, now)).collect())
    });
    let owner = Arc::clone(node.context());
    add(methods, "p2p.disconnect", move |params| disconnect(&owner, params));
    let banning = Arc::clone(node.context());
    let unbanning = Arc::clone(node.context());
    for (name, answer) in [
        ("p2p.ban", handler(move |params| kept(Arc::clone(&banning), ban, params))),
        ("p2p.unban", handler(move |params| kept(Arc::clone(&unbanning), unban, params))),
    ] {
        if let Err(error) = methods.register(name, answer) {
            tracing::error!(%error, "an RPC method is left out");
        }
    }
}

/// A ban as the methods show it. Times are seconds, since 1970 but for those that are left.
pub(super) fn describe(ban: &Ban, now: u64) -> Value {
    json!({
        "who": ban.subject.to_string(),
        "address": ban.address,
        "reason": ban.reason,
        "since": ban.since,
        "until": ban.until,
        "left": ban.until.saturating_sub(now),
        "times": ban.times,
    })
}

type Change = fn(&SessionContext, Value) -> Result<Value, MethodError>;

/// Changes the bans, and answers when the change is on the disk.
async fn kept(context: Arc<SessionContext>, change: Change, params: Value) -> Result<Value, MethodError> {
    let answer = change(&context, params)?;
    keeper::save_bans(&context).await;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "who, and perhaps a duration and a reason")]
struct BanParams {
    /// An address, a host, a group, or the id of a channel.
    who: Value,
    /// A text such as `24h`, or seconds.
    #[serde(default)]
    duration: Value,
    #[serde(default)]
    reason: Option<String>,
}

fn ban(context: &SessionContext, given: Value) -> Result<Value, MethodError> {
    let BanParams { who, duration, reason } = params(given)?;
    let target = Target::parse(&who)?;
    let subject = target.subject(context)?;
    let address = match &target {
        Target::Address(address) => Some(address),
        Target::Channel(_) | Target::Subject(_) => None,
    };
    let reason = reason.as_deref().unwrap_or(NO_REASON);
    let sentence = Sentence { address, length: length(&duration)?, reason };
    let now = clock::unix_seconds();
    let ban = context.hosts.punish(&subject, sentence, now).ok_or_else(|| {
        MethodError::invalid_params(format!("{subject} is local: it is banned under localnet only"))
    })?;
    let closed = context.close_banned(&subject);
    tracing::info!(%subject, reason, until = ban.until, closed, "banned by the operator");
    let mut answer = describe(&ban, now);
    answer["closed"] = closed.into();
    Ok(answer)
}

/// How long a ban is to last; none where nothing is said.
fn length(duration: &Value) -> Result<Option<Duration>, MethodError> {
    let length = match duration {
        Value::Null => return Ok(None),
        Value::Number(seconds) => seconds.as_u64().map(Duration::from_secs),
        Value::String(text) => humantime::parse_duration(text).ok(),
        _ => None,
    };
    length.filter(|length| length.as_secs() > 0 && *length <= LONGEST).map(Some).ok_or_else(|| {
        let expected = "expected a duration such as \"24h\", or seconds, of a year at most";
        MethodError::invalid_params(format!("duration: {expected}, found {duration}"))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "who")]
struct Who {
    who: Value,
}

fn unban(context: &SessionContext, given: Value) -> Result<Value, MethodError> {
    let Who { who } = params(given)?;
    let subject = Target::parse(&who)?.subject(context)?;
    let ban = context.hosts.unban(&subject);
    let ban = ban.ok_or_else(|| MethodError::invalid_params(format!("{subject} is not banned")))?;
    tracing::info!(%subject, "the operator lifted a ban");
    Ok(describe(&ban, clock::unix_seconds()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "who, and perhaps a reason")]
struct DisconnectParams {
    who: Value,
    #[serde(default)]
    reason: Option<String>,
}

/// Closes channels: their ids.
fn disconnect(context: &SessionContext, given: Value) -> Result<Value, MethodError> {
    let DisconnectParams { who, reason } = params(given)?;
    let channels = Target::parse(&who)?.channels(context)?;
    let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
    channels.iter().for_each(|channel| channel.close(CloseReason::Operator(reason.clone())));
    Ok(channels.iter().map(|channel| channel.id()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_text_or_seconds() {
        for (given, seconds) in [(json!("24h"), 86_400), (json!(60), 60), (json!("1m 1s"), 61)] {
            assert_eq!(length(&given), Ok(Some(Duration::from_secs(seconds))), "{given}");
        }
        assert_eq!(length(&json!(null)), Ok(None));
        for given in [json!(0), json!(-1), json!("soon"), json!("500ms"), json!("2years"), json!([])] {
            assert!(length(&given).is_err(), "{given}");
        }
    }
}
