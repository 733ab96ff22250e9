//! Runs tasks one after the other, in the order in which they were woken.

use crate::error::PluginError;
use parking_lot::{Condvar, Mutex};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A task of the plug-in's.
pub(crate) type Task = Pin<Box<dyn Future<Output = Result<(), PluginError>> + Send>>;

/// So many polls in a row say that a task never waits.
const MOST_POLLS: u32 = 1_000_000;

/// Whose task it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A call of the test's: an RPC method, the stop.
    Call,
    /// The plug-in's.
    Plugin,
    /// A protocol's on the channel with this id.
    Protocol(u32, &'static str),
}

/// A task that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) owner: Owner,
    pub(crate) name: String,
    pub(crate) result: Result<(), PluginError>,
}

/// The tasks that have not ended.
#[derive(Default)]
pub(crate) struct Executor {
    tasks: Mutex<Tasks>,
    ready: Arc<Ready>,
}

#[derive(Default)]
struct Tasks {
    all: BTreeMap<u64, Entry>,
    count: u64,
}

struct Entry {
    owner: Owner,
    name: String,
    /// Absent while it is polled.
    task: Option<Task>,
    waker: Waker,
}

/// Which tasks have been woken.
#[derive(Debug, Default)]
struct Ready {
    queue: Mutex<VecDeque<u64>>,
    /// Told of each.
    woken: Condvar,
}

struct TaskWaker {
    id: u64,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut queue = self.ready.queue.lock();
        if !queue.contains(&self.id) {
            queue.push_back(self.id);
        }
        self.ready.woken.notify_one();
    }
}

impl Executor {
    pub(crate) fn spawn(&self, owner: Owner, name: &str, task: Task) {
        let mut tasks = self.tasks.lock();
        tasks.count += 1;
        let id = tasks.count;
        let waker = Waker::from(Arc::new(TaskWaker { id, ready: Arc::clone(&self.ready) }));
        waker.wake_by_ref();
        tasks.all.insert(id, Entry { owner, name: name.to_owned(), task: Some(task), waker });
    }

    /// How many tasks of these owners have not ended.
    pub(crate) fn count(&self, of: impl Fn(Owner) -> bool) -> usize {
        self.tasks.lock().all.values().filter(|entry| of(entry.owner)).count()
    }

    /// Polls what has been woken until everything waits; whether anything was polled.
    pub(crate) fn run(&self, mut tell: impl FnMut(Ended)) -> bool {
        let mut polls = 0;
        loop {
            let Some(id) = self.ready.queue.lock().pop_front() else { return polls > 0 };
            let Some((mut task, waker, name)) = self.take(id) else { continue };
            polls += 1;
            assert!(polls < MOST_POLLS, "{name:?} does not wait: it wakes itself again and again");
            match task.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => self.put_back(id, task),
                Poll::Ready(result) => {
                    drop(task);
                    let entry = self.tasks.lock().all.remove(&id);
                    if let Some(Entry { owner, name, .. }) = entry {
                        tell(Ended { owner, name, result });
                    }
                }
            }
        }
    }

    fn take(&self, id: u64) -> Option<(Task, Waker, String)> {
        let mut tasks = self.tasks.lock();
        let entry = tasks.all.get_mut(&id)?;
        Some((entry.task.take()?, entry.waker.clone(), entry.name.clone()))
    }

    fn put_back(&self, id: u64, task: Task) {
        if let Some(entry) = self.tasks.lock().all.get_mut(&id) {
            entry.task = Some(task);
        }
    }

    /// Drops the tasks of these owners.
    pub(crate) fn abort(&self, of: impl Fn(Owner) -> bool) {
        let mut tasks = self.tasks.lock();
        let (aborted, left) =
            std::mem::take(&mut tasks.all).into_iter().partition(|(_, entry)| of(entry.owner));
        tasks.all = left;
        drop(tasks);
        // Not under the lock: what a task owns may want to spawn when it is dropped.
        drop::<BTreeMap<_, _>>(aborted);
    }

    /// Waits until another thread wakes a task; whether one did in this time of the real world.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let mut queue = self.ready.queue.lock();
        while queue.is_empty() {
            if self.ready.woken.wait_for(&mut queue, limit).timed_out() {
                return !queue.is_empty();
            }
        }
        true
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks.lock();
        f.debug_list().entries(tasks.all.values().map(|entry| &entry.name)).finish()
    }
}
