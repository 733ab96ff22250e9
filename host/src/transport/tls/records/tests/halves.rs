//! What the halves of a connection hold, and when the one that writes changes its key.

use super::super::*;
use crate::key::NodeKey;
use crate::transport::Source;
use crate::transport::tls::{Role, Tls, shake};
use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use std::future::poll_fn;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};

type Halves = (RecordReader<ReadHalf<DuplexStream>>, RecordWriter<WriteHalf<DuplexStream>>);

async fn set_up<C: Role>(mut role: C, wire: DuplexStream) -> Halves {
    let (mut reader, mut writer) = split(wire);
    let rest = shake(&mut role, &mut reader, &mut writer).await.unwrap();
    halves((reader, writer), role.into_keys().unwrap(), C::SIDE, rest).unwrap()
}

/// Both ends of a connection.
async fn pair() -> (Halves, Halves) {
    let (here, there) = duplex(1 << 20);
    let tls = Tls::new(&NodeKey::fresh());
    let name = crate::key::CERTIFICATE_NAME.try_into().unwrap();
    let client = UnbufferedClientConnection::new(tls.client(), name).unwrap();
    let server = UnbufferedServerConnection::new(tls.server()).unwrap();
    tokio::join!(set_up(client, here), set_up(server, there))
}

#[tokio::test]
async fn nothing_is_held_while_nothing_comes_or_goes() {
    let ((_client, mut from), (mut to, _server)) = pair().await;
    for length in [10, 1000, 300_000] {
        let sent = vec![7; length];
        from.write_all(&sent).await.unwrap();
        from.flush().await.unwrap();
        assert_eq!(from.sealed.capacity(), 0);
        let mut got = BytesMut::new();
        while got.len() < length {
            got.reserve(100_000);
            poll_fn(|cx| to.poll_append(cx, &mut got, 100_000)).await.unwrap();
        }
        assert!(got == sent);
        let idle = poll_fn(|cx| Poll::Ready(to.poll_append(cx, &mut got, 1000))).await;
        assert!(idle.is_pending() && to.begun.capacity() == 0);
    }
}

#[tokio::test]
async fn a_key_seals_no_more_records_than_it_may() {
    let ((_client, mut from), (mut to, _server)) = pair().await;
    from.most_records = 10;
    for turn in 0..100_u8 {
        from.write_all(&[turn; 3]).await.unwrap();
        from.flush().await.unwrap();
        // The one that says so is the last one.
        assert!(from.cipher.records() <= 10, "{} records", from.cipher.records());
        let mut got = [0; 3];
        to.read_exact(&mut got).await.unwrap();
        assert_eq!(got, [turn; 3]);
    }
    assert_ne!(from.cipher.records(), 100);
}

#[tokio::test]
async fn a_long_write_changes_its_key_between_two_records() {
    let ((_client, mut from), (mut to, _server)) = pair().await;
    from.most_records = 3;
    let sent = vec![9; 500_000];
    from.write_all(&sent).await.unwrap();
    from.flush().await.unwrap();
    let mut got = vec![0; sent.len()];
    to.read_exact(&mut got).await.unwrap();
    assert!(got == sent && from.cipher.records() <= 3);
}
