//! The addresses of peers.
//!
//! On the wire and in files an address is the canonical text of a URL (`docs/wire.md`, section 2.2). Every text that
//! means the same peer in another notation becomes the same [`Address`].

mod error;
mod group;
mod host;
mod node_id;
mod parser;
mod range;
mod subject;

pub use error::AddressError;
pub use group::Group;
pub use host::{HostKey, identity, may_be_one_host};
pub use node_id::{NodeId, NodeIdError};
pub use range::is_global;
pub use subject::{Subject, SubjectError};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;
use url::Host;

/// The longest text of an address, in bytes.
pub const MAX_BYTES: usize = 2048;

/// The address of a peer: a URL in its canonical form. Cloning is cheap.
///
/// ```
/// use backplane::address::Address;
///
/// let address: Address = "TCP://127.1:8000".parse()?;
/// assert_eq!(address.as_str(), "tcp://127.0.0.1:8000/");
/// assert_eq!(address.port(), Some(8000));
/// # Ok::<(), backplane::address::AddressError>(())
/// ```
#[derive(Clone)]
pub struct Address {
    text: Arc<str>,
    scheme_end: usize,
    host: Option<Range<usize>>,
    ip: Option<IpAddr>,
    port: Option<u16>,
    path: Range<usize>,
}

impl Address {
    /// The address of a socket under `scheme`.
    ///
    /// # Panics
    ///
    /// When `scheme` is not the name of a scheme.
    #[must_use]
    pub fn socket(scheme: &str, socket: SocketAddr) -> Self {
        let host: Host<&str> = match socket.ip() {
            IpAddr::V4(ip) => Host::Ipv4(ip),
            IpAddr::V6(ip) => Host::Ipv6(ip),
        };
        let text = format!("{scheme}://{host}:{}", socket.port());
        text.parse().expect("a scheme, an IP address and a port make an address")
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme, in lower case: which transport to use.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.part(&(0..self.scheme_end))
    }

    /// The host as it is written, an IPv6 address in its brackets. Unix sockets have none.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_ref().map(|host| self.part(host))
    }

    /// The host as an IP address, where the scheme knows IP addresses: to `quic` and others, which keep the host as it
    /// was written, only one in brackets is.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The host as an IP address in any notation that a resolver understands, whatever the scheme: for rules that no
    /// spelling may escape.
    #[must_use]
    pub fn ip_lenient(&self) -> Option<IpAddr> {
        self.ip.or_else(|| match Host::parse(self.host()?).ok()? {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(ip.into()),
            Host::Ipv6(ip) => Some(ip.into()),
        })
    }

    /// The port, where one is written.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path: of a Unix socket, or what a proxy is to dial.
    #[must_use]
    pub fn path(&self) -> &str {
        self.part(&self.path)
    }

    /// What follows a `#`: of a configured peer, the id that its node must have.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        // In a canonical text a `#` of any other part is percent-encoded.
        self.text.split_once('#').map(|(_, fragment)| fragment)
    }

    /// The address without what follows a `#`.
    #[must_use]
    pub fn without_fragment(&self) -> Self {
        self.edited(|url| url.set_fragment(None))
    }

    /// The address without its query, which holds options that are nobody else's business.
    #[must_use]
    pub fn without_query(&self) -> Self {
        self.edited(|url| url.set_query(None))
    }

    /// The address with another port. One that cannot have a port stays as it is.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        self.edited(|url| {
            // The only error is that the address cannot have a port.
            let _ = url.set_port(Some(port));
        })
    }

    fn edited(&self, edit: impl Fn(&mut url::Url)) -> Self {
        // A canonical text is always read, so the other case does not come up.
        parser::read(&self.text, edit).unwrap_or_else(|_| self.clone())
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).expect("the parts lie within the text")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fits = |text: &str| match text.len() {
            length if length > MAX_BYTES => Err(AddressError::TooLong { length }),
            _ => Ok(()),
        };
        fits(text)?;
        let address = parser::read(text, |_| ())?;
        // Normalising may lengthen it, and what this node writes it must be able to read.
        fits(&address.text)?;
        Ok(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.text)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AddressVisitor)
    }
}

struct AddressVisitor;

