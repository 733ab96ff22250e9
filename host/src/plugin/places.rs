//! Places of which there are only so many: each job of a plug-in holds one, and each subscription.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for one kind of thing of one instance of a plug-in.
#[derive(Debug, Clone)]
pub struct Places {
    free: Arc<Semaphore>,
    all: u32,
}

impl Places {
    /// So many places.
    #[must_use]
    pub fn new(all: u32) -> Self {
        Self { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// How many there are.
    #[must_use]
    pub const fn all(&self) -> u32 {
        self.all
    }

    /// A place, which is free again when it is dropped; `None` when none is free.
    #[must_use]
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        (self.all as usize).saturating_sub(self.free.available_permits())
    }

    /// Waits until all are free; meanwhile none is given away.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn all_free(&self) {
        // An error says that the semaphore is closed, which it never is.
        let _ = self.free.acquire_many(self.all).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn waits_for_those_that_are_taken_and_gives_no_others_away() {
        let places = Places::new(2);
        let [one, other] = [places.take(), places.take()];
        assert!(one.is_some() && other.is_some() && places.take().is_none());
        assert_eq!(places.taken(), 2);
        let mut waiting = pin!(places.all_free());
        let mut poll = || waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll(), Poll::Pending);
        drop(one);
        assert!(places.take().is_none(), "one was given away meanwhile");
        assert_eq!(poll(), Poll::Pending);
        drop(other);
        assert_eq!(poll(), Poll::Ready(()));
        assert_eq!(places.taken(), 0);
    }
}
