//! Our records with stock rustls at the other end: handshakes, bytes, changes of keys, ends.

use super::super::*;
use crate::key::{CERTIFICATE_NAME, NodeKey};
use crate::transport::tls::{Tls, client, server};
use crate::transport::{Source, Stream};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{self, cipher_suite, kx_group};
use rustls::{ClientConnection, Connection, ServerConnection, SupportedCipherSuite};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::task::{unconstrained, yield_now};

const SUITES: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// Stock rustls, and its end of what is below TLS: each record is in the hands of the test.
struct Stock {
    connection: Connection,
    wire: DuplexStream,
    /// How much it writes at once.
    at_once: usize,
    /// What it has heard and nobody has asked for.
    got: Vec<u8>,
}

impl Stock {
    fn new(is_client: bool, suite: SupportedCipherSuite, wire: DuplexStream) -> Self {
        let provider = CryptoProvider { cipher_suites: vec![suite], ..ring::default_provider() };
        Self::with(is_client, provider, None, wire)
    }

    /// One whose handshake is in records of at most so many bytes.
    fn with(is_client: bool, provider: CryptoProvider, fragment: Option<usize>, wire: DuplexStream) -> Self {
        let (key, provider) = (NodeKey::fresh(), Arc::new(provider));
        let connection = if is_client {
            let mut config = client(&key, &provider);
            config.max_fragment_size = fragment;
            let name = CERTIFICATE_NAME.try_into().unwrap();
            ClientConnection::new(Arc::new(config), name).unwrap().into()
        } else {
            let mut config = server(&key, &provider);
            config.max_fragment_size = fragment;
            // As servers have it that nobody has told otherwise.
            config.send_tls13_tickets = 2;
            config.session_storage = rustls::server::ServerSessionMemoryCache::new(8);
            ServerConnection::new(Arc::new(config)).unwrap().into()
        };
        Self { connection, wire, at_once: usize::MAX, got: Vec::new() }
    }

    async fn shake(&mut self) {
        while self.connection.is_handshaking() {
            self.send().await;
            if self.connection.is_handshaking() {
                self.hear().await.unwrap();
            }
        }
        // The last words, or tickets.
        self.send().await;
    }

    /// What stock rustls has to write.
    fn sealed(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut out).unwrap();
        }
        out
    }

    fn say(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.connection.writer().write_all(bytes).unwrap();
        self.sealed()
    }

    /// Writes all that it has to write.
    async fn send(&mut self) {
        let sealed = self.sealed();
        for part in sealed.chunks(self.at_once) {
            self.wire.write_all(part).await.unwrap();
            yield_now().await;
        }
    }

    /// Takes what has come.
    async fn hear(&mut self) -> Result<(), rustls::Error> {
        let mut bytes = vec![0; 50_000];
        let count = self.wire.read(&mut bytes).await.unwrap();
        let mut rest = &bytes[..count];
        assert!(count > 0, "the connection goes on");
        while !rest.is_empty() && self.connection.read_tls(&mut rest).unwrap() > 0 {
            self.connection.process_new_packets()?;
            let _ = self.connection.reader().read_to_end(&mut self.got);
        }
        Ok(())
    }

    /// The next so many bytes for the application.
    async fn heard(&mut self, count: usize) -> Vec<u8> {
        while self.got.len() < count {
            self.hear().await.unwrap();
        }
        std::mem::take(&mut self.got)
    }
}

/// Our end and a stock one, of which ours is a client or a server.
async fn ends_with(is_client: bool, suite: SupportedCipherSuite, room: usize) -> (Stream, Stock) {
    let (here, there) = duplex(room);
    shaken(is_client, here, Stock::new(!is_client, suite, there)).await
}

/// Shakes hands.
async fn shaken(is_client: bool, here: DuplexStream, mut stock: Stock) -> (Stream, Stock) {
    let tls = Tls::new(&NodeKey::fresh());
    let ours =
        async { if is_client { tls.connect(split(here)).await } else { tls.accept(split(here)).await } };
    let (ours, ()) = tokio::join!(ours, stock.shake());
    (ours.unwrap(), stock)
}