impl de::Visitor<'_> for AddressVisitor {
    type Value = Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address such as tcp://127.0.0.1:8000")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Address, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn keeps_an_explicit_port_of_the_stand_ins() {
        for text in
            ["tcp://h:80/", "tcp://h:443/", "tcp+tls://h:443/", "tor://h:80/", "tcp://h/", "tcp://h:0/"]
        {
            assert_eq!(address(text).as_str(), text);
        }
    }

    #[test]
    fn an_unusual_spelling_is_the_same_address() {
        assert_eq!(address(" T\tCP:\\\\0x7f.1:080?q "), address("tcp://127.0.0.1:80/?q"));
    }

    #[test]
    fn changes_the_port_only() {
        let ports = [("tcp://h:1/p?q#f", "tcp://h:80/p?q#f"), ("quic://u@[::1]:1", "quic://u@[::1]:80")];
        for (before, after) in ports {
            assert_eq!(address(before).with_port(80).as_str(), after);
            assert_eq!(address(before).with_port(80).port(), Some(80));
        }
        assert_eq!(address("tcp://h/").with_port(443).as_str(), "tcp://h:443/");
        assert_eq!(address("unix:///s").with_port(80).as_str(), "unix:///s");
    }

    #[test]
    fn leaves_out_the_query_only() {
        assert_eq!(address("tcp://h:80/p?q#f").without_query().as_str(), "tcp://h:80/p#f");
        assert_eq!(address("quic://h:80?q").without_query().as_str(), "quic://h:80");
        assert_eq!(address("tcp://h:443/").without_query().as_str(), "tcp://h:443/");
    }

    #[test]
    fn leaves_out_the_fragment_only() {
        let pinned = address("tcp+tls://h:80/?q#ab");
        assert_eq!(
            (pinned.fragment(), pinned.without_fragment().as_str()),
            (Some("ab"), "tcp+tls://h:80/?q")
        );
        let plain = address("unix:///a%23b");
        assert_eq!((plain.fragment(), plain.without_fragment()), (None, plain.clone()));
    }

    #[test]
    fn writes_a_socket_as_the_scheme_has_it() {
        let v4 = "1.2.3.4:80".parse().unwrap();
        let v6 = "[::ffff:1.2.3.4%3]:443".parse().unwrap();
        assert_eq!(Address::socket("tcp", v4).as_str(), "tcp://1.2.3.4:80/");
        assert_eq!(Address::socket("quic", v4).as_str(), "quic://1.2.3.4:80");
        assert_eq!(Address::socket("tcp+tls", v6).as_str(), "tcp+tls://[::ffff:102:304]:443/");
    }

    #[test]
    fn no_spelling_of_a_private_address_escapes_the_lenient_reading() {
        let loopback = Some(IpAddr::from([127, 0, 0, 1]));
        for text in ["quic://127.0.0.1:1", "quic://0x7f.1:1", "quic://2130706433:1", "quic://127.0.0.%31:1"] {
            assert_eq!(address(text).ip(), None, "{text}");
            assert_eq!(address(text).ip_lenient(), loopback, "{text}");
        }
        assert_eq!(address("tcp://127.1:1").ip(), loopback);
        assert_eq!(address("i2p://a.i2p:1").ip_lenient(), None);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!("127.0.0.1:80".parse::<Address>(), Err(AddressError::NoScheme));
        assert_eq!("tcp://:80".parse::<Address>(), Err(AddressError::NoHost));
        assert_eq!("tcp://h:65536".parse::<Address>(), Err(AddressError::Port));
        assert!(matches!("tcp://256.1.1.1:80".parse::<Address>(), Err(AddressError::Host(_))));
        let long = format!("tcp://h/{}", "x".repeat(MAX_BYTES));
        assert_eq!(long.parse::<Address>(), Err(AddressError::TooLong { length: MAX_BYTES + 8 }));
    }

    proptest! {
        #[test]
        fn a_canonical_text_stands_for_itself(
            scheme in prop_oneof![Just("tcp"), Just("tor+tls"), Just("quic"), Just("unix"), Just("http"), Just("x")],
            rest in r"[:/\\@?#%.\[\]a-zA-Z0-9 ü]{0,24}",
        ) {
            let text = format!("{scheme}:{rest}");
            if let Ok(address) = text.parse::<Address>() {
                for address in [address.with_port(80), address.without_query(), address.without_fragment(), address] {
                    let again: Address = address.as_str().parse().unwrap();
                    prop_assert_eq!(format!("{:?}", parts(&again)), format!("{:?}", parts(&address)));
                }
            }
        }

        #[test]
        fn never_panics_on_arbitrary_text(chars in prop::collection::vec(any::<char>(), 0..40)) {
            let _ = String::from_iter(chars).parse::<Address>();
        }
    }

    fn parts(address: &Address) -> impl fmt::Debug + '_ {
        (address.as_str(), address.scheme(), address.host(), address.ip(), address.port(), address.path())
    }
}
