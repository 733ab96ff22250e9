//! The makings of plug-ins, and the word of a slot that says whose turn it is.

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::atomic::{AtomicU32, Ordering};

/// One making of a plug-in: no two of a process are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation(NonZeroU32);

impl Generation {
    /// One that has not been.
    #[must_use]
    pub fn next() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    pub(super) const fn number(self) -> NonZeroU32 {
        self.0
    }

    pub(super) fn from_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }
}

/// Generation and label in one word.
pub(super) fn pack(generation: Generation, label: u32) -> NonZeroU64 {
    let high = NonZeroU64::from(generation.number()).get() << 32;
    NonZeroU64::new(high | u64::from(label)).expect("the number of a generation is not 0")
}

/// `None` for the word of a slot between two turns.
pub(super) fn unpack(what: u64) -> Option<(Generation, u32)> {
    let generation = Generation::from_number(u32::try_from(what >> 32).ok()?)?;
    Some((generation, u32::try_from(what & u64::from(u32::MAX)).ok()?))
}
