//! A table as bytes, as another process left it: whatever they are, reading them is safe.

use super::Doing;
use super::generation::unpack;
use super::labels::split;
use super::table::{CHANNEL_AT, COMMAND_AT, LABELS, SLOTS, Table};
use std::mem::size_of;

const SLOT: usize = 64;
const TEXT: usize = 192;
const TEXTS: usize = SLOTS * SLOT;

// The layout that the bytes are read by is the one that they were written with.
const _: () = assert!(size_of::<Table>() == TEXTS + LABELS * TEXT);

/// The bytes of a table.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    bytes: &'a [u8],
}

/// There are fewer bytes than a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table is cut short")]
pub struct TooShort;

impl<'a> Image<'a> {
    /// The table that these bytes begin with.
    ///
    /// # Errors
    ///
    /// When they are too few.
    pub fn new(bytes: &'a [u8]) -> Result<Self, TooShort> {
        let bytes = bytes.get(..size_of::<Table>()).ok_or(TooShort)?;
        Ok(Self { bytes })
    }

    /// What the slot with this number says; `None` when its thread was not at work for a plug-in.
    #[must_use]
    pub fn doing(&self, slot: u32) -> Option<Doing> {
        let at = usize::try_from(slot).ok().filter(|slot| *slot < SLOTS)? * SLOT;
        let (_, label) = unpack(self.word(at)?)?;
        let [plugin, version, protocol, work] = split(&self.text(label));
        let [command, ..] = split(&self.text(self.half(at + COMMAND_AT)?));
        Some(Doing { plugin, version, protocol, work, channel: self.half(at + CHANNEL_AT)?, command })
    }

    fn text(&self, label: u32) -> String {
        let bytes = || {
            let at = TEXTS + usize::try_from(label).ok().filter(|label| *label < LABELS)? * TEXT;
            let text = self.bytes.get(at + 4..at + TEXT)?;
            text.get(..usize::try_from(self.half(at)?).ok()?)
        };
        // Whoever damaged the file may have written anything, and it is going to be logged.
        let text = String::from_utf8_lossy(bytes().unwrap_or_default()).into_owned();
        text.replace(|character: char| character.is_control() && character != '\0', "?")
    }

    fn word(&self, at: usize) -> Option<u64> {
        Some(u64::from_ne_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }

    fn half(&self, at: usize) -> Option<u32> {
        Some(u32::from_ne_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }
}
