//! The gateway of the local network, which may let peers in: UPnP.

use crate::address::Address;
use igd_next::aio::tokio::Tokio;
use igd_next::{
    AddPortError, GetExternalIpError, PortMappingProtocol, RemovePortError, SearchError, SearchOptions,
};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;

/// Where gateways are asked for.
pub const MULTICAST: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);
/// How long a gateway lets peers in when nobody asks again.
pub const LEASE: Duration = Duration::from_secs(60 * 60);
/// What the gateway's own pages show.
const DESCRIPTION: &str = "backplane";

/// The gateway of the local network.
pub struct Gateway {
    gateway: igd_next::aio::Gateway<Tokio>,
    /// The address of this machine on the gateway's network.
    local: IpAddr,
}

/// Why the gateway does not let peers in.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// There is none, or none that speaks UPnP.
    #[error("no gateway answers")]
    Search(#[from] SearchError),
    /// It is on a network that this machine cannot send to.
    #[error("the gateway {gateway} cannot be reached")]
    Reach {
        /// The gateway.
        gateway: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// It does not open a port.
    #[error("the gateway {gateway} does not open port {port}")]
    Open {
        /// The gateway.
        gateway: SocketAddr,
        /// The port.
        port: u16,
        /// What it says.
        source: AddPortError,
    },
    /// It does not close a port.
    #[error("the gateway {gateway} does not close port {port}")]
    Close {
        /// The gateway.
        gateway: SocketAddr,
        /// The port.
        port: u16,
        /// What it says.
        source: RemovePortError,
    },
    /// It does not tell its external address.
    #[error("the gateway {gateway} does not tell its external address")]
    External {
        /// The gateway.
        gateway: SocketAddr,
        /// What it says.
        source: GetExternalIpError,
    },
}

impl Gateway {
    /// Looks for the gateway, asking at an address: [`MULTICAST`], or where it is known to be.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Search`] and [`GatewayError::Reach`].
    pub async fn find(at: SocketAddr) -> Result<Self, GatewayError> {
        let mut options = SearchOptions::default();
        options.broadcast_address = at;
        if !at.ip().is_multicast() {
            // Who is asked by name is trusted to answer, even on this machine.
            options.allowed_gateway_ips = vec![at.ip()];
        }
        let gateway = igd_next::aio::tokio::search_gateway(options).await?;
        let local = local_towards(gateway.addr).await;
        let local = local.map_err(|source| GatewayError::Reach { gateway: gateway.addr, source })?;
        Ok(Self { gateway, local })
    }

    /// Opens the port of a listener for [`LEASE`], or renews it: the address under which others reach it. `None` for a
    /// listener that no gateway can lead to.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Open`] and [`GatewayError::External`].
    pub async fn open(&self, listener: &Address) -> Result<Option<Address>, GatewayError> {
        let Some((protocol, socket)) = socket_of(listener) else { return Ok(None) };
        let local = if socket.ip().is_unspecified() { self.local } else { socket.ip() };
        let (gateway, port) = (self.gateway.addr, socket.port());
        let lease = u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX);
        let open =
            |lease| self.gateway.add_port(protocol, port, SocketAddr::new(local, port), lease, DESCRIPTION);
        let opened = match open(lease).await {
            // Some gateways know no leases.
            Err(AddPortError::OnlyPermanentLeasesSupported) => open(0).await,
            opened => opened,
        };
        opened.map_err(|source| GatewayError::Open { gateway, port, source })?;
        let external = self.gateway.get_external_ip().await;
        let external = external.map_err(|source| GatewayError::External { gateway, source })?;
        Ok(Some(Address::socket(listener.scheme(), SocketAddr::new(external, port))))
    }

    /// Closes the port of a listener again.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Close`].
    pub async fn close(&self, listener: &Address) -> Result<(), GatewayError> {
        let Some((protocol, socket)) = socket_of(listener) else { return Ok(()) };
        let (gateway, port) = (self.gateway.addr, socket.port());
        let closed = self.gateway.remove_port(protocol, port).await;
        closed.map_err(|source| GatewayError::Close { gateway, port, source })
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("address", &self.gateway.addr).finish_non_exhaustive()
    }
}

/// Binds no port and sends nothing: the system only chooses the way.
async fn local_towards(gateway: SocketAddr) -> io::Result<IpAddr> {
    let any = if gateway.is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(gateway).await?;
    Ok(socket.local_addr()?.ip())
}

/// What a gateway has to lead to a listener: IPv4, and not this machine alone.
fn socket_of(listener: &Address) -> Option<(PortMappingProtocol, SocketAddr)> {
    let protocol = match listener.scheme() {
        "tcp" | "tcp+tls" => PortMappingProtocol::TCP,
        "quic" => PortMappingProtocol::UDP,
        _ => return None,
    };
    let ip = listener.ip_lenient().filter(|ip| ip.is_ipv4() && !ip.is_loopback())?;
    Some((protocol, SocketAddr::new(ip, listener.port()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_leads_to_listeners_on_the_local_network_only() {
        for (text, expected) in [
            ("tcp://0.0.0.0:1", Some((PortMappingProtocol::TCP, "0.0.0.0:1"))),
            ("tcp+tls://192.168.0.2:1", Some((PortMappingProtocol::TCP, "192.168.0.2:1"))),
            ("quic://0.0.0.0:1", Some((PortMappingProtocol::UDP, "0.0.0.0:1"))),
            ("tcp://127.0.0.1:1", None),
            ("tcp://[::]:1", None),
            ("unix:///a", None),
        ] {
            let expected = expected.map(|(protocol, socket)| (protocol, socket.parse().unwrap()));
            assert_eq!(socket_of(&text.parse().unwrap()), expected, "{text}");
        }
    }
}