async fn ends(is_client: bool) -> (Stream, Stock) {
    ends_with(is_client, SUITES[1], 1 << 20).await
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

/// Reads once: what came, or `None` when nothing is there.
async fn read_once(source: &mut dyn Source, room: usize) -> Option<io::Result<Vec<u8>>> {
    let mut buffer = BytesMut::with_capacity(room + source.held());
    // A test polls more often than a task of a runtime may without a pause.
    let read = unconstrained(poll_fn(|cx| Poll::Ready(source.poll_append(cx, &mut buffer, room)))).await;
    match read {
        Poll::Pending => None,
        Poll::Ready(result) => Some(result.map(|read| {
            assert_eq!(read.bytes, buffer.len());
            buffer.to_vec()
        })),
    }
}

#[tokio::test]
async fn both_ends_understand_each_other_with_every_suite_and_in_both_roles() {
    for (suite, is_client) in SUITES.into_iter().flat_map(|suite| [(suite, true), (suite, false)]) {
        let (mut ours, mut stock) = ends_with(is_client, suite, 1 << 20).await;
        for length in [1, 2, 100, 16_383, 16_384, 16_385, 70_000, 200_000] {
            let sent = noise(length);
            let heard = async {
                ours.writer.write_all(&sent).await.unwrap();
                ours.writer.flush().await.unwrap();
            };
            let (heard, ()) = tokio::join!(stock.heard(length), heard);
            assert!(heard == sent, "{length} bytes to stock rustls with {suite:?}");
            let mut back = vec![0; length];
            stock.connection.set_buffer_limit(None);
            let said = stock.say(&sent);
            let saying = stock.wire.write_all(&said);
            let (said, read) = tokio::join!(saying, ours.reader.read_exact(&mut back));
            assert!(said.is_ok() && read.is_ok() && back == sent, "{length} bytes from stock rustls");
        }
    }
}

#[tokio::test]
async fn a_handshake_may_come_in_small_records_and_one_byte_at_a_time() {
    for is_client in [true, false] {
        let (here, there) = duplex(1 << 20);
        let mut stock = Stock::with(!is_client, ring::default_provider(), Some(32), there);
        stock.at_once = 1;
        let (mut ours, mut stock) = shaken(is_client, here, stock).await;
        let saying = async {
            ours.writer.write_all(b"said").await.unwrap();
            ours.writer.flush().await.unwrap();
        };
        let ((), heard) = tokio::join!(saying, stock.heard(4));
        assert_eq!(heard, b"said");
    }
}

#[tokio::test]
async fn a_server_may_ask_for_another_group() {
    let (here, there) = duplex(1 << 20);
    let provider = CryptoProvider { kx_groups: vec![kx_group::SECP384R1], ..ring::default_provider() };
    let (mut ours, mut stock) = shaken(true, here, Stock::with(false, provider, None, there)).await;
    let said = stock.say(b"said");
    stock.wire.write_all(&said).await.unwrap();
    assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), b"said");
}

#[tokio::test]
async fn what_comes_with_the_last_words_of_a_handshake_is_read() {
    // A client that speaks at once, changes its key, and speaks on.
    let (here, there) = duplex(1 << 20);
    let mut stock = Stock::new(true, SUITES[1], there);
    let tls = Tls::new(&NodeKey::fresh());
    let speaking = async {
        while stock.connection.is_handshaking() {
            if stock.connection.wants_write() {
                stock.send().await;
            }
            stock.hear().await.unwrap();
        }
        stock.connection.writer().write_all(b"first ").unwrap();
        stock.connection.refresh_traffic_keys().unwrap();
        stock.connection.writer().write_all(b"second").unwrap();
        stock.send().await;
    };
    let (ours, ()) = tokio::join!(tls.accept(split(here)), speaking);
    let mut ours = ours.unwrap();
    assert_eq!(read_once(&mut *ours.reader, 100_000).await.unwrap().unwrap(), b"first second");
    ours.writer.write_all(b"answer").await.unwrap();
    ours.writer.flush().await.unwrap();
    assert_eq!(stock.heard(6).await, b"answer");
}

#[tokio::test]
async fn keys_are_changed_when_stock_rustls_asks_and_by_itself() {
    for is_client in [true, false] {
        let (mut ours, mut stock) = ends(is_client).await;
        for turn in 0..100_u8 {
            // Asks for ours, too.
            stock.connection.refresh_traffic_keys().unwrap();
            let said = stock.say(&[turn; 3]);
            stock.wire.write_all(&said).await.unwrap();
            assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), [turn; 3]);
            ours.writer.write_all(&[turn; 5]).await.unwrap();
            ours.writer.flush().await.unwrap();
            assert_eq!(stock.heard(5).await, [turn; 5]);
        }
    }
}

#[tokio::test]
async fn one_read_takes_all_records_that_are_there() {
    let (mut ours, mut stock) = ends(true).await;
    stock.connection.set_buffer_limit(None);
    let sent = noise(100_000);
    let mut bytes = Vec::new();
    for part in sent[..1000].chunks(100).chain([&sent[1000..]]) {
        bytes.extend(stock.say(part));
    }
    stock.wire.write_all(&bytes).await.unwrap();
    assert_eq!(read_once(&mut *ours.reader, 1 << 20).await.unwrap().unwrap(), sent);
    assert!(read_once(&mut *ours.reader, 1 << 20).await.is_none());
    assert_eq!(ours.reader.held(), 0);
}

