//! Whom a method of the node is about: a channel, an address, a host, or a group of addresses.

use super::MethodError;
use crate::address::{Address, HostKey, Subject};
use crate::channel::Channel;
use crate::session::SessionContext;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// Whom a method is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The channel with this id.
    Channel(u32),
    /// The peer at this address.
    Address(Address),
    /// A host or a group.
    Subject(Subject),
}

impl Target {
    /// Reads the number of a channel or a text.
    pub(super) fn parse(value: &Value) -> Result<Self, MethodError> {
        let wrong = |found: &str, why: &str| MethodError::invalid_params(format!("{found}: {why}"));
        let id = |number: Option<u32>| number.map(Self::Channel);
        let expected = "expected the id of a channel, an address, a host or a group";
        match value {
            Value::Number(number) => id(number.as_u64().and_then(|number| number.try_into().ok()))
                .ok_or_else(|| wrong(&number.to_string(), expected)),
            Value::String(text) if text.contains("://") => {
                text.parse().map(Self::Address).map_err(|error| wrong(text, &crate::causes::chain(&error)))
            }
            Value::String(text) => id(text.parse().ok())
                .or_else(|| text.parse().ok().map(Self::Subject))
                .ok_or_else(|| wrong(text, &crate::address::SubjectError.to_string())),
            other => Err(wrong(&other.to_string(), expected)),
        }
    }

    /// The host or the group that is meant.
    pub(super) fn subject(&self, context: &SessionContext) -> Result<Subject, MethodError> {
        let address = match self {
            Self::Subject(subject) => return Ok(subject.clone()),
            Self::Address(address) => address.clone(),
            Self::Channel(id) => context.channels.find(*id).ok_or_else(|| nobody(self))?.address().clone(),
        };
        Subject::of(&address).ok_or_else(|| {
            MethodError::invalid_params(format!("{address} does not say which host the peer is on"))
        })
    }

    /// The channels that are meant: at least one.
    pub(super) fn channels(&self, context: &SessionContext) -> Result<Vec<Arc<Channel>>, MethodError> {
        let mut channels = context.channels.all();
        channels.retain(|channel| match self {
            Self::Channel(id) => channel.id() == *id,
            Self::Address(address) => channel.address() == address,
            Self::Subject(subject) => {
                HostKey::of(channel.address()).is_some_and(|host| subject.covers(&host))
            }
        });
        if channels.is_empty() { Err(nobody(self)) } else { Ok(channels) }
    }
}

/// Reads the parameters of a method, from an array in their order or from an object by their names.
pub(super) fn params<T: DeserializeOwned>(params: Value) -> Result<T, MethodError> {
    serde_json::from_value(params).map_err(|error| MethodError::invalid_params(error.to_string()))
}

fn nobody(target: &Target) -> MethodError {
    MethodError::invalid_params(match target {
        Target::Channel(id) => format!("there is no channel with the id {id}"),
        Target::Address(address) => format!("there is no channel with {address}"),
        Target::Subject(subject) => format!("there is no channel with {subject}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_a_channel_and_a_text_what_it_looks_like() {
        for (value, expected) in [
            (json!(7), Target::Channel(7)),
            (json!("7"), Target::Channel(7)),
            (json!("tcp://1.2.3.4:5/"), Target::Address("tcp://1.2.3.4:5".parse().unwrap())),
            (json!("1.2.3.4"), Target::Subject("1.2.3.4".parse().unwrap())),
            (json!("1.2.0.0/16"), Target::Subject("1.2.0.0/16".parse().unwrap())),
        ] {
            assert_eq!(Target::parse(&value), Ok(expected), "{value}");
        }
        for value in
            [json!(-1), json!(1_u64 << 32), json!(null), json!("tcp://"), json!("1.2.3.4:5"), json!("")]
        {
            assert_eq!(Target::parse(&value).map_err(|error| error.code), Err(-32602), "{value}");
        }
    }
}
