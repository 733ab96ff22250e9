//! A task of an author's as the host polls it.

use super::convert;
use super::data::AbiError;
use super::guard::Guarded;
use super::objects::{HostArc, Job};
use crate::error::PluginError;
use crate::jobs::JobOutcome;
use abi_stable::std_types::RResult;
use async_ffi::FutureExt;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A task as the host polls it.
pub(crate) fn job<T>(name: &'static str, task: T, host: HostArc) -> Job
where
    T: Future<Output: JobOutcome> + Send + 'static,
{
    Outcome { task: Guarded::new(task, move |error| host.panicked(name.into(), error.into())) }.into_ffi()
}

pin_project! {
    /// A guarded task with what it ends with as the host takes it. A type of its own, since an `async` block keeps room
    /// for the task twice.
    struct Outcome<F> {
        #[pin]
        task: F,
    }
}

impl<F, T> Future for Outcome<F>
where
    F: Future<Output = Result<T, PluginError>>,
    T: JobOutcome,
{
    type Output = RResult<(), AbiError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = self.project().task.poll(cx);
        ended.map(|outcome| convert::result(outcome.and_then(JobOutcome::into_result)))
    }
}
