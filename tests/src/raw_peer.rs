//! A peer that speaks the wire by hand over TCP.

use crate::vectors;
use crate::wait::within;
use backplane::address::Address;
use backplane::frame::{self, Magic};
use bytes::{Buf, BytesMut};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One end of a TCP connection, with nothing between the test and the frames.
#[derive(Debug)]
pub struct RawPeer {
    stream: TcpStream,
    magic: Magic,
    buffer: BytesMut,
}

/// A frame as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The command.
    pub command: String,
    /// The payload.
    pub payload: Vec<u8>,
}

impl RawPeer {
    /// Dials a node.
    ///
    /// # Panics
    ///
    /// When nobody answers there.
    pub async fn dial(address: &Address, magic: Magic) -> Self {
        let host = address.host().expect("a TCP address has a host");
        let port = address.port().expect("a bound address has a port");
        let stream = within("a connection", TcpStream::connect((host, port))).await;
        Self::new(stream.expect("the node accepts"), magic)
    }

    /// Takes over a connection.
    #[must_use]
    pub fn new(stream: TcpStream, magic: Magic) -> Self {
        Self { stream, magic, buffer: BytesMut::new() }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    ///
    /// When the other end has closed.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a frame.
    ///
    /// # Panics
    ///
    /// When the other end has closed.
    pub async fn send(&mut self, command: &str, payload: &[u8]) {
        self.write(&frame::encode(self.magic, command, payload)).await.expect("the node reads");
    }

    /// Shakes hands as a stock node: version and verack as they were recorded, then those of the other end.
    ///
    /// # Panics
    ///
    /// When the other end closes meanwhile.
    pub async fn shake_hands(&mut self) {
        assert!(self.try_to_shake_hands().await, "the node closed the connection in the handshake");
    }

    /// Shakes hands as a stock node, if the other end does: whether it did.
    pub async fn try_to_shake_hands(&mut self) -> bool {
        for frame in vectors::session(vectors::MAIN).frames.iter().filter(|frame| frame.is_of_the_dialler()) {
            if ["version", "verack"].contains(&frame.command.as_str())
                && self.write(&frame::encode(self.magic, &frame.command, &frame.payload())).await.is_err()
            {
                return false;
            }
        }
        // The version goes out before anything has arrived, and so before the verack.
        self.find("version").await.is_some() && self.find("verack").await.is_some()
    }

    /// Answers the next ping.
    ///
    /// # Panics
    ///
    /// When the connection ends before.
    pub async fn answer_ping(&mut self) {
        let ping = self.next_of("ping").await;
        self.send("pong", &ping.payload).await;
    }

    /// Whether the other end still serves this one: it answers a ping. Its own pings are answered meanwhile.
    pub async fn is_served(&mut self) -> bool {
        const NONCE: [u8; 2] = [0x5e, 0xed];
        let mut sent = self.write(&frame::encode(self.magic, "ping", &NONCE)).await;
        while sent.is_ok() {
            match self.next().await {
                Some(frame) if frame.command == "pong" && frame.payload == NONCE => return true,
                Some(frame) if frame.command == "ping" => {
                    sent = self.write(&frame::encode(self.magic, "pong", &frame.payload)).await;
                }
                Some(_) => {}
                None => return false,
            }
        }
        false
    }

    /// Breaks the connection: the other end sees a reset.
    ///
    /// # Errors
    ///
    /// When the system cannot.
    pub fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Reads on to the end of the connection, whatever comes.
    pub async fn drain(&mut self) {
        let mut ends = async || {
            self.buffer.clear();
            !matches!(self.stream.read_buf(&mut self.buffer).await, Ok(1..))
        };
        while !within("the end of the connection", ends()).await {}
    }

    /// Reads what has arrived, whatever it is part of, and waits for nothing.
    pub fn take_in(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while matches!(self.stream.try_read(&mut bytes), Ok(1..)) {}
    }

    /// Reads one byte, whatever it is part of; `None` at the end of the connection.
    pub async fn sip(&mut self) -> Option<u8> {
        within("a byte", self.stream.read_u8()).await.ok()
    }

    /// Ends the writing half of the connection.
    ///
    /// # Errors
    ///
    /// When the other end has closed.
    pub async fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// The next frame; `None` at the end of the connection.
    ///
    /// # Panics
    ///
    /// When the bytes are no frames of the network, or end within one.
    pub async fn next(&mut self) -> Option<Frame> {
        within("a frame", self.read()).await
    }

    /// The next frame with this command. Others are passed over.
    ///
    /// # Panics
    ///
    /// When the connection ends before.
    pub async fn next_of(&mut self, command: &str) -> Frame {
        let found = self.find(command).await;
        found.unwrap_or_else(|| panic!("the node closed the connection before a {command} came"))
    }

    /// The next frame with this command, others are passed over; `None` when the connection ends before.
    pub async fn find(&mut self, command: &str) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.command == command {
                return Some(frame);
            }
        }
    }

    /// Reads on to the end of the connection: the frames that came until then.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.parse() {
                return Some(frame);
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => {
                    assert!(
                        self.buffer.is_empty(),
                        "the connection ends within a frame: {:02x?}",
                        self.buffer
                    );
                    return None;
                }
                Ok(_) => {}
                // The node closed before it had read everything.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the connection fails: {error}"),
            }
        }
    }

    fn parse(&mut self) -> Option<Frame> {
        let header = frame::header(&self.buffer, self.magic).expect("a node sends frames of its network")?;
        let payload_len = usize::try_from(header.payload_len).expect("a payload fits the memory");
        let command = header.name().expect("a node sends text as commands").to_owned();
        let payload = self.buffer.get(header.header_len..header.header_len + payload_len)?.to_vec();
        let whole = header.header_len + payload_len;
        self.buffer.advance(whole);
        Some(Frame { command, payload })
    }
}
