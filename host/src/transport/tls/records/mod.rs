//! The records of a connection over TLS 1.3 once its handshake is done: sealed and opened where the bytes lie.
//!
//! rustls shakes hands, and derives every key. What protects a record is *ring*'s AEAD, as it is inside rustls; this
//! module says which bytes it is given, and does what a kernel does that has TLS: cut records, count them, pad none,
//! heed alerts and updates of keys. rustls has an interface for that ([`rustls::kernel`]).
//!
//! ```text
//! peer -> Plain bytes -> reader -> opener (rules) -> cipher -> the buffer that frames are cut from
//!                          | alert to tell, update to answer
//!                          v
//!                        shared (keys of rustls)
//!                          |
//! what is to be written -> writer -> cipher -> one buffer of records -> peer
//! ```
//!
//! # Rationale
//!
//! rustls copies each byte into a buffer of its own, from there into one for its record, and from there to whoever reads;
//! here it is decrypted where it was read to, and moved to the end of the record before it by the same pass.
//!
//! What section 5 and 6 of RFC 8446 demand, and where it is: nonces of which no two are the same, and the length of a record
//! (`cipher`); no other records after the handshake than sealed ones, types, no messages across records of another type or
//! across keys, no end without `close_notify` (`opener`, `reader`); an update of keys before a key has sealed too much, or
//! when the peer asks for it, and one alert at the end (`writer`).

mod cipher;
mod opener;
mod reader;
mod shared;
mod writer;

pub(super) use cipher::HEADER;
pub(super) use reader::RecordReader;
pub(super) use shared::Schedule;
pub(super) use writer::RecordWriter;

use bytes::BytesMut;
use cipher::Cipher;
use opener::Opener;
use rustls::{AlertDescription, ExtractedSecrets, Side};
use shared::Shared;
use std::io;
use std::sync::Arc;

/// Both halves of a connection whose handshake is done.
///
/// # Errors
///
/// A suite that is not one of TLS 1.3.
pub(super) fn halves<R, W>(
    (reader, writer): (R, W),
    keys: (ExtractedSecrets, Box<dyn Schedule>),
    side: Side,
    rest: BytesMut,
) -> io::Result<(RecordReader<R>, RecordWriter<W>)> {
    let (secrets, schedule) = keys;
    let shared = Arc::new(Shared::new(schedule));
    let opener = Opener::new(Cipher::new(secrets.rx)?, side, Arc::clone(&shared));
    let writer = RecordWriter::new(writer, Cipher::new(secrets.tx)?, shared);
    Ok((RecordReader::new(reader, opener, rest), writer))
}

/// Why no more records are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It does not open.
    #[error("a record was changed on its way")]
    BadRecord,
    /// Its length.
    #[error("a record is too long")]
    TooLong,
    /// Its kind, or that of a message in it, at this time.
    #[error("a record came that has no place here")]
    Unexpected,
    /// A value that has no meaning.
    #[error("a message of TLS says what it cannot say")]
    Illegal,
    /// An alert that is none.
    #[error("an alert cannot be read")]
    Malformed,
    /// The peer gives up.
    #[error("the peer ended the connection with an alert: {0:?}")]
    Told(AlertDescription),
    /// There is no key, or no number, for another record.
    #[error("the keys of the connection cannot be used any more")]
    Spent,
}

impl Fault {
    /// What the peer is told of it.
    const fn alert(self) -> Option<AlertDescription> {
        match self {
            Self::BadRecord => Some(AlertDescription::BadRecordMac),
            Self::TooLong => Some(AlertDescription::RecordOverflow),
            Self::Unexpected => Some(AlertDescription::UnexpectedMessage),
            Self::Illegal => Some(AlertDescription::IllegalParameter),
            Self::Malformed => Some(AlertDescription::DecodeError),
            Self::Spent => Some(AlertDescription::InternalError),
            Self::Told(_) => None,
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

#[cfg(test)]
mod tests;
