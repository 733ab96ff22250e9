//! The one place where the node gets its randomness.
//!
//! It is the system's, but on a thread that [`seed`] was called on: there it follows from the seed. A simulation runs on
//! one thread, so that everything in it can be had again.

use rand::distr::uniform::{SampleRange, SampleUniform};
use rand::rngs::StdRng;
use rand::{CryptoRng, Rng, RngCore, SeedableRng};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::time::Duration;

thread_local! {
    static SEEDED: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

/// The generator of the thread that it is used on.
#[derive(Debug, Clone, Copy)]
pub struct Random;

/// The generator of the thread that it is used on.
#[must_use]
pub const fn rng() -> Random {
    Random
}

/// A random number.
#[must_use]
pub fn number<T>() -> T
where
    rand::distr::StandardUniform: rand::distr::Distribution<T>,
{
    Random.random()
}

/// A random number out of a range that is not empty.
pub fn within<T: SampleUniform>(range: impl SampleRange<T>) -> T {
    Random.random_range(range)
}

/// A time between half and one and a half of `interval`.
#[must_use]
pub fn around(interval: Duration) -> Duration {
    interval.mul_f64(within(0.5..1.5))
}

/// Lets the randomness of this thread follow from a seed until the guard is dropped.
#[must_use]
pub fn seed(seed: u64) -> Seeded {
    SEEDED.replace(Some(StdRng::seed_from_u64(seed)));
    Seeded { thread: PhantomData }
}

/// The randomness of this thread follows from a seed. It stays on its thread.
#[derive(Debug)]
pub struct Seeded {
    thread: PhantomData<*const ()>,
}

impl Drop for Seeded {
    fn drop(&mut self) {
        SEEDED.set(None);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where randomness enters")]
fn with<T>(mut draw: impl FnMut(&mut dyn RngCore) -> T) -> T {
    SEEDED.with_borrow_mut(|seeded| match seeded {
        Some(seeded) => draw(seeded),
        None => draw(&mut rand::rng()),
    })
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        with(|rng| rng.next_u32())
    }

    fn next_u64(&mut self) -> u64 {
        with(|rng| rng.next_u64())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        with(|rng| rng.fill_bytes(bytes));
    }
}

// Both of its sources are.
impl CryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_around_an_interval() {
        let _seeded = seed(1);
        let minute = Duration::from_secs(60);
        let drawn: Vec<_> = (0..100).map(|_| around(2 * minute)).collect();
        assert!(drawn.iter().all(|time| (minute..3 * minute).contains(time)), "{drawn:?}");
        assert!(drawn.iter().any(|time| *time < 2 * minute) && drawn.iter().any(|time| *time > 2 * minute));
    }

    #[test]
    fn a_seed_gives_the_same_numbers_on_its_thread_only_and_while_the_guard_lives() {
        let draw = || -> [u64; 4] { number() };
        let seeded = |number| {
            let _seeded = seed(number);
            draw()
        };
        assert_eq!(seeded(1), seeded(1));
        assert_ne!(seeded(1), seeded(2));
        assert_ne!(draw(), draw());
        let guard = seed(1);
        let elsewhere = std::thread::spawn(draw).join().unwrap();
        assert_ne!(elsewhere, seeded(1));
        drop(guard);
    }

    #[test]
    fn a_number_out_of_a_range_is_in_it() {
        assert!((0..100).all(|_| (3..5).contains(&within(3..5))));
    }
}
