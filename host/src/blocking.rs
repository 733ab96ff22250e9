//! Work that waits for the disk, away from the threads of the network.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinError;

/// Runs work that blocks, and returns what it gives.
///
/// A runtime of one thread has no other thread that it would hold up, and everything on it happens in one order, so there
/// the work is done in place: that of a simulated node is done at the same moment each time.
///
/// # Errors
///
/// When the work panics, or the runtime is gone.
///
/// # Cancel safety
///
/// The work goes on.
#[expect(clippy::disallowed_methods, reason = "this is the edge where work leaves the network's threads")]
pub async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    async fn is_done_here() -> bool {
        let here = thread::current().id();
        run_blocking(move || thread::current().id() == here).await.unwrap()
    }

    #[tokio::test]
    async fn one_thread_does_it_in_place() {
        assert!(is_done_here().await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_threads_of_a_network_leave_it_to_others() {
        assert!(!is_done_here().await);
    }
}
