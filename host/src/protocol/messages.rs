//! The messages that every node of the network speaks.
//!
//! Fields and limits are those of `docs/wire.md`, section 3.

pub use super::ping::{Ping, Pong};

use crate::address::Address;
use backplane_plugin::{Message, Metering};
use semver::{BuildMetadata, Prerelease};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Opens the handshake: who the sender is, and how it sees the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The sender's name for itself; empty unless configured.
    pub node_id: String,
    /// The application. Not checked here: [`Verack`] decides.
    pub app_name: String,
    /// The application's version. Not checked here either.
    pub version: AppVersion,
    /// The sender's clock, in seconds since 1970.
    pub timestamp: u64,
    /// The receiver's address: as the sender dialled it, or as it saw the receiver come in.
    pub connect_recv_addr: Address,
    /// The address that was really dialled; absent from the accepting side.
    pub resolve_recv_addr: Option<Address>,
    /// The addresses under which the sender wants to be known.
    pub ext_send_addr: Vec<Address>,
    /// What the sender can do beyond the protocol, each with a version.
    pub features: Vec<(String, u32)>,
}

impl Message for Version {
    const NAME: &'static str = "version";
    const MAX_BYTES: u64 = 2043;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

/// Answers [`Version`]: the application that the peer must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verack {
    /// The application's version.
    pub app_version: AppVersion,
    /// The application.
    pub app_name: String,
}

impl Message for Verack {
    const NAME: &'static str = "verack";
    const MAX_BYTES: u64 = 128;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

/// Asks for addresses of other peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAddrs {
    /// Half of how many addresses the answer may hold.
    pub max: u32,
    /// The schemes that the sender can dial.
    pub transports: Vec<String>,
}

impl Message for GetAddrs {
    const NAME: &'static str = "getaddr";
    const MAX_BYTES: u64 = 57;
    const METERING: Metering = Metering::per_ten_seconds(6);
}

/// Tells addresses of peers: the sender's own, or those it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addrs {
    /// Each address with the time at which a node was last seen there, in seconds since 1970.
    pub addrs: Vec<(Address, u64)>,
}

impl Message for Addrs {
    const NAME: &'static str = "addr";
    const MAX_BYTES: u64 = 65_281;
    const METERING: Metering = Metering::per_ten_seconds(6);
}

/// Tells which protocols the sender has, to a peer that understands it: sent after the handshake, again whenever that
/// changes, and to answer such a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocols {
    /// Counts the lists of the sender that differ. The first is 1.
    pub revision: u32,
    /// The revision of the receiver's list that the sender has acted upon; 0 in the first list.
    pub heard: u32,
    /// The protocols. Not looked at in a list with a revision that the receiver has: that is an answer.
    pub protocols: Vec<ProtocolOffer>,
}

/// A protocol that the sender of [`Protocols`] has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolOffer {
    /// The name of the protocol.
    pub name: String,
    /// The version of the protocol.
    pub version: u32,
    /// The commands that the sender understands.
    pub commands: Vec<String>,
}

impl Message for Protocols {
    const NAME: &'static str = "bp.protocols";
    const MAX_BYTES: u64 = 16_384;
}

/// The version of an application. On the wire it is three numbers and two texts; elsewhere it is text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppVersion(pub semver::Version);

impl AppVersion {
    /// Whether applications of these versions understand one another: when major and minor are equal.
    #[must_use]
    pub fn compatible(&self, other: &Self) -> bool {
        (self.0.major, self.0.minor) == (other.0.major, other.0.minor)
    }
}

impl From<semver::Version> for AppVersion {
    fn from(version: semver::Version) -> Self {
        Self(version)
    }
}

impl FromStr for AppVersion {
    type Err = semver::Error;

    fn from_str(text: &str) -> Result<Self, semver::Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for AppVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(&self.0);
        }
        let semver::Version { major, minor, patch, pre, build } = &self.0;
        (major, minor, patch, pre.as_str(), build.as_str()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AppVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(de::Error::custom);
        }
        let (major, minor, patch, pre, build) = <(u64, u64, u64, String, String)>::deserialize(deserializer)?;
        let pre = Prerelease::new(&pre).map_err(de::Error::custom)?;
        let build = BuildMetadata::new(&build).map_err(de::Error::custom)?;
        Ok(Self(semver::Version { major, minor, patch, pre, build }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compatible_when_major_and_minor_are_equal() {
        let ours: AppVersion = "0.4.1".parse().unwrap();
        for (theirs, compatible) in
            [("0.4.99", true), ("0.4.1-rc.1+x", true), ("0.5.1", false), ("1.4.1", false)]
        {
            assert_eq!(ours.compatible(&theirs.parse().unwrap()), compatible, "{theirs}");
        }
    }
}
