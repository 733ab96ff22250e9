//! The UDP sockets of QUIC: one for each listener, which dials too, and one of each family where nobody listens.

use crate::transport::tls::Tls;
use parking_lot::Mutex;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime, TransportConfig, VarInt};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may be silent before a sign of life is sent.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a connection may be silent before it is over, in milliseconds.
const IDLE_TIMEOUT: VarInt = VarInt::from_u32(30_000);
/// How many connections wait to be accepted at one socket, and how many bytes of theirs are kept.
const MOST_WAITING: usize = 1024;
const WAITING_BYTES: u64 = 1 << 20;

/// The UDP sockets of QUIC.
#[derive(Debug)]
pub(super) struct Endpoints {
    client: ClientConfig,
    server: ServerConfig,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    listening: Vec<(SocketAddr, Endpoint)>,
    /// Those that only dial.
    dialling: Vec<(SocketAddr, Endpoint)>,
}

impl Endpoints {
    pub(super) fn new(tls: &Tls) -> Self {
        let mut transport = TransportConfig::default();
        transport.keep_alive_interval(Some(KEEP_ALIVE)).max_idle_timeout(Some(IDLE_TIMEOUT.into()));
        // The one stream of the side that dials.
        transport.max_concurrent_bidi_streams(1_u8.into()).max_concurrent_uni_streams(0_u8.into());
        transport.datagram_receive_buffer_size(None);
        let transport = Arc::new(transport);
        let crypto = QuicClientConfig::try_from(tls.client()).expect("the provider has the suite of QUIC");
        let mut client = ClientConfig::new(Arc::new(crypto));
        client.transport_config(Arc::clone(&transport));
        let crypto = QuicServerConfig::try_from(tls.server()).expect("the provider has the suite of QUIC");
        let mut server = ServerConfig::with_crypto(Arc::new(crypto));
        server.transport_config(transport);
        server.max_incoming(MOST_WAITING).incoming_buffer_size_total(WAITING_BYTES);
        Self { client, server, open: Mutex::default() }
    }

    /// Opens a socket to listen at, which is dialled from as well.
    pub(super) fn listen(&self, wanted: SocketAddr) -> io::Result<Endpoint> {
        let (local, endpoint) = self.bind(wanted, Some(self.server.clone()))?;
        self.open.lock().listening.push((local, endpoint.clone()));
        Ok(endpoint)
    }

    /// Forgets a socket that was listened at. It is closed when its last connection is gone.
    pub(super) fn stop_listening(&self, endpoint: &Endpoint) {
        let local = endpoint.local_addr().ok();
        self.open.lock().listening.retain(|(other, _)| Some(*other) != local);
    }

    /// The socket from which `remote` is dialled.
    pub(super) fn for_dialling(&self, remote: SocketAddr) -> io::Result<Endpoint> {
        let mut open = self.open.lock();
        let reaching =
            open.listening.iter().chain(&open.dialling).find(|(local, _)| reaches(local.ip(), remote.ip()));
        if let Some((_, endpoint)) = reaching {
            return Ok(endpoint.clone());
        }
        let any =
            if remote.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() };
        let opened = self.bind(SocketAddr::new(any, 0), None)?;
        let endpoint = opened.1.clone();
        open.dialling.push(opened);
        Ok(endpoint)
    }

    fn bind(&self, wanted: SocketAddr, server: Option<ServerConfig>) -> io::Result<(SocketAddr, Endpoint)> {
        let socket = Socket::new(Domain::for_address(wanted), Type::DGRAM, Some(Protocol::UDP))?;
        if wanted.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&wanted.into())?;
        let mut endpoint =
            Endpoint::new(EndpointConfig::default(), server, socket.into(), Arc::new(TokioRuntime))?;
        endpoint.set_default_client_config(self.client.clone());
        Ok((endpoint.local_addr()?, endpoint))
    }
}

/// Whether a socket bound to one address sends to another: of the same family, and not from loopback to elsewhere.
fn reaches(local: IpAddr, remote: IpAddr) -> bool {
    local.is_ipv4() == remote.is_ipv4()
        && (local.is_unspecified() || local.is_loopback() == remote.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::NodeKey;

    #[test]
    fn a_socket_sends_within_its_family_and_its_reach() {
        for (local, remote, reached) in [
            ("0.0.0.0", "1.2.3.4", true),
            ("0.0.0.0", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", true),
            ("127.0.0.1", "1.2.3.4", false),
            ("10.0.0.1", "127.0.0.1", false),
            ("0.0.0.0", "::1", false),
            ("::", "::1", true),
        ] {
            assert_eq!(
                reaches(local.parse().unwrap(), remote.parse().unwrap()),
                reached,
                "{local} -> {remote}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_listened_at_is_dialled_from() {
        let endpoints = Endpoints::new(&Tls::new(&NodeKey::fresh()));
        let remote = "127.0.0.1:9".parse().unwrap();
        let alone = endpoints.for_dialling(remote).unwrap();
        assert_eq!(
            alone.local_addr().unwrap(),
            endpoints.for_dialling(remote).unwrap().local_addr().unwrap()
        );
        let listening = endpoints.listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let shared = endpoints.for_dialling(remote).unwrap();
        assert_eq!(shared.local_addr().unwrap(), listening.local_addr().unwrap());
        endpoints.stop_listening(&listening);
        let after = endpoints.for_dialling(remote).unwrap();
        assert_eq!(after.local_addr().unwrap(), alone.local_addr().unwrap());
    }
}
