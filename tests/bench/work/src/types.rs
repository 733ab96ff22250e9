//! A thousand message types, all alike but for their names.

use crate::messages::{Small, small};
use backplane_plugin::{
    Channel, Closed, Message, MessageInfo, MessageSubscription, Metering, PluginError, SendError,
};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How many types there are.
pub(crate) const TYPES: usize = 1000;

/// Sixteen bytes under one of the names.
#[derive(Debug, Serialize, Deserialize)]
struct Typed<const N: usize>(Small);

impl<const N: usize> Message for Typed<N> {
    const NAME: &'static str = type_name(N);
    const MAX_BYTES: u64 = 16;
}

static NAMES: [[u8; 4]; TYPES] = {
    let mut names = [*b"t000"; TYPES];
    let mut at = 0;
    while at < TYPES {
        // Digits: the remainders are below ten.
        names[at] = [b't', DIGITS[at / 100 % 10], DIGITS[at / 10 % 10], DIGITS[at % 10]];
        at += 1;
    }
    names
};
const DIGITS: [u8; 10] = *b"0123456789";

/// The name of a type: short, so that a thousand of them fit into what a node tells of its protocols.
#[must_use]
pub const fn type_name(number: usize) -> &'static str {
    match std::str::from_utf8(&NAMES[number]) {
        Ok(name) => name,
        Err(_) => "",
    }
}

/// The descriptions of all types.
pub(crate) static INFOS: [MessageInfo; TYPES] = {
    let mut infos = [MessageInfo { name: "", max_bytes: 16, metering: Metering::NONE }; TYPES];
    let mut at = 0;
    while at < TYPES {
        infos[at].name = type_name(at);
        at += 1;
    }
    infos
};

/// What can be done with one type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Subscribes.
    pub(crate) subscribe: fn(&Channel) -> Result<Box<dyn Inbox>, PluginError>,
    /// Sends the message with this number: what is left to wait for when there is no room.
    pub(crate) send: fn(&Channel, u64) -> Result<Option<Sending>, SendError>,
}

/// A message that waits for room.
pub(crate) type Sending = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send>>;

/// A subscription to one of the types.
pub(crate) trait Inbox: Send + Sync + std::fmt::Debug {
    /// Gives every message that is here to `each`.
    fn poll_each(&self, cx: &mut Context<'_>, each: &mut dyn FnMut(Small)) -> Poll<Result<(), Closed>>;
}

impl<const N: usize> Inbox for MessageSubscription<Typed<N>> {
    fn poll_each(&self, cx: &mut Context<'_>, each: &mut dyn FnMut(Small)) -> Poll<Result<(), Closed>> {
        self.poll_receive_batch(cx).map_ok(|batch| batch.for_each(|Typed(message)| each(message)))
    }
}

fn subscribe<const N: usize>(channel: &Channel) -> Result<Box<dyn Inbox>, PluginError> {
    Ok(Box::new(channel.subscribe::<Typed<N>>()?))
}

fn send<const N: usize>(channel: &Channel, seq: u64) -> Result<Option<Sending>, SendError> {
    let message = Typed::<N>(small(seq));
    match channel.try_send(&message) {
        Ok(()) => Ok(None),
        Err(SendError::Full) => {
            let channel = channel.clone();
            Ok(Some(Box::pin(async move { channel.send(&message).await })))
        }
        Err(error) => Err(error),
    }
}

const fn kind<const N: usize>() -> Kind {
    Kind { subscribe: subscribe::<N>, send: send::<N> }
}

macro_rules! ten {
    ($base:expr) => {
        [
            kind::<{ $base }>(),
            kind::<{ $base + 1 }>(),
            kind::<{ $base + 2 }>(),
            kind::<{ $base + 3 }>(),
            kind::<{ $base + 4 }>(),
            kind::<{ $base + 5 }>(),
            kind::<{ $base + 6 }>(),
            kind::<{ $base + 7 }>(),
            kind::<{ $base + 8 }>(),
            kind::<{ $base + 9 }>(),
        ]
    };
}

macro_rules! hundred {
    ($base:expr) => {
        [
            ten!($base),
            ten!($base + 10),
            ten!($base + 20),
            ten!($base + 30),
            ten!($base + 40),
            ten!($base + 50),
            ten!($base + 60),
            ten!($base + 70),
            ten!($base + 80),
            ten!($base + 90),
        ]
    };
}

/// The types, in the order of their numbers.
pub(crate) const fn kinds() -> &'static [Kind] {
    static KINDS: [[[Kind; 10]; 10]; TYPES / 100] = [
        hundred!(0),
        hundred!(100),
        hundred!(200),
        hundred!(300),
        hundred!(400),
        hundred!(500),
        hundred!(600),
        hundred!(700),
        hundred!(800),
        hundred!(900),
    ];
    KINDS.as_flattened().as_flattened()
}
