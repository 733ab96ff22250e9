//! The RPC methods: what was asked, as a call of the service.

use crate::Chat;
use crate::dchat::Received;
use crate::service::{Found, History, Message, PAGE, Person, Place, Query, Room, Sent, Status};
use backplane_plugin::{MethodEntry, RpcError, methods};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use std::sync::Arc;

/// Something said in a room.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    room: String,
    text: String,
    #[serde(default)]
    reply: Option<String>,
}

/// A room to join.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    name: String,
    #[serde(default)]
    passphrase: Option<String>,
}

/// How much a room is to keep.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    room: String,
    #[serde(default)]
    days: Option<u32>,
    #[serde(default)]
    bytes: Option<u64>,
}

/// A part of a history; of `before`, `after` and `around` at most one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    room: String,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    around: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    id: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct React {
    id: String,
    emoji: String,
    #[serde(default = "yes")]
    on: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    room: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    room: String,
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    query: String,
    #[serde(default)]
    room: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    before: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignore {
    author: String,
    #[serde(default = "yes")]
    on: bool,
}

const fn yes() -> bool {
    true
}

impl Chat {
    pub(crate) const RPC: &'static [MethodEntry<Self>] = methods![
        send as "send", recv as "recv", since, broadcast, status, rooms, join, leave, keep, direct, history, message, edit,
        delete, react, topic, read, search, people, mute, block, name, identity,
    ];

    /// `["text"]` says a line to the neighbours: whether there was one. With a room it sends a message: its id.
    async fn send(self: Arc<Self>, params: Value) -> Result<Value, RpcError> {
        if matches!(&params, Value::Array(array) if array.len() == 1) {
            let (text,): (String,) = arguments(params)?;
            return Ok(json!(self.service.say(&text)? > 0));
        }
        let Say { room, text, reply } = arguments(params)?;
        let sent = self.service.send(&room, &text, reply.as_deref())?;
        serde_json::to_value(sent).map_err(|error| RpcError::internal(error.to_string()))
    }

    /// Sends a line to every peer; how many there were.
    async fn broadcast(self: Arc<Self>, (text,): (String,)) -> Result<usize, RpcError> {
        Ok(self.service.say(&text)?)
    }

    /// The lines received, oldest first.
    async fn recv(self: Arc<Self>, _: IgnoredAny) -> Result<Vec<String>, RpcError> {
        Ok(self.service.inbox().since(0).messages)
    }

    /// The lines received after the first `seen` ones, and how many have been received in all.
    async fn since(self: Arc<Self>, (seen,): (u64,)) -> Result<Received, RpcError> {
        Ok(self.service.inbox().since(seen))
    }

    async fn status(self: Arc<Self>, _: IgnoredAny) -> Result<Status, RpcError> {
        Ok(self.service.status()?)
    }

    async fn rooms(self: Arc<Self>, _: IgnoredAny) -> Result<Vec<Room>, RpcError> {
        Ok(self.service.rooms()?)
    }

    async fn join(self: Arc<Self>, Join { name, passphrase }: Join) -> Result<Room, RpcError> {
        Ok(self.service.join(&name, passphrase.as_deref())?)
    }

    async fn leave(self: Arc<Self>, (room,): (String,)) -> Result<bool, RpcError> {
        self.service.leave(&room)?;
        Ok(true)
    }

    async fn keep(self: Arc<Self>, Retention { room, days, bytes }: Retention) -> Result<Room, RpcError> {
        Ok(self.service.keep(&room, days, bytes).await?)
    }

    async fn direct(self: Arc<Self>, (author,): (String,)) -> Result<Room, RpcError> {
        Ok(self.service.direct(&author)?)
    }

    async fn history(self: Arc<Self>, part: Part) -> Result<History, RpcError> {
        let place = match (part.before, part.after, part.around) {
            (None, None, None) => Place::Latest,
            (Some(cursor), None, None) => Place::Before(cursor),
            (None, Some(cursor), None) => Place::After(cursor),
            (None, None, Some(id)) => Place::Around(id),
            _ => return Err(RpcError::invalid_params("of before, after and around only one can be given")),
        };
        Ok(self.service.history(&part.room, &place, part.limit.unwrap_or(PAGE))?)
    }

    async fn message(self: Arc<Self>, (id,): (String,)) -> Result<Message, RpcError> {
        Ok(self.service.message(&id)?)
    }

    async fn edit(self: Arc<Self>, Edit { id, text }: Edit) -> Result<Sent, RpcError> {
        Ok(self.service.edit(&id, &text)?)
    }

    async fn delete(self: Arc<Self>, (id,): (String,)) -> Result<Sent, RpcError> {
        Ok(self.service.delete(&id)?)
    }

    async fn react(self: Arc<Self>, React { id, emoji, on }: React) -> Result<Sent, RpcError> {
        Ok(self.service.react(&id, &emoji, on)?)
    }

    async fn topic(self: Arc<Self>, Topic { room, text }: Topic) -> Result<Sent, RpcError> {
        Ok(self.service.topic(&room, &text)?)
    }

    async fn read(self: Arc<Self>, Read { room, id }: Read) -> Result<bool, RpcError> {
        self.service.read(&room, &id)?;
        Ok(true)
    }

    async fn search(
        self: Arc<Self>,
        Search { query, room, limit, before }: Search,
    ) -> Result<Found, RpcError> {
        let query = Query { words: query, room, limit: limit.unwrap_or(PAGE), before };
        Ok(self.service.search(&query)?)
    }

    async fn people(self: Arc<Self>, (room,): (String,)) -> Result<Vec<Person>, RpcError> {
        Ok(self.service.people(&room)?)
    }

    async fn mute(self: Arc<Self>, Ignore { author, on }: Ignore) -> Result<bool, RpcError> {
        self.service.mute(&author, on)?;
        Ok(true)
    }

    async fn block(self: Arc<Self>, Ignore { author, on }: Ignore) -> Result<bool, RpcError> {
        self.service.block(&author, on)?;
        Ok(true)
    }

    /// `[]` tells the name, `[name]` changes it.
    async fn name(self: Arc<Self>, names: Vec<String>) -> Result<String, RpcError> {
        match names.as_slice() {
            [] => Ok(self.service.name()),
            [name] => Ok(self.service.rename(name)?),
            _ => Err(RpcError::invalid_params("expected no name or one")),
        }
    }

    /// `[]` and `["show"]` tell who this user is, `["export"]` the key, `["import", text]` takes another one.
    async fn identity(self: Arc<Self>, params: Vec<String>) -> Result<Value, RpcError> {
        let params: Vec<_> = params.iter().map(String::as_str).collect();
        let myself = match params.as_slice() {
            [] | ["show"] => self.service.myself(),
            ["export"] => return Ok(json!(self.service.export().as_str())),
            ["import", key] => self.service.import(key)?,
            _ => {
                return Err(RpcError::invalid_params(
                    "expected show, export, or import and the text of a key",
                ));
            }
        };
        serde_json::to_value(myself).map_err(|error| RpcError::internal(error.to_string()))
    }
}

/// What a method is asked, out of an array or an object.
fn arguments<T: DeserializeOwned>(params: Value) -> Result<T, RpcError> {
    serde_json::from_value(params).map_err(|error| RpcError::invalid_params(error.to_string()))
}
