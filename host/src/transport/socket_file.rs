//! The files of Unix sockets that are listened at.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// Listens at the path of a socket, which is for the owner of this process only. The file of a process that is gone is
/// replaced.
///
/// # Errors
///
/// `AddrInUse` when somebody listens there, `AlreadyExists` for a file that is no socket, which is left alone.
pub(crate) async fn listen(path: &Path, backlog: u32) -> io::Result<(UnixListener, SocketFile)> {
    match try_listen(path, backlog) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            remove_stale(path).await?;
            try_listen(path, backlog)
        }
        outcome => outcome,
    }
}

fn try_listen(path: &Path, backlog: u32) -> io::Result<(UnixListener, SocketFile)> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    let file = SocketFile::new(path)?;
    // Between bind and listen nobody can connect yet, so the mode is never too wide.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok((socket.listen(backlog)?, file))
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
pub(crate) struct SocketFile {
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
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the file of a socket");
        }
    }
}
