//! The messages that are sent, with enough in them to see that they arrived whole.

use backplane_plugin::{Bytes, Message};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// The payload of [`Small`], in bytes.
pub const SMALL: usize = 16;
/// What [`Large`] needs besides its body, in bytes: a number and a length of one, three or five bytes.
pub const LARGE: usize = 8;

/// Sixteen bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Small {
    /// The number within its stream.
    pub seq: u64,
    check: u64,
}

/// A body of any size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Large {
    /// The number within its stream.
    pub seq: u64,
    body: Bytes,
}

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask(pub Large);

/// Its answer: the same again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer(pub Large);

impl Message for Small {
    const NAME: &'static str = "bench.small";
    const MAX_BYTES: u64 = 16;
}

impl Message for Large {
    const NAME: &'static str = "bench.large";
    const MAX_BYTES: u64 = 1024 * 1024;
}

impl Message for Ask {
    const NAME: &'static str = "bench.ask";
    const MAX_BYTES: u64 = 1024 * 1024;
}

impl Message for Answer {
    const NAME: &'static str = "bench.answer";
    const MAX_BYTES: u64 = 1024 * 1024;
}

/// The small message with this number.
#[must_use]
pub const fn small(seq: u64) -> Small {
    Small { seq, check: !seq }
}

impl Small {
    /// Whether it arrived as it was sent.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.check == !self.seq
    }
}

/// A message of a stream.
pub(crate) trait Numbered: Message {
    /// The number within its stream.
    fn seq(&self) -> u64;

    /// Whether it arrived as it was sent.
    fn is_whole(&self) -> bool;
}

impl Numbered for Small {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn is_whole(&self) -> bool {
        self.is_intact()
    }
}

impl Numbered for Large {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn is_whole(&self) -> bool {
        self.is_intact()
    }
}

/// The bodies are made once for each size: the measurement is of sending them.
static BODIES: Mutex<Vec<Bytes>> = Mutex::new(Vec::new());

/// The large message with this number whose payload has `bytes` bytes.
#[must_use]
pub fn large(seq: u64, bytes: usize) -> Large {
    let rest = bytes.saturating_sub(LARGE);
    let length = match rest {
        0..=0xfd => 1,
        0xfe..=0x1_0002 => 3,
        _ => 5,
    };
    Large { seq, body: body(rest - length) }
}

fn body(len: usize) -> Bytes {
    let mut bodies = BODIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(body) = bodies.iter().find(|body| body.len() == len) {
        return body.clone();
    }
    let pattern: Vec<u8> = (0..=250_u8).cycle().take(len).collect();
    let body = Bytes::from_owner(Arc::new(pattern));
    bodies.push(body.clone());
    body
}

impl Large {
    /// The payload's size in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        let length = match self.body.len() {
            0..=0xfc => 1,
            0xfd..=0xffff => 3,
            _ => 5,
        };
        LARGE + length + self.body.len()
    }

    /// Whether it is empty, which it never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether it arrived as it was sent, as far as both ends and the middle of the body tell.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        let len = self.body.len();
        [0, len / 2, len.saturating_sub(1)]
            .into_iter()
            .all(|at| self.body.get(at).is_none_or(|byte| usize::from(*byte) == at % 251))
    }
}
