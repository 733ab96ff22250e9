//! Memory that connections read into, kept for the next one that reads.

use bytes::BytesMut;
use parking_lot::Mutex;

/// How many are kept. Each is as large as a read.
const MOST_KEPT: usize = 8;

/// How often one is passed over: then it has a size that nobody wants, or is held by somebody slow.
const MOST_PASSED: u32 = 100;

/// What was given back.
///
/// # Rationale
///
/// A connection holds no such memory while nothing comes, which is between any two bursts, and what was read is let go on
/// another thread than the one that reads: an allocator gives pages back to the system there and then, and the next read
/// has to wait for new ones. As the allocator's, this memory is the whole process's.
static KEPT: Mutex<Kept> = Mutex::new(Kept(Vec::new()));

/// Memory for at least so many bytes, and for at most half as many more.
pub(crate) fn take(bytes: usize) -> BytesMut {
    KEPT.lock().take(bytes).unwrap_or_else(|| BytesMut::with_capacity(bytes))
}

/// Gives memory back, with nothing in it; others may still hold parts of it.
pub(crate) fn give(block: BytesMut) {
    KEPT.lock().give(block);
}

/// Blocks in the order in which they were given back, and how often each of them was passed over.
struct Kept(Vec<(BytesMut, u32)>);

impl Kept {
    fn take(&mut self, bytes: usize) -> Option<BytesMut> {
        let fits = |(block, passed): &mut (BytesMut, u32)| {
            *passed += 1;
            // Not while somebody else holds a part of it.
            block.try_reclaim(bytes) && block.capacity() <= bytes + bytes / 2
        };
        // The last ones are most likely in the cache.
        let found = self.0.iter_mut().rposition(fits).map(|at| self.0.remove(at).0);
        self.0.retain(|(_, passed)| *passed < MOST_PASSED);
        found
    }

    fn give(&mut self, mut block: BytesMut) {
        block.clear();
        // If all of these are in use, they are free before this one.
        if self.0.len() < MOST_KEPT {
            self.0.push((block, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sizes: &[usize]) -> Kept {
        Kept(sizes.iter().map(|size| (BytesMut::with_capacity(*size), 0)).collect())
    }

    #[test]
    fn a_block_is_taken_again_when_nobody_holds_a_part_of_it() {
        let mut kept = kept(&[]);
        let mut block = BytesMut::zeroed(1000);
        let start = block.as_ptr();
        let part = block.split_to(600).freeze();
        kept.give(block);
        assert!(kept.take(1000).is_none());
        drop(part);
        let again = kept.take(1000).unwrap();
        assert!(again.is_empty() && again.capacity() == 1000 && again.as_ptr() == start);
        assert!(kept.take(1000).is_none());
    }

    #[test]
    fn a_block_is_not_taken_for_much_less_than_it_has() {
        for (wanted, taken) in [(500, false), (666, false), (667, true), (1000, true), (1001, false)] {
            assert_eq!(kept(&[1000]).take(wanted).is_some(), taken, "{wanted}");
        }
    }

    #[test]
    fn no_more_than_some_are_kept_and_those_of_another_size_make_room() {
        let mut kept = kept(&[100; MOST_KEPT]);
        kept.give(BytesMut::with_capacity(1000));
        assert_eq!(kept.0.len(), MOST_KEPT);
        for _ in 0..MOST_PASSED {
            assert!(kept.take(1000).is_none());
        }
        kept.give(BytesMut::with_capacity(1000));
        assert!(kept.take(1000).is_some());
    }
}
