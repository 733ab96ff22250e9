//! A make-believe internet on the loopback network: public addresses, each of which is a loopback address of its own.
//!
//! `45.A.B.C` is reached at `127.A.B.C`. Nodes and peers see public addresses of many hosts and groups, over real
//! sockets, so that no rule makes an exception for them.

use backplane::address::Address;
use backplane::transport::{Incoming, Listener, Pending, Stream, TcpTransport, Transport, Transports};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};

/// The first number of every public address.
const PUBLIC: u8 = 45;
/// The first number of every loopback address.
const REAL: u8 = 127;

/// The public host with these three numbers.
#[must_use]
pub const fn host(group: u8, subnet: u8, number: u8) -> Ipv4Addr {
    Ipv4Addr::new(PUBLIC, group, subnet, number)
}

/// Where a public address is really found.
///
/// # Errors
///
/// When it is none of this internet: nobody is reached there.
pub fn real(address: &Address) -> io::Result<SocketAddr> {
    let unreachable = || io::Error::new(io::ErrorKind::HostUnreachable, "not on this internet");
    match (address.ip_lenient(), address.port()) {
        (Some(std::net::IpAddr::V4(ip)), Some(port)) if ip.octets()[0] == PUBLIC => {
            Ok(SocketAddr::from((moved(ip, REAL), port)))
        }
        _ => Err(unreachable()),
    }
}

/// The public address of what is really found at a socket, under a scheme.
///
/// # Panics
///
/// When `scheme` is not the name of a scheme.
#[must_use]
pub fn public(scheme: &str, socket: SocketAddr) -> Address {
    let SocketAddr::V4(socket) = socket else { return Address::socket(scheme, socket) };
    Address::socket(scheme, SocketAddr::from((moved(*socket.ip(), PUBLIC), socket.port())))
}

const fn moved(ip: Ipv4Addr, first: u8) -> Ipv4Addr {
    let [_, a, b, c] = ip.octets();
    Ipv4Addr::new(first, a, b, c)
}

/// Connects to a public address over TCP, from a host.
///
/// # Errors
///
/// Those of the system.
pub async fn connect(from: Ipv4Addr, to: &Address) -> io::Result<TcpStream> {
    connect_really(from, real(to)?).await
}

/// Connects to a loopback address over TCP, from a host.
///
/// # Errors
///
/// Those of the system.
pub async fn connect_really(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((moved(from, REAL), 0)))?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The transports of a node whose host is `home`: TCP on this internet, under two schemes, and what every node has.
///
/// What is below [`OTHER`] is plain TCP, for rules that have to hold over all schemes of a host.
#[must_use]
pub fn transports(home: Ipv4Addr) -> Transports {
    let tcp = Arc::new(Internet { home, inner: Arc::new(TcpTransport::default()) });
    Transports::standard().with("tcp", tcp.clone()).with(OTHER, tcp)
}

/// A second scheme for plain TCP.
pub const OTHER: &str = "quic";

/// A transport of the system, with public addresses for what it calls loopback ones.
#[derive(Debug)]
struct Internet {
    home: Ipv4Addr,
    inner: Arc<dyn Transport>,
}

impl Transport for Internet {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let (reader, writer) = connect(self.home, address).await?.into_split();
            Ok(Stream::new(reader, writer))
        })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let inner = self.inner.listen(&Address::socket(address.scheme(), real(address)?)).await?;
            let bound = real_socket(inner.address())?;
            let address = public(address.scheme(), bound);
            Ok(Box::new(PublicListener { inner, address }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct PublicListener {
    inner: Box<dyn Listener>,
    address: Address,
}

impl Listener for PublicListener {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move {
            let incoming = self.inner.accept().await?;
            let peer = public(self.address.scheme(), real_socket(incoming.address())?);
            Ok(Incoming::new(peer, incoming.set_up()))
        })
    }
}

fn real_socket(address: &Address) -> io::Result<SocketAddr> {
    let socket = address.ip_lenient().zip(address.port());
    socket.map(SocketAddr::from).ok_or_else(|| io::Error::other("a TCP address has a host and a port"))
}
