//! The handshake of a connection over TLS: rustls thinks, this reads and writes.

use super::records::{HEADER, Schedule};
use bytes::{Buf, BytesMut};
use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{CommonState, Error, ExtractedSecrets, Side};
use std::io;
use std::ops::Deref;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much is read at once: most handshakes bring less.
const READ_BYTES: usize = 4 * 1024;
/// What rustls may be shown of a peer and make nothing of: its longest message, in records that are not tiny.
const MOST_SHOWN: usize = 128 * 1024;

/// One of both ends of a handshake.
pub(super) trait Role: Deref<Target: Deref<Target = CommonState>> + Sized {
    /// Which one.
    const SIDE: Side;
    /// What rustls keeps for it.
    type Data;

    /// Shows rustls what has come.
    fn process<'c, 'i>(&'c mut self, bytes: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;

    /// The keys for the records that follow, and what derives those after them.
    fn into_keys(self) -> Result<(ExtractedSecrets, Box<dyn Schedule>), Error>;
}

impl Role for UnbufferedClientConnection {
    const SIDE: Side = Side::Client;
    type Data = rustls::client::ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, bytes: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(bytes)
    }

    fn into_keys(self) -> Result<(ExtractedSecrets, Box<dyn Schedule>), Error> {
        let (secrets, schedule) = self.dangerous_into_kernel_connection()?;
        Ok((secrets, Box::new(schedule)))
    }
}

impl Role for UnbufferedServerConnection {
    const SIDE: Side = Side::Server;
    type Data = rustls::server::ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, bytes: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(bytes)
    }

    fn into_keys(self) -> Result<(ExtractedSecrets, Box<dyn Schedule>), Error> {
        let (secrets, schedule) = self.dangerous_into_kernel_connection()?;
        Ok((secrets, Box::new(schedule)))
    }
}

/// What is to be done next.
enum Step {
    /// Ask rustls again.
    On,
    /// Write what there is.
    Write,
    /// Read more.
    Read,
    /// Nothing: the application may speak.
    Ready,
}

/// Shakes hands: what came behind the handshake.
///
/// # Errors
///
/// The connection broke, or the peer does not keep to the rules; then it has been told.
pub(super) async fn shake(
    role: &mut impl Role,
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<BytesMut> {
    // rustls is shown whole records, one more each time: what comes behind the handshake is none of its business.
    let (mut incoming, mut shown) = (BytesMut::new(), 0);
    let mut outgoing = Vec::new();
    loop {
        match next_step(role, &mut incoming, &mut shown, &mut outgoing) {
            Ok(Step::On) => {}
            Ok(Step::Write) => write(writer, &mut outgoing).await?,
            Ok(Step::Ready) if !role.is_handshaking() && shown == 0 => return Ok(incoming),
            Ok(Step::Ready | Step::Read) => {
                shown += next_record(reader, &mut incoming, shown).await?;
                if shown > MOST_SHOWN {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a handshake is too long"));
                }
            }
            Err(error) => {
                // What it has to say of that comes before it looks at anything else.
                while role.wants_write() {
                    let Ok(Step::On) = next_step(role, &mut incoming, &mut shown, &mut outgoing) else {
                        break;
                    };
                }
                // The peer is refused whether it hears that or not.
                let _ = write(writer, &mut outgoing).await;
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }
}

/// Shows rustls the first `shown` bytes, and drops those that it is done with.
fn next_step(
    role: &mut impl Role,
    incoming: &mut BytesMut,
    shown: &mut usize,
    outgoing: &mut Vec<u8>,
) -> Result<Step, Error> {
    let status = role.process(incoming.get_mut(..*shown).unwrap_or_default());
    let discard = status.discard;
    let step = status.state.and_then(|state| step(state, outgoing));
    incoming.advance(discard);
    *shown -= discard;
    step
}

fn step<Data>(state: ConnectionState<'_, '_, Data>, outgoing: &mut Vec<u8>) -> Result<Step, Error> {
    match state {
        ConnectionState::EncodeTlsData(mut data) => encode(&mut data, outgoing).map(|()| Step::On),
        ConnectionState::TransmitTlsData(data) => {
            data.done();
            Ok(Step::Write)
        }
        ConnectionState::BlockedHandshake => Ok(Step::Read),
        ConnectionState::WriteTraffic(_) => Ok(Step::Ready),
        _ => Err(Error::General("a handshake that ends with something else".to_owned())),
    }
}

/// Appends a record of rustls.
fn encode<Data>(data: &mut EncodeTlsData<'_, Data>, outgoing: &mut Vec<u8>) -> Result<(), Error> {
    let start = outgoing.len();
    let required = match data.encode(&mut []) {
        Err(EncodeError::InsufficientSize(size)) => size.required_size,
        _ => return Err(Error::General("a record without a length".to_owned())),
    };
    outgoing.resize(start + required, 0);
    let space = outgoing.get_mut(start..).unwrap_or_default();
    data.encode(space).map(|_| ()).map_err(|error| Error::General(error.to_string()))
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), outgoing: &mut Vec<u8>) -> io::Result<()> {
    writer.write_all(outgoing).await?;
    outgoing.clear();
    writer.flush().await
}

/// The length of the next record behind the first `shown` bytes, of which more is read if need be.
async fn next_record(
    reader: &mut (impl AsyncRead + Unpin),
    incoming: &mut BytesMut,
    shown: usize,
) -> io::Result<usize> {
    loop {
        let rest = incoming.get(shown..).unwrap_or_default();
        if let Some(length) = record_len(rest).filter(|length| *length <= rest.len()) {
            return Ok(length);
        }
        incoming.reserve(READ_BYTES);
        if reader.read_buf(incoming).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// How long a record is that begins like this. Of what is none, rustls is shown the beginning.
fn record_len(bytes: &[u8]) -> Option<usize> {
    let [kind, _, _, high, low] = *bytes.first_chunk::<HEADER>()?;
    let is_record = (20..=23).contains(&kind);
    Some(if is_record { HEADER + usize::from(u16::from_be_bytes([high, low])) } else { HEADER })
}
