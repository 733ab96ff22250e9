//! A small SOCKS5 proxy, written by hand from RFC 1928, that remembers whom it was asked for.

use parking_lot::Mutex;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A running proxy. It ends, with all connections through it, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy that dials `target` whatever name it is asked for, as one into another network would find it.
    ///
    /// # Panics
    ///
    /// When this machine gives no port.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut task = JoinSet::new();
        let noted = Arc::clone(&asked);
        task.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                clients.spawn(async move {
                    // A client that breaks off is no concern of the proxy.
                    let _ = serve(client, target, &noted).await;
                });
            }
        });
        Self { address, asked, _task: task }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked for, in order: a name, or an IP address, with its port.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

async fn serve(mut client: TcpStream, target: SocketAddr, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let (version, methods) = (client.read_u8().await?, client.read_u8().await?);
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered).await?;
    if version != 5 || !offered.contains(&0) {
        return Err(invalid());
    }
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 3];
    client.read_exact(&mut request).await?;
    if request != [5, 1, 0] {
        return Err(invalid());
    }
    let host = read_host(&mut client).await?.ok_or_else(invalid)?;
    let port = client.read_u16().await?;
    asked.lock().push(format!("{host}:{port}"));
    let mut server = TcpStream::connect(target).await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn read_host(client: &mut TcpStream) -> io::Result<Option<String>> {
    Ok(match client.read_u8().await? {
        1 => Some(Ipv4Addr::from(client.read_u32().await?).to_string()),
        3 => {
            let mut name = vec![0; client.read_u8().await?.into()];
            client.read_exact(&mut name).await?;
            String::from_utf8(name).ok()
        }
        4 => Some(format!("[{}]", Ipv6Addr::from(client.read_u128().await?))),
        _ => None,
    })
}
