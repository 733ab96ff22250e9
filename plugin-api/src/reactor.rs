//! Sockets of tokio inside the jobs of a plug-in, behind the feature `tokio`.
//!
//! A library has a copy of tokio of its own, which finds nothing of the host's: its sockets would panic in a job. A [`Reactor`]
//! is what they need, one thread that waits for sockets and times; [`Reactor::enter`] lets a future find it wherever it
//! is polled. Jobs stay jobs of the host: with its limits, its end and its eye on those that do not return.
//!
//! ```toml
//! [dependencies]
//! backplane-plugin = { version = "0.1", features = ["tokio"] }
//! tokio = { version = "1", features = ["net", "io-util"] }
//! ```

use crate::error::PluginError;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::runtime::{Builder, Handle, Runtime};

/// What tokio's sockets and times need, on one thread. Clones are handles to the same one, which ends with the last of
/// them: keep it in the plug-in, and it goes with it.
///
/// ```
/// use backplane_plugin::reactor::Reactor;
/// use backplane_plugin::*;
/// use tokio::net::TcpListener;
///
/// struct Door {
///     _reactor: Reactor,
/// }
///
/// impl Plugin for Door {
///     type Config = NoConfig;
///
///     fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
///         let reactor = Reactor::new()?;
///         host.spawn("listen", reactor.enter(listen()));
///         Ok(Self { _reactor: reactor })
///     }
/// }
///
/// async fn listen() -> Result<(), PluginError> {
///     let listener = TcpListener::bind("127.0.0.1:0").await.map_err(PluginError::new)?;
///     loop {
///         let (_stream, address) = listener.accept().await.map_err(PluginError::new)?;
///         tracing::info!(%address, "somebody is at the door");
///     }
/// }
/// # let host = backplane_plugin::testkit::TestHost::<Door>::new(serde_json::json!({})).unwrap();
/// # host.run();
/// # assert_eq!(host.jobs(), 1);
/// ```
#[derive(Clone)]
pub struct Reactor {
    shared: Arc<Shared>,
}

struct Shared {
    handle: Handle,
    /// Present until the drop.
    runtime: Option<Runtime>,
}

impl Reactor {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the system has no thread, or no descriptor, left.
    pub fn new() -> Result<Self, PluginError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("reactor").enable_all().build();
        let runtime =
            runtime.map_err(|error| PluginError::new(format!("cannot start a reactor: {error}")))?;
        let shared = Shared { handle: runtime.handle().clone(), runtime: Some(runtime) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The same future, which finds this reactor while it is polled. After the reactor's end its sockets fail.
    ///
    /// What it spawns with [`tokio::spawn`] runs on the reactor's thread, where nobody counts or watches it; what it spawns
    /// with [`Host::spawn`](crate::Host::spawn) is entered by itself.
    ///
    /// # Cancel safety
    ///
    /// That of `future`.
    pub fn enter<F: Future>(&self, future: F) -> Entered<F> {
        Entered { handle: self.shared.handle.clone(), future }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops it may be a job, which must not wait.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that finds a [`Reactor`] while it is polled.
    pub struct Entered<F> {
        handle: Handle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Entered<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.handle.enter();
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Entered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}
