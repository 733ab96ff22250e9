//! The simulated host as the plug-in gets it.

use super::super::data::{
    AbiError, ChannelDecl, ConnectFailure, ConnectRefusal, LogField, LogRecord, LogValue,
};
use super::super::objects::{
    ConnectFuture, ConnectionBox, ConnectionObject, ConnectionObject_TO, HostObject, Job,
};
use super::super::{convert, log};
use super::{describe, limit, task};
use crate::connection::ConnectError;
use crate::testkit::{Emitted, Lease, LogEvent, Node, Owner};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr, RString, RVec};
use async_ffi::{FfiFuture, FutureExt};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;

#[derive(Clone)]
pub(super) struct MockHost(pub(super) Arc<Node>);

impl HostObject for MockHost {
    fn data_dir(&self) -> RResult<RString, AbiError> {
        let folder = self.0.data_dir().map(|path| RString::from(path.to_string_lossy().into_owned()));
        convert::result(folder)
    }

    fn channels(&self) -> RVec<ChannelDecl> {
        self.0.served().iter().map(|link| describe(link)).collect()
    }

    fn broadcast(&self, command: RStr<'_>, payload: RSlice<'_, u8>) -> u32 {
        self.0.broadcast(command.as_str(), payload.as_slice())
    }

    fn sleep(&self, nanos: u64) -> FfiFuture<()> {
        self.0.clock.sleep(Duration::from_nanos(nanos)).into_ffi()
    }

    fn unix_nanos(&self) -> u64 {
        u64::try_from(self.0.clock.unix().as_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    fn spawn(&self, name: RStr<'_>, job: Job) {
        // Nobody is told of a job above the limit.
        let _ = self.try_spawn(name, job);
    }

    fn log_level(&self) -> u8 {
        log::number(self.0.level())
    }

    fn log(&self, record: LogRecord<'_>) {
        let level = log::level(record.level).unwrap_or(Level::TRACE);
        let field = |field: &LogField| (field.name.as_str().to_owned(), value(&field.value));
        let fields = record.fields.iter().map(field).collect();
        let (module, message) = (record.module.into(), record.message.into());
        self.0.log(LogEvent { level, module, message, fields });
    }

    fn panicked(&self, what: RStr<'_>, error: AbiError) {
        self.0.failed(None, what.as_str(), error.into());
    }

    fn connect(&self, address: RStr<'_>) -> ConnectFuture {
        let connecting = self.0.dials.connect(address.as_str().to_owned());
        async move {
            let lease: Result<ConnectionBox, _> = connecting
                .await
                .map(|lease| ConnectionObject_TO::from_value(MockConnection(lease), TD_Opaque));
            lease.map_err(refusal).into()
        }
        .into_ffi()
    }

    fn try_spawn(&self, name: RStr<'_>, job: Job) -> RResult<(), AbiError> {
        limit(self.0.spawn(Owner::Plugin, name.as_str(), task(job)))
    }

    fn is_watched(&self) -> bool {
        true
    }

    fn emit(&self, event: RStr<'_>, data: RStr<'_>) {
        let data = serde_json::from_str(data.as_str()).unwrap_or_default();
        self.0.emit(Emitted { event: event.into(), data });
    }
}

fn value(value: &LogValue) -> Value {
    match value {
        LogValue::Signed(number) => (*number).into(),
        LogValue::Unsigned(number) => (*number).into(),
        LogValue::Float(number) => (*number).into(),
        LogValue::Bool(yes) => (*yes).into(),
        LogValue::Text(text) => text.as_str().into(),
    }
}

fn refusal(error: ConnectError) -> ConnectFailure {
    let message = error.to_string().into();
    let kind = match error {
        ConnectError::Refused(_) => ConnectRefusal::Refused,
        ConnectError::TooMany(_) => ConnectRefusal::TooMany,
        ConnectError::Unreachable(_) => ConnectRefusal::Unreachable,
        ConnectError::Stopped(_) => ConnectRefusal::Stopped,
    };
    ConnectFailure { kind, message }
}

struct MockConnection(Arc<Lease>);

impl ConnectionObject for MockConnection {
    fn info(&self) -> ChannelDecl {
        describe(&self.0.link)
    }

    fn is_open(&self) -> bool {
        self.0.link.closed().is_none()
    }
}
