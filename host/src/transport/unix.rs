//! Unix sockets.

use super::socket::invalid;
use super::socket_file::{self, SocketFile};
use super::{Incoming, Listener, Pending, Stream, Transport};
use crate::address::Address;
use percent_encoding::percent_decode_str;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use tokio::net::{UnixListener, UnixStream};

/// Connections that the kernel may keep waiting.
const BACKLOG: u32 = 1024;

/// Unix sockets, scheme `unix`.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnixTransport;

impl Transport for UnixTransport {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move { Ok(stream_of(UnixStream::connect(path_of(address)?).await?)) })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let (listener, file) = socket_file::listen(&path_of(address)?, BACKLOG).await?;
            let acceptor = UnixAcceptor { listener, address: address.clone(), _file: file };
            Ok(Box::new(acceptor) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct UnixAcceptor {
    listener: UnixListener,
    address: Address,
    _file: SocketFile,
}

impl Listener for UnixAcceptor {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move {
            let (stream, _) = self.listener.accept().await?;
            // A peer has no address of its own here: all of them are called by that of the listener.
            Ok(Incoming::new(self.address.clone(), async move { Ok(stream_of(stream)) }))
        })
    }
}

fn path_of(address: &Address) -> io::Result<PathBuf> {
    let bytes: Vec<u8> = percent_decode_str(address.path()).collect();
    if address.host().is_some_and(|host| !host.is_empty())
        || !bytes.starts_with(b"/")
        || bytes.ends_with(b"/")
    {
        return Err(invalid("expected the absolute path of a socket: unix:///path"));
    }
    Ok(PathBuf::from(OsStr::from_bytes(&bytes)))
}

fn stream_of(stream: UnixStream) -> Stream {
    let (reader, writer) = stream.into_split();
    Stream::new(reader, writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_was_meant() {
        for (text, path) in
            [("unix:///run/a.sock", Some("/run/a.sock")), ("unix:///run/a%20b", Some("/run/a b"))]
        {
            assert_eq!(path_of(&text.parse().unwrap()).ok(), path.map(PathBuf::from), "{text}");
        }
        for text in ["unix://run/a.sock", "unix:///", "unix:///run/", "unix:run"] {
            assert!(path_of(&text.parse().unwrap()).is_err(), "{text}");
        }
    }
}
