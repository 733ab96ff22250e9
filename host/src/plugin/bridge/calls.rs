//! What a plug-in calls of its host.

use super::connection;
use super::host::{HostBridge, Shared};
use crate::channel::ConnectError;
use crate::clock;
use crate::marks::Marked;
use crate::plugin::refusals::Quota;
use crate::random;
use abi_stable::std_types::{RResult, RSlice, RStr, RString, RVec};
use async_ffi::{FfiFuture, FutureExt};
use backplane_plugin::PluginError;
use backplane_plugin::abi::{AbiError, Bytes, ChannelDecl, ConnectFuture, HostObject, Job, LogRecord};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

impl HostObject for HostBridge {
    fn data_dir(&self) -> RResult<RString, AbiError> {
        let dir = &self.shared.data_dir;
        let made = std::fs::create_dir_all(dir)
            .map_err(|error| AbiError::failed(&format!("cannot make the folder {}: {error}", dir.display())));
        made.map(|()| RString::from(dir.to_string_lossy().into_owned())).into()
    }

    fn channels(&self) -> RVec<ChannelDecl> {
        let channels = self.shared.channels.all().into_iter();
        channels
            .filter(|channel| self.serves(channel))
            .map(|channel| super::channel::describe(&channel))
            .collect()
    }

    fn broadcast(&self, command: RStr<'_>, payload: RSlice<'_, u8>) -> u32 {
        if self.shared.stop.is_cancelled() {
            return 0;
        }
        let record = self.shared.quotas.record();
        if !record.held_back().is_zero() {
            record.refusals().add(Quota::Broadcasts);
            return 0;
        }
        let payload = Bytes::from(payload.as_slice().to_vec());
        let channels = self.shared.channels.broadcast(command.as_str(), &payload);
        record.sent(payload.len().saturating_mul(channels));
        u32::try_from(channels).unwrap_or(u32::MAX)
    }

    fn sleep(&self, nanos: u64) -> FfiFuture<()> {
        tokio::time::sleep(Duration::from_nanos(nanos)).into_ffi()
    }

    fn unix_nanos(&self) -> u64 {
        u64::try_from(clock::unix_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> u64 {
        random::number()
    }

    fn spawn(&self, name: RStr<'_>, job: Job) {
        // Who wants to know uses the other one.
        let _ = self.try_spawn(name, job);
    }

    fn try_spawn(&self, name: RStr<'_>, job: Job) -> RResult<(), AbiError> {
        let place = match self.shared.quotas.job() {
            Ok(place) => place,
            Err(refusal) => return RResult::RErr(refusal),
        };
        let (bridge, name) = (self.clone(), name.as_str().to_owned());
        let stop = self.shared.stop.clone();
        let job = Marked::new(job, self.marker().map(|marker| marker.job(&name)), 0);
        let task = async move {
            let _place = place;
            let Some(RResult::RErr(error)) = stop.run_until_cancelled(job).await else { return };
            let error = PluginError::from(error);
            bridge.note(&error);
            tracing::error!(plugin = &*bridge.shared.plugin, job = name, %error, "a job of a plug-in failed");
        };
        self.shared.tasks.spawn_on(task, self.runtime());
        RResult::ROk(())
    }

    fn log_level(&self) -> u8 {
        self.shared.quotas.record().log_level()
    }

    fn log(&self, record: LogRecord<'_>) {
        self.shared.quotas.record().log(&record);
    }

    fn connect(&self, address: RStr<'_>) -> ConnectFuture {
        let (network, connecting) =
            (self.shared.network.clone(), self.clone().connect_to(address.as_str().to_owned()));
        async move {
            // On the network, whose runtime has the clock and the sockets.
            let task = AbortOnDropHandle::new(network.spawn(connecting));
            let connected = task.await.unwrap_or(Err(ConnectError::Stopped));
            connected.map_err(|error| connection::failure(&error)).into()
        }
        .into_ffi()
    }

    fn is_watched(&self) -> bool {
        self.shared.hub.is_watched()
    }

    fn emit(&self, event: RStr<'_>, data: RStr<'_>) {
        let Shared { plugin, hub, quotas, stop, .. } = &*self.shared;
        if stop.is_cancelled() {
            return;
        }
        quotas.record().count_event();
        if let Err(error) = hub.emit(plugin, event.as_str(), data.as_str()) {
            tracing::warn!(plugin = &**plugin, event = event.as_str(), %error, "an event is left out");
        }
    }

    fn panicked(&self, what: RStr<'_>, error: AbiError) {
        let error = PluginError::from(error);
        self.note(&error);
        tracing::error!(plugin = &*self.shared.plugin, %what, %error, "a plug-in panicked");
    }
}
