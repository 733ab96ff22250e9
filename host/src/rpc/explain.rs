//! The method that tells what a peer used, what it was refused, what it did wrong, and what comes next.

use super::at_once::add;
use super::bans::describe;
use super::target::{Target, params};
use super::{MethodError, Methods};
use crate::address::{HostKey, Subject};
use crate::channel::Listed;
use crate::clock;
use crate::ledger::{Offence, Statement, Totals};
use crate::node::Node;
use crate::protocol::ProtocolEntry;
use crate::session::SessionContext;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
    let channels = context.roster.all();
    answer["bans"] = context.hosts.bans().len().into();
    answer["channels"] = channels.len().into();
    answer["setting_up"] = channels.iter().filter(|listed| listed.is_beginning).count().into();
    answer["per_second"] = object(&rate(context, &channels))?;
    answer["protocols"] = object(&protocols(context, &channels))?;
    answer["memory_per_protocol"] = context.ledger.budget().limit_per_protocol().into();
    Ok(answer)
}

/// What a protocol uses, on all channels.
#[derive(Debug, Default, Serialize)]
struct Used {
    /// The time for which its jobs ran, in nanoseconds.
    cpu_nanos: u64,
    /// Bytes that wait for it, and of it.
    waiting: usize,
}

fn protocols(context: &SessionContext, channels: &[Listed]) -> BTreeMap<String, Used> {
    let entry = |entry: Arc<ProtocolEntry>| {
        (entry.name.to_string(), Used { cpu_nanos: entry.worked.nanos(), waiting: 0 })
    };
    let mut protocols: BTreeMap<_, _> = context.registry.entries().into_iter().map(entry).collect();
    for (protocol, held) in channels.iter().flat_map(|listed| listed.channel.held()) {
        protocols.entry(protocol.to_string()).or_default().waiting += held;
    }
    protocols
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
    answer["per_second"] = object(&rate(context, &channels))?;
    let describe = |listed: &Listed| describe_channel(context, listed);
    answer["channels"] = channels.iter().map(describe).collect::<Result<_, _>>()?;
    answer["next"] = next(context, &host, &statement).into();
    Ok(answer)
}

fn channels_of(context: &SessionContext, host: &HostKey) -> Vec<Listed> {
    let mut channels = context.roster.all();
    channels.retain(|listed| HostKey::of(listed.channel.address()).as_ref() == Some(host));
    channels
}

fn describe_channel(context: &SessionContext, listed: &Listed) -> Result<Value, MethodError> {
    let channel = &listed.channel;
    let held: BTreeMap<_, _> =
        channel.held().into_iter().map(|(protocol, bytes)| (protocol.to_string(), bytes)).collect();
    Ok(json!({
        "id": channel.id(),
        "url": channel.address(),
        "session": channel.session().name(),
        "state": if listed.is_beginning { "setting up" } else { "open" },
        "age": clock::unix_seconds().saturating_sub(channel.since()),
        "waiting": held.values().sum::<usize>(),
        "waiting_by_protocol": held,
        "used": object(&channel.traffic().totals())?,
        "per_second": object(&context.ledger.rate(channel.id()))?,
    }))
}

/// What channels use in a second, together.
fn rate(context: &SessionContext, channels: &[Listed]) -> Totals {
    let rates = channels.iter().map(|listed| context.ledger.rate(listed.channel.id()));
    rates.fold(Totals::default(), Totals::plus)
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

fn object(value: &impl Serialize) -> Result<Value, MethodError> {
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
