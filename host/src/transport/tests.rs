//! Every transport that listens, with real sockets.

use super::*;
use crate::key::NodeKey;
use crate::settings::Settings;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LIMIT: Duration = Duration::from_secs(10);

fn transports() -> Transports {
    Transports::standard().equipped(&Settings::default().network, &NodeKey::fresh())
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// Addresses to listen at, with a folder for the socket's file.
fn listened() -> (tempfile::TempDir, Vec<Address>) {
    let dir = tempfile::tempdir().unwrap();
    let unix = format!("unix://{}/a.sock", dir.path().display());
    let all = ["tcp://127.0.0.1:0", "tcp+tls://[::1]:0", "quic://127.0.0.1:0", "quic://[::1]:0", &unix];
    let all = all.map(address).to_vec();
    (dir, all)
}

/// The two ends of a connection.
async fn pair(listener: &mut Box<dyn Listener>) -> (Stream, Stream) {
    let transports = transports();
    let at = listener.address().clone();
    let dialling = async {
        let mut dialled = transports.dial(&at, LIMIT).await.unwrap();
        // The other end of QUIC hears of a stream by its first byte.
        dialled.writer.write_all(b"!").await.unwrap();
        dialled.writer.flush().await.unwrap();
        dialled
    };
    let accepting = async {
        let mut accepted = listener.accept().await.unwrap().set_up().await.unwrap();
        assert_eq!(accepted.reader.read_u8().await.unwrap(), b'!');
        accepted
    };
    tokio::join!(dialling, accepting)
}

#[tokio::test]
async fn what_is_written_before_the_end_arrives() {
    let (_dir, addresses) = listened();
    for address in addresses {
        let mut listener = transports().listen(&address).await.unwrap();
        let (one, other) = pair(&mut listener).await;
        for (mut from, mut to) in [(one.writer, other.reader), (other.writer, one.reader)] {
            let sent: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
            let sending = async {
                from.write_all(&sent).await.unwrap();
                from.shutdown().await.unwrap();
                drop(from);
            };
            let mut heard = Vec::new();
            let ((), read) = tokio::join!(sending, to.read_to_end(&mut heard));
            assert!(read.is_ok() && heard == sent, "{address}: {read:?}, {} bytes", heard.len());
        }
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let (_dir, addresses) = listened();
    let transports = transports();
    for address in addresses {
        let first = transports.listen(&address).await.unwrap();
        for transports in [&transports, &self::transports()] {
            let error = transports.listen(first.address()).await.unwrap_err();
            let TransportError::Listen { source, .. } = &error else { panic!("{error}") };
            assert_eq!(source.kind(), io::ErrorKind::AddrInUse, "{address}");
        }
        let bound = first.address().clone();
        drop(first);
        if bound.scheme() != "quic" {
            assert!(transports.listen(&bound).await.is_ok(), "{bound} is free again");
        }
    }
}

#[tokio::test]
async fn a_peer_that_says_nothing_holds_up_no_other() {
    for text in ["tcp://127.0.0.1:0", "tcp+tls://127.0.0.1:0"] {
        let mut listener = transports().listen(&address(text)).await.unwrap();
        let at = (listener.address().host().unwrap().to_owned(), listener.address().port().unwrap());
        let _silent = tokio::net::TcpStream::connect(at).await.unwrap();
        let stuck = listener.accept().await.unwrap();
        pair(&mut listener).await;
        drop(stuck);
    }
}

#[tokio::test]
async fn dialling_somebody_who_says_nothing_ends_at_its_limit() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = silent.local_addr().unwrap();
    let silent_udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let limit = Duration::from_millis(20);
    for text in [
        format!("tcp+tls://{socket}"),
        format!("socks5://{socket}/h.example:1"),
        format!("socks5+tls://{socket}/h.example:1"),
        format!("quic://{}", silent_udp.local_addr().unwrap()),
    ] {
        let dialled = transports().dial(&address(&text), limit).await;
        assert!(matches!(dialled, Err(TransportError::DialTimeout { .. })), "{text}: {dialled:?}");
    }
}

#[tokio::test]
async fn a_set_up_that_is_dropped_closes_the_connection() {
    let mut listener = transports().listen(&address("tcp+tls://127.0.0.1:0")).await.unwrap();
    let at = (listener.address().host().unwrap().to_owned(), listener.address().port().unwrap());
    let mut silent = tokio::net::TcpStream::connect(at).await.unwrap();
    let incoming = listener.accept().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(1), incoming.set_up()).await.is_err());
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0, "the other end sees the end");
}

#[tokio::test]
async fn what_no_profile_switches_on_is_not_dialled() {
    let transports = transports();
    for (text, dialled) in [
        ("tcp://h:1", true),
        ("tcp+tls://h:1", true),
        ("quic://h:1", true),
        ("unix:///a", true),
        ("socks5://p:1/h:1", true),
        ("tor://h.onion:1", false),
        ("i2p://h.i2p:1", false),
        ("x://h:1", false),
    ] {
        let address = address(text);
        assert_eq!(transports.has(address.scheme()), dialled, "{text}");
        match transports.routes(&address) {
            Ok(routes) => assert!(dialled && routes == [address], "{text}"),
            Err(TransportError::NotActive { .. } | TransportError::NoTransport { .. }) => {
                assert!(!dialled, "{text}")
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_transport_that_was_added_needs_no_profile() {
    let transports = Transports::default().with("memory", std::sync::Arc::new(MemoryNetwork::default()));
    assert_eq!(transports.schemes().collect::<Vec<_>>(), ["memory"]);
    assert!(transports.routes(&address("memory://a:1")).is_ok());
    assert!(transports.routes(&address("tcp://a:1")).is_err());
}
