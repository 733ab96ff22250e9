//! The method that tells what a peer used, what it was refused, what it did wrong, and what comes next.

use super::at_once::add;
use super::bans::describe;
use super::target::{Target, params};
use super::{MethodError, Methods};
use crate::address::{HostKey, Subject};
use crate::channel::Channel;
use crate::clock;
use crate::ledger::{Offence, Statement, Totals};
use crate::node::Node;
use crate::protocol::ProtocolEntry;
use crate::session::SessionContext;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Registers `p2p.explain`.
pub(super) fn register(methods: &Methods, node: &Arc<Node>) {
    let context = Arc::clone(node.context());
    add(methods, "p2p.explain", move |given| {
        let Params { who } = params(given)?;
        if who.is_null() { overview(&context) } else { explain(&context, &Target::parse(&who)?) }
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "who, or nothing")]
struct Params {
    #[serde(default)]
    who: Value,
}

/// The node as a whole.
fn overview(context: &SessionContext) -> Result<Value, MethodError> {
    let mut answer = object(&context.ledger.overview())?;
    let channels = context.channels.all();
    answer["bans"] = context.hosts.bans().len().into();
    answer["channels"] = channels.len().into();
    answer["per_second"] = object(&sum(channels.iter().map(|channel| context.ledger.rate(channel.id()))))?;
    let worked = |entry: &Arc<ProtocolEntry>| (entry.name.to_string(), Value::from(entry.worked.nanos()));
    answer["protocols_cpu_nanos"] = context.registry.entries().iter().map(worked).collect();
    Ok(answer)
}

fn explain(context: &SessionContext, target: &Target) -> Result<Value, MethodError> {
    let host = match target.subject(context)? {
        Subject::Host(host) => host,
        Subject::Group(group) => {
            return Err(MethodError::invalid_params(format!(
                "{} is a group: name one of its hosts",
                Subject::Group(group)
            )));
        }
    };
    let statement = context.ledger.statement(&host, clock::now());
    let channels = channels_of(context, &host);
    let now = clock::unix_seconds();
    let mut answer = object(&statement)?;
    answer["banned"] = context.hosts.ban_of(&host).map_or(Value::Null, |ban| describe(&ban, now));
    answer["per_second"] = object(&sum(channels.iter().map(|channel| context.ledger.rate(channel.id()))))?;
    let describe = |channel: &Arc<Channel>| describe_channel(context, channel);
    answer["channels"] = channels.iter().map(describe).collect::<Result<_, _>>()?;
    answer["next"] = next(context, &host, &statement).into();
    Ok(answer)
}

fn channels_of(context: &SessionContext, host: &HostKey) -> Vec<Arc<Channel>> {
    let mut channels = context.channels.all();
    channels.retain(|channel| HostKey::of(channel.address()).as_ref() == Some(host));
    channels
}

fn describe_channel(context: &SessionContext, channel: &Channel) -> Result<Value, MethodError> {
    Ok(json!({
        "id": channel.id(),
        "url": channel.address(),
        "session": channel.session().name(),
        "waiting": channel.held(),
        "used": object(&channel.traffic().totals())?,
        "per_second": object(&context.ledger.rate(channel.id()))?,
    }))
}

fn sum(all: impl Iterator<Item = Totals>) -> Totals {
    all.fold(Totals::default(), Totals::plus)
}

/// What comes next, in words.
fn next(context: &SessionContext, host: &HostKey, statement: &Statement) -> Vec<String> {
    let subject = Subject::Host(host.clone());
    if let Some(ban) = context.hosts.ban_of(host) {
        let left = Duration::from_secs(ban.until.saturating_sub(clock::unix_seconds()));
        return vec![format!("it is banned for another {}", humantime::format_duration(left))];
    }
    let mut next = Vec::new();
    if statement.inbound.limit.is_some_and(|limit| statement.inbound.open >= limit) {
        next.push("the next connection is refused: its host has as many as one may have".to_owned());
    }
    if !context.hosts.can_ban(&subject) {
        next.push("it is never banned, as it is local: an offence only ends its channel".to_owned());
        return next;
    }
    let length = humantime::format_duration(context.hosts.next_ban(&subject)).to_string();
    next.extend(statement.next.iter().map(|(offence, count)| foretell(*offence, *count, &length)));
    next
}

fn foretell(offence: Offence, count: u32, length: &str) -> String {
    let name = offence.name();
    match count {
        1 => format!("the next {name} bans it for {length}"),
        _ => format!("{name}, {count} times more at once, bans it for {length}"),
    }
}

fn object(value: &impl serde::Serialize) -> Result<Value, MethodError> {
    serde_json::to_value(value).map_err(|error| MethodError::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_is_said_in_words() {
        assert_eq!(foretell(Offence::Malformed, 1, "1day"), "the next malformed message bans it for 1day");
        assert_eq!(
            foretell(Offence::WrongMagic, 10, "1day"),
            "wrong magic, 10 times more at once, bans it for 1day"
        );
    }
}
