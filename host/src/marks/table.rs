//! The table of slots and texts, in a layout that another process can read.

use super::generation::{Generation, unpack};
use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Threads that can be at work for plug-ins at once; what further ones do is not known.
pub const SLOTS: usize = 256;
/// Texts: jobs, entries and commands. Further ones are told as their plug-in's alone.
pub const LABELS: usize = 1024;

/// The longest text, in bytes.
pub(super) const TEXT_BYTES: usize = 188;

/// What threads do and what the numbers in there mean. Zero is an empty one.
#[derive(Debug)]
#[repr(C)]
pub struct Table {
    pub(super) slots: [Slot; SLOTS],
    labels: [Text; LABELS],
}

/// What one thread does. Only that thread writes it, once it is taken.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Slot {
    /// Generation and label of the turn; 0 between two turns.
    what: AtomicU64,
    turn: AtomicU64,
    channel: AtomicU32,
    /// The label of the command that the turn was given last.
    command: AtomicU32,
    taken: AtomicBool,
}

/// Where in a slot its parts are, in bytes; the word of the turn comes first.
pub(super) const CHANNEL_AT: usize = offset_of!(Slot, channel);
pub(super) const COMMAND_AT: usize = offset_of!(Slot, command);

/// One text. Written once, the length last.
#[derive(Debug)]
#[repr(C)]
struct Text {
    length: AtomicU32,
    bytes: [AtomicU8; TEXT_BYTES],
}

/// What one slot said when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The number of the slot.
    pub slot: usize,
    /// How many turns have begun on it: another turn, another number.
    pub turn: u64,
    /// Whose turn it is.
    pub generation: Generation,
    pub(super) label: u32,
    pub(super) command: u32,
    pub(super) channel: u32,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { slots: [const { Slot::new() }; SLOTS], labels: [const { Text::new() }; LABELS] }
    }

    /// Takes a free slot, with its number.
    pub(super) fn take(&self) -> Option<(u32, &Slot)> {
        let is_mine = |slot: &&Slot| !slot.taken.swap(true, Ordering::AcqRel);
        (0..).zip(&self.slots).find(|(_, slot)| is_mine(slot))
    }

    pub(super) fn write_label(&self, label: u32, text: &str) {
        let Some(place) = usize::try_from(label).ok().and_then(|at| self.labels.get(at)) else { return };
        let mut length = 0;
        for (byte, to) in text.bytes().zip(&place.bytes) {
            to.store(byte, Ordering::Relaxed);
            length += 1;
        }
        place.length.store(length, Ordering::Release);
    }

    pub(super) fn label_text(&self, label: u32) -> String {
        let Some(place) = usize::try_from(label).ok().and_then(|at| self.labels.get(at)) else {
            return String::new();
        };
        let length = usize::try_from(place.length.load(Ordering::Acquire)).unwrap_or_default();
        let bytes: Vec<u8> =
            place.bytes.iter().take(length).map(|byte| byte.load(Ordering::Relaxed)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Slot {
    const fn new() -> Self {
        Self {
            what: AtomicU64::new(0),
            channel: AtomicU32::new(0),
            turn: AtomicU64::new(0),
            command: AtomicU32::new(0),
            taken: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn begin(&self, what: u64, channel: u32, command: u32) {
        self.channel.store(channel, Ordering::Relaxed);
        self.command.store(command, Ordering::Relaxed);
        // Nobody else writes it.
        self.turn.store(self.turn.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        self.what.store(what, Ordering::Release);
    }

    /// Ends the turn; the label of the command that it was given last.
    #[inline]
    pub(super) fn end(&self) -> u32 {
        self.what.store(0, Ordering::Release);
        self.command.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn hand_over(&self, command: u32) {
        self.command.store(command, Ordering::Relaxed);
    }

    pub(super) fn give_back(&self) {
        self.what.store(0, Ordering::Relaxed);
        self.taken.store(false, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Acquire)
    }

    /// What the slot says; `None` between two turns. A turn that ends meanwhile may be read as a mixture, with a number
    /// that the next reading does not have.
    pub(super) fn read(&self, slot: usize) -> Option<Reading> {
        let (generation, label) = unpack(self.what.load(Ordering::Acquire))?;
        Some(Reading {
            slot,
            turn: self.turn.load(Ordering::Relaxed),
            generation,
            label,
            command: self.command.load(Ordering::Relaxed),
            channel: self.channel.load(Ordering::Relaxed),
        })
    }
}

impl Text {
    const fn new() -> Self {
        Self { length: AtomicU32::new(0), bytes: [const { AtomicU8::new(0) }; TEXT_BYTES] }
    }
}
