//! What a protocol hears of one command: the receiving end of a queue.

use super::dispatcher::Dispatcher;
use super::queue::Queue;
use super::share::QueueShare;
use backplane_plugin::abi::ChunkList;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The receiving end of a queue. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Queue>,
    dispatcher: Arc<Dispatcher>,
}

impl Dispatcher {
    /// A new queue for this command; one that is at its end when the channel is closed.
    pub fn subscribe(self: &Arc<Self>) -> Subscription {
        Subscription { queue: self.add_queue(None), dispatcher: Arc::clone(self) }
    }

    /// As [`subscribe`](Self::subscribe), with a queue that keeps to a share.
    pub fn subscribe_within(self: &Arc<Self>, share: &Arc<QueueShare>) -> Subscription {
        Subscription { queue: self.add_queue(Some(Arc::clone(share))), dispatcher: Arc::clone(self) }
    }
}

impl Subscription {
    /// Swaps everything that is queued into `out`, which is empty.
    ///
    /// Ready(false) when the channel is closed and everything has been received. Takes part in the runtime's
    /// cooperative scheduling, so that a queue that never runs dry does not starve other tasks.
    pub fn poll_receive(&self, cx: &mut Context<'_>, out: &mut ChunkList) -> Poll<bool> {
        let budget = std::task::ready!(tokio::task::coop::poll_proceed(cx));
        let received = self.queue.poll_receive(cx, out);
        if received.is_ready() {
            budget.made_progress();
        }
        received
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.queue.close();
        self.dispatcher.unsubscribe(&self.queue);
    }
}
