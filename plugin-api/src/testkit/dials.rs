//! The connections that the plug-in asks for, and who would answer.

use super::link::Link;
use super::report::CloseReason;
use crate::connection::ConnectError;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

/// Who asks for which address.
#[derive(Debug, Default)]
pub(crate) struct Dials {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reachable: BTreeSet<String>,
    /// Every address that was asked for, in order.
    dialled: Vec<String>,
    waiting: BTreeMap<u64, Dial>,
    leases: Vec<Weak<Lease>>,
    count: u64,
    stopped: bool,
}

#[derive(Debug)]
struct Dial {
    address: String,
    waker: Waker,
    outcome: Option<Result<Arc<Lease>, ConnectError>>,
}

/// What those who asked for the same address share.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) link: Arc<Link>,
    /// Whether the channel was made for them, and closes when nobody needs it any more.
    pub(super) closes: bool,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.closes {
            self.link.close(CloseReason::Released);
        }
    }
}

impl Dials {
    pub(crate) fn connect(self: &Arc<Self>, address: String) -> Connecting {
        let mut state = self.state.lock();
        state.count += 1;
        state.dialled.push(address.clone());
        Connecting { dials: Arc::clone(self), id: state.count, address }
    }

    pub(super) fn allow(&self, address: &str) {
        self.state.lock().reachable.insert(address.to_owned());
    }

    pub(super) fn dialled(&self) -> Vec<String> {
        self.state.lock().dialled.clone()
    }

    pub(super) fn stop(&self) {
        self.state.lock().stopped = true;
    }

    /// Answers everybody who waits; whether there was one. `open` gives the channel to an address.
    pub(super) fn settle(&self, open: impl Fn(&str) -> Lease) -> bool {
        let unanswered = |dial: &Dial| dial.outcome.is_none();
        let state = self.state.lock();
        let asked: Vec<_> = state.waiting.iter().filter(|(_, dial)| unanswered(dial)).collect();
        let asked: Vec<_> = asked.into_iter().map(|(id, dial)| (*id, dial.address.clone())).collect();
        drop(state);
        for (id, address) in &asked {
            let outcome = if self.state.lock().reachable.contains(address) {
                Ok(self.lease(address, &open))
            } else {
                Err(ConnectError::Unreachable(format!("nobody answers at {address}")))
            };
            if let Some(dial) = self.state.lock().waiting.get_mut(id) {
                dial.outcome = Some(outcome);
                dial.waker.wake_by_ref();
            }
        }
        !asked.is_empty()
    }

    /// The share of those who asked for this address before, or a new one.
    fn lease(&self, address: &str, open: impl Fn(&str) -> Lease) -> Arc<Lease> {
        let mut leases: Vec<_> = self.state.lock().leases.iter().filter_map(Weak::upgrade).collect();
        let is_open = |lease: &Arc<Lease>| lease.link.address == address && lease.link.closed().is_none();
        if let Some(at) = leases.iter().position(is_open) {
            return leases.swap_remove(at);
        }
        let lease = Arc::new(open(address));
        self.state.lock().leases.push(Arc::downgrade(&lease));
        lease
    }
}

/// A wish for a channel; dropping it gives the wish up.
#[derive(Debug)]
pub(crate) struct Connecting {
    dials: Arc<Dials>,
    id: u64,
    address: String,
}

impl Future for Connecting {
    type Output = Result<Arc<Lease>, ConnectError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.dials.state.lock();
        if state.stopped {
            return Poll::Ready(Err(ConnectError::Stopped("the node stops".to_owned())));
        }
        if let Some(outcome) = state.waiting.get_mut(&self.id).and_then(|dial| dial.outcome.take()) {
            state.waiting.remove(&self.id);
            return Poll::Ready(outcome);
        }
        let dial = Dial { address: self.address.clone(), waker: cx.waker().clone(), outcome: None };
        state.waiting.insert(self.id, dial);
        Poll::Pending
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        let given_up = self.dials.state.lock().waiting.remove(&self.id);
        drop(given_up);
    }
}
