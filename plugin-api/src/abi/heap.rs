//! How much a plug-in's library has taken from the heap: counted where it is taken, in batches.
#![expect(unsafe_code, reason = "an allocator is unsafe by its trait")]

use super::module::NOT_MEASURED;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// A thread tells of what it has taken and given back when that has come to so much.
const BATCH: i64 = 64 * 1024;

/// What all threads have told.
static LIVE: AtomicI64 = AtomicI64::new(0);
/// Whether the library has this allocator at all.
static IN_USE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What this thread has not told yet. Needs no destructor, so that it may be used whenever memory is.
    static UNTOLD: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator, with what is live counted; placed by [`measure_heap!`](crate::measure_heap).
///
/// The count is off by 64 KiB a thread at most, also for each thread that has ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator;

/// The bytes that this library has taken and not given back; [`NOT_MEASURED`] when it has another allocator.
#[must_use]
pub fn heap() -> u64 {
    if !IN_USE.load(Ordering::Relaxed) {
        return NOT_MEASURED;
    }
    // Below nothing when more has been given back in small pieces than taken.
    u64::try_from(LIVE.load(Ordering::Relaxed)).unwrap_or(0)
}

fn count(bytes: i64) {
    // Fails only when the thread has no thread-locals any more.
    let told = UNTOLD.try_with(|untold| {
        let sum = untold.get() + bytes;
        if sum.abs() < BATCH {
            untold.set(sum);
            return 0;
        }
        untold.set(0);
        sum
    });
    let told = told.unwrap_or(bytes);
    if told != 0 {
        LIVE.fetch_add(told, Ordering::Relaxed);
    }
    if !IN_USE.load(Ordering::Relaxed) {
        IN_USE.store(true, Ordering::Relaxed);
    }
}

fn signed(size: usize) -> i64 {
    // No allocation is larger than isize::MAX.
    i64::try_from(size).unwrap_or(i64::MAX)
}

// SAFETY: everything is done by `System`, whose contract this is; counting neither allocates nor panics.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc`.
        let taken = unsafe { System.alloc(layout) };
        if !taken.is_null() {
            count(signed(layout.size()));
        }
        taken
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc_zeroed`.
        let taken = unsafe { System.alloc_zeroed(layout) };
        if !taken.is_null() {
            count(signed(layout.size()));
        }
        taken
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) };
        count(-signed(layout.size()));
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `realloc`.
        let moved = unsafe { System.realloc(memory, layout, size) };
        if !moved.is_null() {
            count(signed(size) - signed(layout.size()));
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(size: usize, use_it: impl FnOnce(*mut u8, Layout)) {
        let layout = Layout::from_size_align(size, 8).unwrap();
        // SAFETY: the size is not 0.
        let memory = unsafe { CountingAllocator.alloc(layout) };
        use_it(memory, layout);
    }

    // One test, since the count is the process's.
    #[test]
    fn what_is_live_is_counted_to_within_a_batch() {
        assert_eq!(heap(), NOT_MEASURED, "nothing was taken by this allocator");
        let mut held = Vec::new();
        for _ in 0..100 {
            with(10_000, |memory, layout| held.push((memory, layout)));
        }
        let close_to = |expected: u64| heap().abs_diff(expected) <= BATCH.unsigned_abs();
        assert!(close_to(1_000_000), "{}", heap());
        for (memory, layout) in &mut held {
            // SAFETY: it was taken with this layout, and the new size is not 0.
            *memory = unsafe { CountingAllocator.realloc(*memory, *layout, 20_000) };
            *layout = Layout::from_size_align(20_000, 8).unwrap();
        }
        assert!(close_to(2_000_000), "{}", heap());
        for (memory, layout) in held {
            // SAFETY: it was taken with this layout.
            unsafe { CountingAllocator.dealloc(memory, layout) };
        }
        assert!(close_to(0), "{}", heap());
        with(100_000, |memory, layout| {
            assert!(heap() >= 100_000 - BATCH.unsigned_abs());
            // SAFETY: it was taken with this layout.
            unsafe { CountingAllocator.dealloc(memory, layout) };
        });
        assert!(close_to(0), "{}", heap());
    }
}
