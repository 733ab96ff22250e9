//! The network between simulated hosts, and the hand that disturbs it.

use super::connection::{Connection, Way};
use super::trace::Trace;
use backplane::address::Address;
use backplane::random;
use backplane::transport::{Listener, MemoryListener, Pending, Stream, Transport};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long bytes are on their way, in milliseconds: each pair of hosts has a time of its own.
const LATENCIES: std::ops::Range<u64> = 5..150;

/// A network of hosts with IPv4 addresses. Clones are the same network.
#[derive(Debug, Clone)]
pub(crate) struct SimNetwork {
    state: Arc<Mutex<State>>,
    /// Told of whenever something may go through that did not before. It wakes in order, while a `watch` wakes at random.
    changed: Arc<Notify>,
    pumps: TaskTracker,
    trace: Trace,
}

#[derive(Debug, Default)]
struct State {
    /// The hosts that are up, each with the side of the partition that it is on.
    hosts: BTreeMap<Ipv4Addr, u8>,
    listeners: BTreeMap<Address, mpsc::Sender<(Stream, Address)>>,
    latencies: BTreeMap<Way, Duration>,
    open: BTreeMap<u64, (Way, CancellationToken)>,
    dialled: u64,
}

impl SimNetwork {
    pub(crate) fn new(trace: &Trace) -> Self {
        Self {
            state: Arc::default(),
            changed: Arc::default(),
            pumps: TaskTracker::new(),
            trace: trace.clone(),
        }
    }

    /// Switches a host on: its way to the network, which the host takes for TCP.
    pub(crate) fn host(&self, ip: Ipv4Addr) -> Arc<dyn Transport> {
        self.state.lock().hosts.entry(ip).or_default();
        self.changed.notify_waiters();
        Arc::new(Host { network: self.clone(), ip })
    }

    /// Switches a host off: all its connections break, and it answers nobody.
    pub(crate) fn switch_off(&self, ip: Ipv4Addr) {
        let mut state = self.state.lock();
        state.hosts.remove(&ip);
        state.listeners.retain(|address, _| address.ip() != Some(IpAddr::V4(ip)));
        drop(state);
        self.tear(|(from, to)| from == ip || to == ip);
    }

    /// Breaks connections that are open.
    pub(crate) fn tear(&self, which: impl Fn(Way) -> bool) {
        let state = self.state.lock();
        let torn: Vec<_> = state.open.values().filter(|(way, _)| which(*way)).cloned().collect();
        drop(state);
        torn.iter().for_each(|(_, token)| token.cancel());
    }

    /// Divides the network: nothing goes from a host on one side to a host on another one, in open connections neither.
    pub(crate) fn divide(&self, side_of: impl Fn(Ipv4Addr) -> u8) {
        for (ip, side) in &mut self.state.lock().hosts {
            *side = side_of(*ip);
        }
        self.changed.notify_waiters();
    }

    /// Heals the network: what was held up comes through, where anybody still waits for it.
    pub(crate) fn heal(&self) {
        self.divide(|_| 0);
    }

    /// Waits until bytes can go this way.
    pub(super) async fn clear(&self, (from, to): Way) {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.is_clear((from, to)) {
                return;
            }
            changed.await;
        }
    }

    fn is_clear(&self, (from, to): Way) -> bool {
        let hosts = &self.state.lock().hosts;
        hosts.get(&from).is_some_and(|side| hosts.get(&to) == Some(side))
    }

    fn latency(&self, (from, to): Way) -> Duration {
        let pair = (from.min(to), from.max(to));
        let draw = || Duration::from_millis(random::within(LATENCIES));
        *self.state.lock().latencies.entry(pair).or_insert_with(draw)
    }

    async fn dial(&self, from: Ipv4Addr, address: &Address) -> io::Result<Stream> {
        let Some(IpAddr::V4(to)) = address.ip() else { return Err(io::ErrorKind::NotFound.into()) };
        let (way, latency) = ((from, to), self.latency((from, to)));
        sleep(latency).await;
        // Nobody answers for a host that is off or out of reach.
        self.clear(way).await;
        sleep(latency).await;
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let listener = self.state.lock().listeners.get(address).cloned().ok_or_else(refused)?;
        let place = listener.reserve().await.map_err(|_| refused())?;
        let torn = CancellationToken::new();
        let number = {
            let mut state = self.state.lock();
            state.dialled += 1;
            let number = state.dialled;
            state.open.insert(number, (way, torn.clone()));
            number
        };
        self.trace.event(format_args!("{from} -> {to} open"));
        let connection = Connection { network: self.clone(), way, latency, torn };
        let (ours, theirs, pumps) = connection.open(&self.trace);
        let network = self.clone();
        let [there, back] = pumps;
        self.pumps.spawn(async move {
            tokio::join!(there, back);
            network.state.lock().open.remove(&number);
            network.trace.event(format_args!("{from} -> {to} closed"));
        });
        let port = 49_152 + u16::try_from(number % 16_384).expect("it is less than 16 bits");
        place.send((theirs.into(), Address::socket("tcp", (from, port).into())));
        Ok(ours.into())
    }

    fn listen(&self, address: &Address) -> MemoryListener {
        let (sender, listener) = MemoryListener::new(address.clone());
        self.state.lock().listeners.insert(address.clone(), sender);
        listener
    }
}

/// The network, as one host reaches it.
#[derive(Debug)]
struct Host {
    network: SimNetwork,
    ip: Ipv4Addr,
}

impl Transport for Host {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(self.network.dial(self.ip, address))
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move { Ok(Box::new(self.network.listen(address)) as Box<dyn Listener>) })
    }
}
