//! The host, as a plug-in sees it: everything ambient comes from here.

use crate::abi::{HostArc, convert, job, poll};
use crate::channel::ChannelInfo;
use crate::connection::{ConnectError, Connection};
use crate::error::{PluginError, SendError};
use crate::event;
use crate::jobs::JobOutcome;
use crate::message::Message;
use crate::wire;
use serde::Serialize;
use std::fmt;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The host that a plug-in runs in. Clones are handles to the same host.
///
/// A shared library has statics of its own, so that the host's runtime and log are not reached by looking around:
/// `tokio::time::sleep` would panic here. Time, tasks and randomness come from this handle; `tracing` events of the
/// plug-in are forwarded to the host's log by the glue.
#[derive(Clone)]
pub struct Host {
    object: HostArc,
}

impl Host {
    pub(crate) const fn new(object: HostArc) -> Self {
        Self { object }
    }

    /// The folder that belongs to this plug-in, under `node.data_dir`. It is made if it is missing.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn data_dir(&self) -> Result<PathBuf, PluginError> {
        Ok(PathBuf::from(self.object.data_dir().into_result()?.into_string()))
    }

    /// The channels on which protocols of this plug-in run now.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelInfo> {
        self.object.channels().into_iter().filter_map(|decl| convert::channel_info(decl).ok()).collect()
    }

    /// Queues a message on every channel on which its protocol runs, and says on how many.
    ///
    /// It is encoded once. No channel waits for another: one whose outgoing buffer has overflowed is closed as too
    /// slow, one that metering holds back is left out of the count.
    ///
    /// # Errors
    ///
    /// [`SendError::Encode`].
    pub fn broadcast<M: Message>(&self, message: &M) -> Result<usize, SendError> {
        let payload = wire::to_bytes(message).map_err(|error| SendError::Encode(M::NAME, error))?;
        Ok(self.object.broadcast(convert::text(M::NAME), payload.as_slice().into()) as usize)
    }

    /// A channel to an address: one that is there already, or a new one, ready when its protocols have started.
    ///
    /// It stays open until the last of those who asked for it drops its [`Connection`], or the peer leaves.
    ///
    /// ```
    /// # use backplane_plugin::{ConnectError, Host};
    /// async fn visit(host: &Host) -> Result<(), ConnectError> {
    ///     let connection = host.connect("tcp://203.0.113.7:26661").await?;
    ///     // The plug-in's protocol runs on the channel with this id by now.
    ///     tracing::info!(channel = connection.info().id, "connected");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    ///
    /// # Cancel safety
    ///
    /// Safe: a dial that nobody waits for any more is given up.
    pub async fn connect(&self, address: &str) -> Result<Connection, ConnectError> {
        let connected = self.object.connect(convert::text(address)).await.into_result()?;
        Connection::new(connected).map_err(|error| ConnectError::Refused(error.to_string()))
    }

    /// Tells programs that watch the plug-in of something that has happened. They subscribe to `PLUGIN.EVENT`, or to all of
    /// a plug-in, with the RPC method `events.subscribe`.
    ///
    /// It never waits, and costs next to nothing while nobody has subscribed: `data` is not even encoded then. Who does not
    /// keep up is told how many events were lost, and asks anew for how things are. So an event is no place for what
    /// cannot be asked for as well.
    ///
    /// ```
    /// # use backplane_plugin::{Host, PluginError};
    /// #[derive(serde::Serialize)]
    /// struct Scored<'a> {
    ///     player: &'a str,
    ///     points: u32,
    /// }
    ///
    /// fn score(host: &Host, player: &str) -> Result<(), PluginError> {
    ///     // In a plug-in with the name `game` this is the event `game.scored`.
    ///     host.emit("scored", &Scored { player, points: 3 })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When the name has anything else than 1 to 64 small letters, digits, `_`, `-` and `.` in it; and, while somebody
    /// watches, when `data` cannot be written as JSON or takes more than 256 KiB.
    pub fn emit(&self, event: &str, data: &(impl Serialize + ?Sized)) -> Result<(), PluginError> {
        event::check_name(event)?;
        if self.object.is_watched() {
            self.object.emit(convert::text(event), convert::text(&event::text(event, data)?));
        }
        Ok(())
    }

    /// Waits by the host's clock.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn sleep(&self, time: Duration) {
        poll::sleep(&self.object, time).await;
    }

    /// What `task` ends with, or `None` when it takes longer than `limit`.
    ///
    /// # Cancel safety
    ///
    /// That of `task`.
    pub async fn timeout<T>(&self, limit: Duration, task: impl Future<Output = T>) -> Option<T> {
        let mut limit = pin!(self.sleep(limit));
        let mut task = pin!(task);
        poll_fn(|cx| match task.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => limit.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// The time since 1970 by the host's clock.
    #[must_use]
    pub fn unix_time(&self) -> Duration {
        Duration::from_nanos(self.object.unix_nanos())
    }

    /// A random number, from the host's generator.
    #[must_use]
    pub fn random(&self) -> u64 {
        self.object.random()
    }

    /// Runs a task of the plug-in that belongs to no channel; it is dropped when the plug-in stops. Above `limits.jobs`
    /// of the plug-in it is dropped at once, which the log tells; [`try_spawn`](Self::try_spawn) tells the plug-in.
    pub fn spawn<T>(&self, name: &'static str, task: T)
    where
        T: Future<Output: JobOutcome> + Send + 'static,
    {
        self.object.spawn(convert::text(name), job(name, task, self.object.clone()));
    }

    /// As [`spawn`](Self::spawn).
    ///
    /// # Errors
    ///
    /// When the plug-in has as many jobs as it may ([`PluginError::limit`]): `task` has been dropped.
    pub fn try_spawn<T>(&self, name: &'static str, task: T) -> Result<(), PluginError>
    where
        T: Future<Output: JobOutcome> + Send + 'static,
    {
        let spawned = self.object.try_spawn(convert::text(name), job(name, task, self.object.clone()));
        spawned.into_result().map_err(PluginError::from)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
