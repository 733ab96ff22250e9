//! Listening sockets of either kind of endpoint.

use super::endpoint::{Endpoint, EndpointError};
use super::stream::{self, Stream};
use crate::transport::socket_file::{self, SocketFile};
use std::io::{self, ErrorKind};
use tokio::net::{TcpListener, UnixListener, lookup_host};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 128;

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The text is no address.
    #[error("the address to listen on is not valid")]
    Address(#[from] EndpointError),
    /// Somebody else listens there.
    #[error("{0} is in use by another program")]
    InUse(Endpoint),
    /// There is a file at the socket's path that is no socket. It is left alone.
    #[error("{0} is a file that is not a socket")]
    NotASocket(Endpoint),
    /// The system refused.
    #[error("cannot listen on {endpoint}")]
    Listen {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: io::Error,
    },
}

/// A socket that accepts streams. Dropping it closes it, with its file.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix { socket: UnixListener, _file: SocketFile },
}

impl Listener {
    /// Listens on `endpoint`; also gives the address as it was bound.
    pub(crate) async fn bind(endpoint: Endpoint) -> Result<(Self, Endpoint), BindError> {
        let bound = match &endpoint {
            Endpoint::Tcp { host, port } => bind_tcp(host, *port).await,
            Endpoint::Unix(path) => socket_file::listen(path, BACKLOG)
                .await
                .map(|(socket, file)| (Self::Unix { socket, _file: file }, Endpoint::Unix(path.clone()))),
        };
        bound.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => BindError::InUse(endpoint),
            ErrorKind::AlreadyExists => BindError::NotASocket(endpoint),
            _ => BindError::Listen { endpoint, source: error },
        })
    }

    /// # Cancel safety
    /// No connection is lost when the call is dropped.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => Ok(stream::tcp(listener.accept().await?.0)),
            Self::Unix { socket, .. } => Ok(Box::new(socket.accept().await?.0)),
        }
    }
}

/// Listens on the first address of `host` that this machine has.
///
/// An address that is taken ends the search: a name that means 127.0.0.1 and `::1` must not quietly become
/// the other one.
async fn bind_tcp(host: &str, port: u16) -> io::Result<(Listener, Endpoint)> {
    let mut failure = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((host, port)).await? {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let local = listener.local_addr()?;
                let endpoint = Endpoint::Tcp { host: local.ip().to_string(), port: local.port() };
                return Ok((Listener::Tcp(listener), endpoint));
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use tokio::net::UnixStream;

    fn endpoint(path: &Path) -> Endpoint {
        Endpoint::Unix(path.to_owned())
    }

    #[tokio::test]
    async fn gives_the_socket_to_its_owner_only_and_removes_it_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rpc.sock");
        let (listener, bound) = Listener::bind(endpoint(&path)).await.unwrap();
        assert_eq!(bound, endpoint(&path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn replaces_the_socket_of_a_dead_owner_but_not_of_a_live_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rpc.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let (_live, _) = Listener::bind(endpoint(&path)).await.unwrap();
        let error = Listener::bind(endpoint(&path)).await.unwrap_err();
        assert!(matches!(&error, BindError::InUse(taken) if *taken == endpoint(&path)), "{error}");
        assert!(UnixStream::connect(&path).await.is_ok());
    }

    #[tokio::test]
    async fn leaves_a_file_alone_that_is_no_socket() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Listener::bind(endpoint(file.path())).await.unwrap_err();
        assert!(matches!(error, BindError::NotASocket(_)), "{error}");
        assert!(file.path().exists());
    }

    #[tokio::test]
    async fn leaves_a_socket_alone_that_took_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rpc.sock");
        let (first, _) = Listener::bind(endpoint(&path)).await.unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        let (_second, _) = Listener::bind(endpoint(&path)).await.unwrap();
        drop(first);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn names_a_tcp_address_that_is_taken() {
        let any = "tcp://127.0.0.1:0".parse().unwrap();
        let (_listener, bound) = Listener::bind(any).await.unwrap();
        let error = Listener::bind(bound.clone()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{bound} is in use by another program"));
    }
}
