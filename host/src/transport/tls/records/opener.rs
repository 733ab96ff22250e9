//! Opens the records that have come, and keeps to the rules of what may be in them.

use super::Fault;
use super::cipher::{Cipher, Opened, content};
use super::shared::{Shared, Way};
use rustls::{AlertDescription, Side};
use smallvec::SmallVec;
use std::sync::Arc;

/// How many records in a row may have nothing for the application in them. What stock servers send by themselves, and a
/// change of keys now and then, are few.
const MOST_QUIET: u32 = 32;

/// The messages that may come after a handshake.
const NEW_SESSION_TICKET: u8 = 4;
const KEY_UPDATE: u8 = 24;

/// Opens records in the order in which they come.
pub(super) struct Opener {
    cipher: Cipher,
    /// Only a client gets tickets.
    side: Side,
    shared: Arc<Shared>,
    /// What has come of a message that is not whole.
    message: SmallVec<[u8; 5]>,
    /// How many bytes of a ticket are still to be passed over: nothing is ever resumed.
    skip: usize,
    /// How many records in a row had nothing for the application in them.
    quiet: u32,
    /// The peer has said that nothing more comes.
    is_over: bool,
    /// What was wrong: nothing more is opened.
    fault: Option<Fault>,
}

/// What was opened of some bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// How many bytes of the application there are, at the front.
    pub(super) content: usize,
    /// How many of the bytes were records, now opened.
    pub(super) used: usize,
}

impl Opener {
    pub(super) fn new(cipher: Cipher, side: Side, shared: Arc<Shared>) -> Self {
        Self {
            cipher,
            side,
            shared,
            message: SmallVec::new(),
            skip: 0,
            quiet: 0,
            is_over: false,
            fault: None,
        }
    }

    /// Whether the peer has said that nothing more comes.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// What was wrong with what came.
    pub(super) const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Opens all whole records, and moves what they have for the application to the front of the bytes. A fault comes
    /// behind what was opened before it.
    pub(super) fn open(&mut self, bytes: &mut [u8]) -> (Progress, Result<(), Fault>) {
        let mut progress = Progress::default();
        let result = self.fault.map_or_else(|| self.open_all(bytes, &mut progress), Err);
        if let Err(fault) = result {
            self.fault = Some(fault);
            self.shared.fail(fault);
        }
        (progress, result)
    }

    fn open_all(&mut self, bytes: &mut [u8], progress: &mut Progress) -> Result<(), Fault> {
        while !self.is_over {
            let opened = self.cipher.open(bytes, progress.content, progress.used)?;
            let Some(Opened { kind, content, whole }) = opened else { break };
            if kind == content::APPLICATION && content > 0 && self.is_between() {
                self.quiet = 0;
                progress.content += content;
            } else {
                let carried = bytes.get(progress.content..progress.content + content);
                self.heed(kind, carried.unwrap_or_default())?;
            }
            progress.used += whole;
        }
        Ok(())
    }

    /// Whether no message has begun that goes on in the next record.
    fn is_between(&self) -> bool {
        self.message.is_empty() && self.skip == 0
    }

    /// Does what a record says that has nothing for the application.
    fn heed(&mut self, kind: u8, carried: &[u8]) -> Result<(), Fault> {
        self.quiet += 1;
        if self.quiet > MOST_QUIET {
            return Err(Fault::Unexpected);
        }
        match kind {
            content::HANDSHAKE if !carried.is_empty() => self.messages(carried),
            content::ALERT if self.is_between() => self.alert(carried),
            content::APPLICATION if self.is_between() => Ok(()),
            _ => Err(Fault::Unexpected),
        }
    }

    fn alert(&mut self, carried: &[u8]) -> Result<(), Fault> {
        // The level says nothing in this version.
        let [_, description] = carried else { return Err(Fault::Malformed) };
        match AlertDescription::from(*description) {
            AlertDescription::CloseNotify => self.is_over = true,
            // One of these comes with an end, and says nothing.
            AlertDescription::UserCanceled => {}
            other => return Err(Fault::Told(other)),
        }
        Ok(())
    }

    fn messages(&mut self, mut carried: &[u8]) -> Result<(), Fault> {
        loop {
            let passed = self.skip.min(carried.len());
            self.skip -= passed;
            let Some((first, rest)) = carried.get(passed..).and_then(<[u8]>::split_first) else {
                return Ok(());
            };
            carried = rest;
            self.message.push(*first);
            match (self.message.as_slice(), self.side) {
                ([NEW_SESSION_TICKET], Side::Client)
                | ([NEW_SESSION_TICKET, _], Side::Client)
                | ([NEW_SESSION_TICKET, _, _], Side::Client)
                | ([KEY_UPDATE] | [KEY_UPDATE, 0] | [KEY_UPDATE, 0, 0] | [KEY_UPDATE, 0, 0, 1], _) => {}
                ([NEW_SESSION_TICKET, high, middle, low], Side::Client) => {
                    self.skip = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
                    self.message.clear();
                }
                ([KEY_UPDATE, _, _, _, asks], _) => {
                    let asks = *asks;
                    self.message.clear();
                    // What comes behind it is under the next key, and so in another record.
                    return if carried.is_empty() { self.update(asks) } else { Err(Fault::Unexpected) };
                }
                _ => return Err(Fault::Unexpected),
            }
        }
    }

    /// The peer writes with its next key from here on.
    fn update(&mut self, asks: u8) -> Result<(), Fault> {
        match asks {
            0 => {}
            1 => self.shared.ask(),
            _ => return Err(Fault::Illegal),
        }
        self.cipher = self.shared.next(Way::In)?;
        Ok(())
    }
}
