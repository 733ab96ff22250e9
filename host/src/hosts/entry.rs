//! An address in the book: the colours, where it comes from, how many there are.

use crate::address::{Address, HostKey};

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Colour {
    /// Heard of, untested.
    Grey,
    /// A node answered there.
    White,
    /// Connected, or connected when the file was written.
    Gold,
    /// Banned.
    Black,
    /// Good for others, not dialable from here.
    Dark,
}

impl Colour {
    /// All colours.
    pub const ALL: [Self; 5] = [Self::Grey, Self::White, Self::Gold, Self::Black, Self::Dark];

    /// The name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::White => "white",
            Self::Gold => "gold",
            Self::Black => "black",
            Self::Dark => "dark",
        }
    }

    /// How many addresses the list may have.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::Grey => 2000,
            // Both together: they share a table. Those connected now come in even when it is full.
            Self::White | Self::Gold => 5000,
            Self::Black => 10_000,
            Self::Dark => 1000,
        }
    }
}

/// An address with when a node was last seen there, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// The address.
    pub address: Address,
    /// When a node was last seen there, by this node or by hearsay.
    pub last_seen: u64,
}

/// How many addresses each list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Untested.
    pub grey: usize,
    /// Tested.
    pub white: usize,
    /// Connected.
    pub gold: usize,
    /// Banned.
    pub black: usize,
    /// Not dialable.
    pub dark: usize,
}

/// How an address came into the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// This node has reached a node there.
    Seen,
    /// Somebody told of it: who first did, where that is known.
    Heard(Option<HostKey>),
}
