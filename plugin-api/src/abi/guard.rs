//! Panics stop here: inside the plug-in, with message and place.

use crate::error::PluginError;
use pin_project_lite::pin_project;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

thread_local! {
    /// How many guards this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where the thread's last panic happened.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `f`, and turns a panic in it into an error.
///
/// # Errors
///
/// The panic's message and, when the library was made by [`export_plugin!`](crate::export_plugin), its place.
pub fn guard<R>(f: impl FnOnce() -> R) -> Result<R, PluginError> {
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(f));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let error = PluginError::panicked(message(&*payload), PLACE.take());
        // A payload may panic when it is dropped; that has nothing new to tell.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        error
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Makes this library's panics known to [`guard`] instead of printing them. Once a library.
pub(super) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(hook)));
}

/// As [`install_hook`] in a process that is not the plug-in's alone, as that of a test: what panics outside of all guards
/// is told as it was before.
#[cfg(feature = "testkit")]
pub(super) fn install_hook_beside() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| if DEPTH.get() == 0 { before(info) } else { hook(info) }));
    });
}

fn hook(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    if DEPTH.get() == 0 {
        tracing::error!(place, panic = message(info.payload()), "a thread of the plug-in panicked");
    } else {
        PLACE.set(place);
    }
}

pin_project! {
    /// A future whose panics, in a poll or in its drop, do not leave it.
    pub(super) struct Guarded<F, D: Fn(PluginError)> {
        #[pin]
        future: Option<F>,
        // Told of a panic in the drop, which no result can carry.
        on_drop_panic: D,
    }

    impl<F, D: Fn(PluginError)> PinnedDrop for Guarded<F, D> {
        fn drop(this: Pin<&mut Self>) {
            this.drop_future();
        }
    }
}

impl<F, D: Fn(PluginError)> Guarded<F, D> {
    pub(super) const fn new(future: F, on_drop_panic: D) -> Self {
        Self { future: Some(future), on_drop_panic }
    }

    fn drop_future(self: Pin<&mut Self>) {
        let mut this = self.project();
        if let Err(error) = guard(|| this.future.set(None)) {
            (this.on_drop_panic)(error);
        }
    }
}

impl<F: Future, D: Fn(PluginError)> Future for Guarded<F, D> {
    type Output = Result<F::Output, PluginError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.as_mut().project().future.as_pin_mut() else {
            return Poll::Ready(Err(PluginError::new("the job was polled after it had ended")));
        };
        let result = match guard(|| future.poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(error) => Err(error),
        };
        self.drop_future();
        Poll::Ready(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = guard(|| panic!("number {}", 7)).map(|(): ()| ()).unwrap_err();
        assert!(error.is_panic());
        assert_eq!(error.message(), "number 7");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_survived() {
        let error = guard(|| std::panic::panic_any(PanicsWhenDropped)).map(|(): ()| ()).unwrap_err();
        assert!(error.is_panic());
    }

    #[test]
    fn a_panic_in_the_drop_of_a_future_is_reported() {
        let count = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&count);
        let held = PanicsWhenDropped;
        let future = async move {
            let _held = held;
            std::future::pending::<()>().await;
        };
        drop(Guarded::new(future, move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
        }));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
