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
    pub async fn shake_hands(&mut self) {
        for frame in vectors::session(vectors::MAIN).frames.iter().filter(|frame| frame.is_of_the_dialler()) {
            if ["version", "verack"].contains(&frame.command.as_str()) {
                self.send(&frame.command, &frame.payload()).await;
            }
        }
        // The version goes out before anything has arrived, and so before the verack.
        self.next_of("version").await;
        self.next_of("verack").await;
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
        loop {
            match self.next().await {
                Some(frame) if frame.command == command => return frame,
                Some(_) => {}
                None => panic!("the node closed the connection before a {command} came"),
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
