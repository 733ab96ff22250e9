//! Plain TCP.

use super::{Listener, Pending, Stream, Transport};
use crate::address::Address;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// Connections that the kernel may keep waiting.
const BACKLOG: u32 = 1024;

/// Plain TCP, scheme `tcp`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TcpTransport;

impl Transport for TcpTransport {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            for candidate in resolve(address).await? {
                match TcpStream::connect(candidate).await {
                    Ok(stream) => return stream_of(stream),
                    Err(error) => last = error,
                }
            }
            Err(last)
        })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let wanted = resolve(address).await?.into_iter().next();
            let wanted =
                wanted.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))?;
            let socket = if wanted.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // Lets a restarted node have its address back at once; two nodes at one address stay an error.
            socket.set_reuseaddr(true)?;
            socket.bind(wanted)?;
            let listener = socket.listen(BACKLOG)?;
            let bound = Address::socket(address.scheme(), listener.local_addr()?);
            Ok(Box::new(TcpAcceptor { listener, address: bound }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct TcpAcceptor {
    listener: TcpListener,
    address: Address,
}

impl Listener for TcpAcceptor {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<(Stream, Address)>> {
        Box::pin(async move {
            let (stream, peer) = self.listener.accept().await?;
            Ok((stream_of(stream)?, Address::socket(self.address.scheme(), peer)))
        })
    }
}

async fn resolve(address: &Address) -> io::Result<Vec<SocketAddr>> {
    let port = address
        .port()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the address has no port"))?;
    if let Some(ip) = address.ip() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let host = address.host().unwrap_or_default();
    Ok(lookup_host((host, port)).await?.collect())
}

fn stream_of(stream: TcpStream) -> io::Result<Stream> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    Ok(Stream { reader: Box::new(reader), writer: Box::new(writer) })
}
