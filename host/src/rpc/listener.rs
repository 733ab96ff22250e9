//! Listening sockets of either kind of endpoint.

use super::endpoint::{Endpoint, EndpointError};
use super::stream::{self, Stream};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{TcpListener, UnixListener, UnixSocket, UnixStream, lookup_host};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 128;

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The text is no address.
    #[error("the RPC address is not valid")]
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
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix { socket: UnixListener, _file: SocketFile },
}

impl Listener {
    /// Listens on `endpoint`; also gives the address as it was bound.
    pub(super) async fn bind(endpoint: Endpoint) -> Result<(Self, Endpoint), BindError> {
        let bound = match &endpoint {
            Endpoint::Tcp { host, port } => bind_tcp(host, *port).await,
            Endpoint::Unix(path) => {
                bind_unix(path).await.map(|listener| (listener, Endpoint::Unix(path.clone())))
            }
        };
        bound.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => BindError::InUse(endpoint),
            ErrorKind::AlreadyExists => BindError::NotASocket(endpoint),
            _ => BindError::Listen { endpoint, source: error },
        })
    }

    /// # Cancel safety
    /// No connection is lost when the call is dropped.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
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

async fn bind_unix(path: &Path) -> io::Result<Listener> {
    match listen_unix(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            remove_stale(path).await?;
            listen_unix(path)
        }
        outcome => outcome,
    }
}

fn listen_unix(path: &Path) -> io::Result<Listener> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    let file = SocketFile::new(path)?;
    // Between bind and listen nobody can connect yet, so the mode is never too wide.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(Listener::Unix { socket: socket.listen(BACKLOG)?, _file: file })
}

/// Removes a socket's file whose process is gone.
async fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.file_type().is_socket() => return Err(ErrorKind::AlreadyExists.into()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            tracing::info!(path = %path.display(), "replacing the socket of a process that is gone");
            fs::remove_file(path)
        }
        // Anything else is somebody: it answered, it is busy, or it is not ours to judge.
        _ => Err(ErrorKind::AddrInUse.into()),
    }
}

/// The file of a bound Unix socket, removed when dropped unless another took its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the RPC socket");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
