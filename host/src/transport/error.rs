//! Why an address cannot be used.

use crate::address::Address;
use std::io;
use std::time::Duration;

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No transport has the address's scheme.
    #[error("no transport for {address}")]
    NoTransport {
        /// The address.
        address: Address,
    },
    /// The operator has not switched on what dials such an address.
    #[error("{address} is not dialled: see network.active_profiles and network.mixed_profiles")]
    NotActive {
        /// The address.
        address: Address,
    },
    /// Nobody answered.
    #[error("cannot dial {address}")]
    Dial {
        /// The address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody answered in time.
    #[error("cannot dial {address} within {limit:?}")]
    DialTimeout {
        /// The address.
        address: Address,
        /// The time allowed.
        limit: Duration,
    },
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
}
