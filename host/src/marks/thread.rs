//! The slot of a thread, and the turns on it.

use super::labels::Label;
use super::marker::Mark;
use super::place;
use super::table::Slot;
use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    /// The slot of this thread. It has no destructor, so that a handler of signals may read it.
    static HERE: Cell<Option<(u32, &'static Slot)>> = const { Cell::new(None) };
    /// Gives the slot back when the thread ends.
    static CLAIM: Claim = const { Claim };
}

struct Claim;

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some((_, slot)) = HERE.take() {
            slot.give_back();
        }
    }
}

/// The number of the slot of this thread, if it has one. Safe in a handler of signals.
#[must_use]
pub fn slot_here() -> Option<u32> {
    HERE.get().map(|(number, _)| number)
}

/// Takes a slot for this thread, unless it is ending or there are too many.
#[cold]
fn claim() -> Option<&'static Slot> {
    CLAIM.try_with(|_| ()).ok()?;
    let taken = place::current().take();
    HERE.set(taken);
    taken.map(|(_, slot)| slot)
}

/// A turn of a plug-in on this thread, until it ends or is dropped. Turns do not nest: one that begins within another
/// takes its place.
#[derive(Debug)]
pub struct Work {
    slot: Option<&'static Slot>,
    /// It stays on its thread.
    thread: PhantomData<*const ()>,
}

impl Work {
    /// Begins a turn, on a channel or 0, with the command that was handed over to its job last.
    #[inline]
    #[must_use]
    pub fn begin(mark: Mark, channel: u32, command: Label) -> Self {
        let slot = HERE.get().map(|(_, slot)| slot).or_else(claim);
        if let Some(slot) = slot {
            slot.begin(mark.word(), channel, command.number());
        }
        Self { slot, thread: PhantomData }
    }

    /// Ends the turn: the command that was handed over last.
    #[inline]
    #[must_use]
    pub fn end(mut self) -> Label {
        self.slot.take().map_or(Label::NONE, |slot| Label::from_number(slot.end()))
    }
}

impl Drop for Work {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.end();
        }
    }
}

/// Messages of a command have been handed over to the work on this thread.
#[inline]
pub fn handed_over(command: Label) {
    if let Some((_, slot)) = HERE.get() {
        slot.hand_over(command.number());
    }
}
