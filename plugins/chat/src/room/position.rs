//! The order of a history.

use crate::hash::{Hash, parse_hash};
use std::fmt;
use std::str::FromStr;

/// A place in a history. Depth comes first, so that no clock puts an answer before what it answers; among messages whose authors did
/// not know of each other the time decides, and the id at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// How many messages were before it, at least.
    pub depth: u64,
    /// Milliseconds since 1970 by its author's clock.
    pub time: u64,
    /// The message.
    pub id: Hash,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of a history")]
pub struct NotACursor;

/// As a cursor: a text that callers give back as it is.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.depth, self.time, hex::encode(self.id))
    }
}

impl FromStr for Position {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(NotACursor);
        let (depth, time, id) = (part()?, part()?, part()?);
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
        Ok(Self {
            depth: number(depth).ok_or(NotACursor)?,
            time: number(time).ok_or(NotACursor)?,
            id: parse_hash(id).ok_or(NotACursor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(depth: u64, time: u64, id: u8) -> Position {
        Position { depth, time, id: [id; 32] }
    }

    #[test]
    fn depth_comes_before_time_and_time_before_the_id() {
        let ordered = [at(1, 900, 9), at(2, 5, 9), at(2, 6, 1), at(2, 6, 2), at(3, 0, 0)];
        assert!(ordered.is_sorted());
    }

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let position = at(7, 1234, 0xab);
        let cursor = position.to_string();
        assert_eq!(cursor, format!("7.1234.{}", "ab".repeat(32)));
        assert_eq!(cursor.parse(), Ok(position));
        let id = "ab".repeat(32);
        for wrong in [
            "",
            "7",
            "7.1234",
            "7.1234.ab",
            &format!("7.{id}"),
            &format!("-7.1.{id}"),
            &format!("7.1.{id}.1"),
            &format!("18446744073709551615.1.{id}"),
        ] {
            assert_eq!(wrong.parse::<Position>(), Err(NotACursor), "{wrong}");
        }
    }
}
