//! Why a text is not the address of a peer.

/// Why a text is not the address of a peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is longer than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("an address of {length} bytes is too long")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// The text does not begin with a scheme, as in `tcp://`.
    #[error("an address begins with a scheme, as in tcp://")]
    NoScheme,
    /// The scheme needs a host.
    #[error("the host is missing")]
    NoHost,
    /// The host is neither a name nor an IP address.
    #[error("the host is neither a name nor an IP address")]
    Host(#[source] url::ParseError),
    /// The port is not a number up to 65535.
    #[error("the port is not a number up to 65535")]
    Port,
    /// The text is no URL for another reason.
    #[error("the text is not a URL")]
    Malformed(#[source] url::ParseError),
}

impl From<url::ParseError> for AddressError {
    fn from(error: url::ParseError) -> Self {
        use url::ParseError as Url;
        match error {
            Url::EmptyHost => Self::NoHost,
            Url::InvalidPort => Self::Port,
            Url::RelativeUrlWithoutBase => Self::NoScheme,
            Url::IdnaError
            | Url::InvalidIpv4Address
            | Url::InvalidIpv6Address
            | Url::InvalidDomainCharacter => Self::Host(error),
            _ => Self::Malformed(error),
        }
    }
}