#[tokio::test]
async fn records_may_come_in_two_parts_wherever_they_are_cut() {
    let (mut ours, mut stock) = ends(false).await;
    let length = stock.say(&[1; 30]).len();
    drop(read_once(&mut *ours.reader, 1000).await);
    let (mut ours, mut stock) = (ends(false).await.0, stock);
    for cut in 0..3 * length {
        (ours, stock) = if cut % 50 == 0 { ends(false).await } else { (ours, stock) };
        let records: Vec<_> = (0..3).flat_map(|_| stock.say(&noise(30))).collect();
        stock.wire.write_all(&records[..cut]).await.unwrap();
        let mut got = match read_once(&mut *ours.reader, 1000).await {
            Some(read) => read.unwrap(),
            None => Vec::new(),
        };
        assert_eq!((got.len(), ours.reader.held()), (cut / length * 30, cut % length), "cut at {cut}");
        stock.wire.write_all(&records[cut..]).await.unwrap();
        got.extend(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap());
        assert_eq!(got, [noise(30), noise(30), noise(30)].concat(), "cut at {cut}");
    }
}

#[tokio::test]
async fn bytes_arrive_whole_and_in_order_however_little_room_there_is() {
    for (way, room) in [(700, 100), (20_000, 50_000), (70_000, 3)] {
        let (here, there) = duplex(way);
        let [one, other] = [0; 2].map(|_| Tls::new(&NodeKey::fresh()));
        let (from, to) = tokio::join!(one.connect(split(here)), other.accept(split(there)));
        let (mut from, mut to) = (from.unwrap(), to.unwrap());
        let sent = noise(150_000);
        let writing = async {
            from.writer.write_all(&sent).await.unwrap();
            from.writer.flush().await.unwrap();
        };
        let reading = async {
            let (mut got, mut space) = (Vec::new(), vec![0; room]);
            while got.len() < sent.len() {
                let count = to.reader.read(&mut space).await.unwrap();
                assert!(count > 0, "the stream ended after {} bytes", got.len());
                got.extend_from_slice(&space[..count]);
            }
            got
        };
        let ((), got) = tokio::join!(writing, reading);
        assert!(got == sent, "{way} bytes on the way, {room} at a time");
    }
}

#[tokio::test]
async fn an_end_is_told_and_understood_as_one() {
    for is_client in [true, false] {
        let (mut ours, mut stock) = ends(is_client).await;
        let mut bytes = stock.say(b"the last words");
        stock.connection.send_close_notify();
        bytes.extend(stock.sealed());
        // Whatever comes behind the end.
        bytes.extend([7; 100]);
        stock.wire.write_all(&bytes).await.unwrap();
        assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), b"the last words");
        for _ in 0..2 {
            assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), b"");
        }
        // The other direction is not over.
        ours.writer.write_all(b"mine").await.unwrap();
        ours.writer.shutdown().await.unwrap();
        assert_eq!(stock.heard(4).await, b"mine");
        let state = stock.connection.process_new_packets().unwrap();
        assert!(state.peer_has_closed(), "an end was told");
        assert!(ours.writer.write_all(b"more").await.is_err());
    }
}

#[tokio::test]
async fn what_came_before_a_connection_broke_is_read_and_then_told_to_be_broken() {
    for cut in [0, 1, 10] {
        let (mut ours, mut stock) = ends(true).await;
        let mut bytes = stock.say(b"the last words");
        bytes.extend_from_slice(&stock.say(b"never whole")[..cut]);
        stock.wire.write_all(&bytes).await.unwrap();
        // Ends below TLS, which TLS does not take for an end.
        drop(stock);
        assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), b"the last words");
        let broken = read_once(&mut *ours.reader, 1000).await.unwrap().unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[tokio::test]
async fn a_changed_record_ends_the_connection_and_its_peer_is_told() {
    let (mut ours, mut stock) = ends(false).await;
    let good = stock.say(b"whole");
    let mut bad = stock.say(b"changed");
    bad[7] ^= 1;
    stock.wire.write_all(&[good, bad].concat()).await.unwrap();
    assert_eq!(read_once(&mut *ours.reader, 1000).await.unwrap().unwrap(), b"whole");
    let good = stock.say(b"too late");
    stock.wire.write_all(&good).await.unwrap();
    for _ in 0..2 {
        let error = read_once(&mut *ours.reader, 1000).await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), Fault::BadRecord.to_string());
    }
    ours.writer.shutdown().await.unwrap();
    let told = stock.hear().await.unwrap_err();
    assert_eq!(told, rustls::Error::AlertReceived(AlertDescription::BadRecordMac));
}

#[tokio::test]
async fn a_peer_that_gives_up_is_told_nothing_more() {
    let (mut ours, mut stock) = ends(true).await;
    // Not one of ours: stock rustls gives up.
    stock
        .connection
        .read_tls(&mut &[23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0][..])
        .unwrap();
    assert!(stock.connection.process_new_packets().is_err());
    stock.send().await;
    let error = read_once(&mut *ours.reader, 1000).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), Fault::Told(AlertDescription::BadRecordMac).to_string());
    assert!(ours.writer.write_all(b"still there?").await.is_err());
    ours.writer.shutdown().await.unwrap();
    let mut rest = Vec::new();
    stock.wire.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
}
