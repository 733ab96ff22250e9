//! TCP sockets as every transport over TCP has them: names, options, listening.

use super::reach;
use crate::address::Address;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Connections that the kernel may keep waiting.
const BACKLOG: i32 = 1024;
/// How long a connection may be silent before the kernel asks whether the peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long one address of a name may take before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// How many addresses of one name are tried.
const MOST_CANDIDATES: usize = 8;

/// The sockets that an address means: several for a name.
pub(super) async fn resolve(address: &Address) -> io::Result<Vec<SocketAddr>> {
    let port = port_of(address)?;
    if let Some(ip) = address.ip_lenient() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let mut found = reach::allowed(lookup_host((host_of(address)?, port)).await?)?;
    found.truncate(MOST_CANDIDATES);
    if found.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    }
    Ok(found)
}

/// The host of an address, for a resolver here or at a proxy: an IPv6 address without its brackets.
pub(super) fn host_of(address: &Address) -> io::Result<&str> {
    let host = address.host().ok_or_else(|| invalid("the address has no host"))?;
    Ok(host.trim_start_matches('[').trim_end_matches(']'))
}

/// The port of an address.
pub(super) fn port_of(address: &Address) -> io::Result<u16> {
    address.port().ok_or_else(|| invalid("the address has no port"))
}

/// An error about an address that cannot be used like this.
pub(super) fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Connects to the first socket that answers.
///
/// # Cancel safety
///
/// The attempts end with the call.
pub(super) async fn connect(address: &Address) -> io::Result<TcpStream> {
    let candidates = resolve(address).await?;
    if let [only] = candidates[..] {
        return prepare(TcpStream::connect(only).await?);
    }
    let mut waiting = candidates.into_iter();
    let mut attempts = JoinSet::new();
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    loop {
        match waiting.next() {
            Some(candidate) => {
                attempts.spawn(TcpStream::connect(candidate));
            }
            None if attempts.is_empty() => return Err(last),
            None => {}
        }
        // The next one has its turn when this one has failed, or is slow.
        match timeout(HEAD_START, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return prepare(stream),
            Ok(Some(Ok(Err(error)))) => last = error,
            Ok(Some(Err(panic))) => last = io::Error::other(panic),
            Ok(None) | Err(_) => {}
        }
    }
}

/// Sets the options of a connection.
pub(super) fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    Ok(stream)
}

/// Listens at the first socket that an address means. One that another program has is an error, and is not shared with it.
pub(super) async fn listen(address: &Address) -> io::Result<TcpListener> {
    let wanted = *resolve(address).await?.first().ok_or_else(|| invalid("the name has no address"))?;
    let socket = Socket::new(Domain::for_address(wanted), Type::STREAM, Some(Protocol::TCP))?;
    if wanted.is_ipv6() {
        // Each family has a listener of its own, whatever the system's default.
        socket.set_only_v6(true)?;
    }
    // Lets a restarted node have its address back at once; two nodes at one address stay an error.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&wanted.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_has_its_options() {
        let listener = listen(&"tcp://127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = Address::socket("tcp", listener.local_addr().unwrap());
        let stream = connect(&address).await.unwrap();
        assert!(stream.nodelay().unwrap());
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), KEEPALIVE);
    }

    #[tokio::test]
    async fn both_families_have_the_same_port_side_by_side() {
        let v6 = listen(&"tcp://[::]:0".parse().unwrap()).await.unwrap();
        let port = v6.local_addr().unwrap().port();
        let v4 = listen(&Address::socket("tcp", SocketAddr::from(([0, 0, 0, 0], port)))).await.unwrap();
        for (text, listener) in [("127.0.0.1", &v4), ("[::1]", &v6)] {
            let dialled = connect(&format!("tcp://{text}:{port}").parse().unwrap()).await.unwrap();
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, dialled.local_addr().unwrap());
        }
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_tried() {
        // The name means both loopback addresses; only one is listened at, whichever comes first.
        let names: Vec<_> = lookup_host(("localhost", 1)).await.unwrap().map(|found| found.ip()).collect();
        for ip in names {
            let listener = listen(&Address::socket("tcp", SocketAddr::new(ip, 0))).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let stream = connect(&format!("tcp://localhost:{port}").parse().unwrap()).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap().ip(), ip);
        }
    }
}
