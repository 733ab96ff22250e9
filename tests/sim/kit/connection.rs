//! One simulated connection: bytes take their time from one end to the other, and wait where the way is cut.

use super::network::SimNetwork;
use super::trace::Trace;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::io::{DuplexStream, duplex, split};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How many bytes wait at each end.
const WINDOW: usize = 64 * 1024;

/// From where, and where to.
pub(super) type Way = (Ipv4Addr, Ipv4Addr);

/// A connection between two hosts.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) network: SimNetwork,
    pub(super) way: Way,
    pub(super) latency: Duration,
    /// Cancelled when one of the hosts goes, or the connection is torn.
    pub(super) torn: CancellationToken,
}

impl Connection {
    /// Its two ends, with the pumps between them.
    pub(super) fn open(
        self,
        trace: &Trace,
    ) -> (DuplexStream, DuplexStream, [impl Future<Output = ()> + use<>; 2]) {
        let (dialler, near) = duplex(WINDOW);
        let (far, listener) = duplex(WINDOW);
        let ((near_read, near_write), (far_read, far_write)) = (split(near), split(far));
        let Self { network, way: (from, to), latency, torn } = self;
        let pump = |way, reader, writer| {
            let pump = Pump { network: network.clone(), way, latency, trace: trace.clone() };
            let torn = torn.clone();
            async move {
                torn.run_until_cancelled(pump.run(reader, writer)).await;
            }
        };
        let pumps = [pump((from, to), near_read, far_write), pump((to, from), far_read, near_write)];
        (dialler, listener, pumps)
    }
}

struct Pump {
    network: SimNetwork,
    way: Way,
    latency: Duration,
    trace: Trace,
}

impl Pump {
    async fn run(self, mut reader: ReadHalf<DuplexStream>, mut writer: WriteHalf<DuplexStream>) {
        let mut buffer = vec![0; WINDOW];
        while let Ok(length) = reader.read(&mut buffer).await {
            sleep(self.latency).await;
            self.network.clear(self.way).await;
            let bytes = buffer.get(..length).expect("no more is read than fits");
            self.trace.arrival(self.way.0, self.way.1, bytes);
            if length == 0 || writer.write_all(bytes).await.is_err() {
                break;
            }
        }
        // An error means that the other end is gone already.
        let _ = writer.shutdown().await;
    }
}
