//! What the network brings that front ends are told.

use crate::hash::Hash;

/// Something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A message of a joined room has come.
    Message(Hash),
    /// A message that was here is shown in another way.
    Changed(Hash),
    /// Something of a room has changed.
    Room(Hash),
    /// A room was joined, since somebody wrote to this user.
    Joined(Hash),
    /// A neighbour has come or gone.
    Peers,
}
