//! What both halves of a connection have to know of each other.

use super::Fault;
use super::cipher::Cipher;
use parking_lot::Mutex;
use rustls::kernel::KernelConnection;
use rustls::{AlertDescription, ConnectionTrafficSecrets, Error};
use std::sync::atomic::{AtomicBool, Ordering};

/// A direction of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the peer.
    Out,
    /// From the peer.
    In,
}

/// Derives the keys of a connection, each from the one before it.
pub(crate) trait Schedule: Send {
    /// The next key of one direction.
    fn next(&mut self, way: Way) -> Result<(u64, ConnectionTrafficSecrets), Error>;
}

impl<Data: Send> Schedule for KernelConnection<Data> {
    fn next(&mut self, way: Way) -> Result<(u64, ConnectionTrafficSecrets), Error> {
        match way {
            Way::Out => self.update_tx_secret(),
            Way::In => self.update_rx_secret(),
        }
    }
}

/// How a connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The peer is to be told of its fault.
    Tell(AlertDescription),
    /// The peer gave up, and is told nothing.
    Told,
}

/// Between the half that reads and the half that writes.
pub(super) struct Shared {
    schedule: Mutex<Box<dyn Schedule>>,
    /// The peer has asked for another key to write with.
    asked: AtomicBool,
    end: Mutex<Option<End>>,
}

impl Shared {
    pub(super) fn new(schedule: Box<dyn Schedule>) -> Self {
        Self { schedule: Mutex::new(schedule), asked: AtomicBool::new(false), end: Mutex::new(None) }
    }

    /// The next key of one direction.
    pub(super) fn next(&self, way: Way) -> Result<Cipher, Fault> {
        Cipher::new(self.schedule.lock().next(way).map_err(|_| Fault::Spent)?)
    }

    /// The peer asks for another key to write with.
    pub(super) fn ask(&self) {
        self.asked.store(true, Ordering::Release);
    }

    /// Whether the peer has asked since the last call.
    pub(super) fn take_asked(&self) -> bool {
        // Most often nobody has: that is found out without writing.
        self.asked.load(Ordering::Acquire) && self.asked.swap(false, Ordering::AcqRel)
    }

    /// What was read ends the connection.
    pub(super) fn fail(&self, fault: Fault) {
        *self.end.lock() = Some(fault.alert().map_or(End::Told, End::Tell));
    }

    /// How the half that reads has ended the connection, if it has.
    pub(super) fn end(&self) -> Option<End> {
        *self.end.lock()
    }
}
