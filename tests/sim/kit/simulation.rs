//! A simulation: a runtime of one thread with paused time and seeded randomness, and what lives in it.

use super::flood::Flood;
use super::hostile::Hostile;
use super::network::SimNetwork;
use super::node::{Linked, SimNode, address_of};
use super::trace::Trace;
use backplane::address::Address;
use backplane::{clock, random};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::panic;
use std::sync::Once;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

/// When simulations begin, in seconds since 1970.
const EPOCH: u64 = 1_800_000_000;
/// How often a state is looked at, in simulated time.
const LOOK: Duration = Duration::from_millis(100);

thread_local! {
    /// How many panics there were on this thread, of tasks as well.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// The nodes, the hostile ones, and the network between them.
#[derive(Debug)]
pub(crate) struct Simulation<L = Flood> {
    pub(crate) network: SimNetwork,
    pub(crate) trace: Trace,
    /// The honest nodes but for the seeds.
    pub(crate) nodes: Vec<SimNode<L>>,
    /// Honest nodes that are asked for addresses.
    pub(crate) seeds: Vec<SimNode<L>>,
    pub(crate) hostile: Vec<Hostile>,
}

/// Plays a scenario from its beginning to its end: what happened.
pub(crate) fn run<L: Linked>(seed: u64, scenario: impl AsyncFnOnce(&mut Simulation<L>)) -> Trace {
    count_panics();
    let before = PANICS.get();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime of one thread can be made");
    let _seeded = random::seed(seed);
    let trace = runtime.block_on(async {
        let _clock = clock::simulate(EPOCH);
        let mut simulation = Simulation::new();
        scenario(&mut simulation).await;
        for node in simulation.nodes.iter_mut().chain(&mut simulation.seeds) {
            node.kill().await;
        }
        simulation.trace
    });
    assert_eq!(PANICS.get(), before, "a task of the simulation panicked; see above");
    trace
}

impl<L: Linked> Simulation<L> {
    fn new() -> Self {
        let trace = Trace::new();
        let network = SimNetwork::new(&trace);
        Self { network, trace, nodes: Vec::new(), seeds: Vec::new(), hostile: Vec::new() }
    }

    /// Starts honest nodes, one after the other within half a minute: `seeds` that are asked for addresses and open no
    /// connections, and `nodes` with these settings, which ask them and `others`.
    pub(crate) async fn populate(&mut self, seeds: u8, nodes: u8, others: &[Address], sets: &[&str]) {
        let all: Vec<_> = (1..=seeds).map(seed_at).collect();
        for ip in &all {
            let sets = ["network.outbound_connections=0", "network.inbound_connections=64"];
            let mut seed = SimNode::new(&self.network, *ip, &sets.map(str::to_owned));
            seed.start().await;
            self.seeds.push(seed);
        }
        let asked = all.iter().map(|ip| address_of(*ip)).chain(others.iter().cloned());
        let asked: Vec<_> = asked.map(|address| address.to_string()).collect();
        let sets = ["network.outbound_connections=6", "network.inbound_connections=12"].iter().chain(sets);
        let mut sets: Vec<_> = sets.map(|set| (*set).to_owned()).collect();
        sets.push(format!(
            "network.seeds=[{}]",
            asked.iter().map(|seed| format!("{seed:?}")).collect::<Vec<_>>().join(",")
        ));
        for number in 1..=nodes {
            let mut node = SimNode::new(&self.network, node_at(number), &sets);
            node.start().await;
            self.nodes.push(node);
            sleep(Duration::from_millis(random::within(0..30_000 / u64::from(nodes)))).await;
        }
    }

    /// Starts hostile hosts of all kinds, the lying seed first. They dial the honest ones, and know of each other.
    pub(crate) fn infest(&mut self, count: u8) {
        let honest = self.nodes.iter().chain(&self.seeds).map(|node| address_of(node.ip()));
        let (victims, hosts): (Vec<_>, Vec<_>) = (honest.collect(), (0..count).map(hostile_at).collect());
        for (number, ip) in hosts.iter().enumerate() {
            let accomplices = hosts.iter().map(|ip| address_of(*ip)).collect();
            let kind = Hostile::kind(number);
            self.hostile.push(Hostile::start(&self.network, *ip, kind, accomplices, victims.clone()));
        }
    }

    /// Starts a node, unless it runs.
    pub(crate) async fn start(&mut self, number: usize) {
        let node = self.nodes.get_mut(number).expect("there is such a node");
        if !node.is_running() {
            self.trace.event(format_args!("{} starts", node.ip()));
            node.start().await;
        }
    }

    /// Stops a node in order.
    pub(crate) async fn stop(&mut self, number: usize) {
        let node = self.nodes.get_mut(number).expect("there is such a node");
        self.trace.event(format_args!("{} stops", node.ip()));
        node.stop().await;
    }

    /// Ends a node as the power does.
    pub(crate) async fn kill(&mut self, number: usize) {
        let node = self.nodes.get_mut(number).expect("there is such a node");
        self.trace.event(format_args!("{} is killed", node.ip()));
        node.kill().await;
    }

    /// The nodes that run, the seeds not among them.
    pub(crate) fn running(&self) -> impl Iterator<Item = &SimNode<L>> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    /// Waits until something holds, for `limit` of simulated time at most.
    pub(crate) async fn until(&self, what: &str, limit: Duration, holds: impl Fn(&Self) -> bool) {
        let looking = async {
            while !holds(self) {
                sleep(LOOK).await;
            }
        };
        if timeout(limit, looking).await.is_err() {
            let slots = self.running().map(|node| {
                format!("{}: {:?} {:?}", node.ip(), node.slots(), node.node().context().hosts.counts())
            });
            let slots = slots.collect::<Vec<_>>().join("\n");
            let seeds = self
                .seeds
                .iter()
                .map(|seed| format!("{}: {:?}", seed.ip(), seed.node().context().hosts.counts()));
            let seeds = seeds.collect::<Vec<_>>().join("\n");
            panic!(
                "waited {limit:?} for: {what}\nslots:\n{slots}\nseeds:\n{seeds}\nlast events:\n{}",
                self.trace.tail(30)
            );
        }
    }

    /// Waits until each node that runs has a channel in each of its slots, or nobody left to dial.
    pub(crate) async fn reach_slots(&self, limit: Duration) {
        let others: BTreeSet<_> = self.running().map(SimNode::ip).collect();
        self.until("a channel in each slot of each node", limit, |simulation| {
            simulation.running().all(|node| node.has_reached_its_slots(&others))
        })
        .await;
    }
}

impl Simulation {
    /// The address of a seed that will lie.
    pub(crate) fn hostile_seed() -> Address {
        address_of(hostile_at(0))
    }

    /// Lets a random node tell something, and waits until all that run have heard it.
    pub(crate) async fn spread(&self, id: u64, limit: Duration) {
        let running: Vec<_> = self.running().collect();
        let first = random::within(0..running.len());
        running.get(first).expect("it is one of them").tell(id);
        self.until("a rumour to reach every node", limit, |simulation| {
            simulation.running().all(|node| node.knows(id))
        })
        .await;
    }
}

/// The host of a seed. No two honest nodes have one group of addresses.
pub(crate) const fn seed_at(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(81, number, 7, 7)
}

/// The host of an honest node.
pub(crate) const fn node_at(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(45, number, 3, 9)
}

/// A hostile host. An attacker has few groups of addresses.
const fn hostile_at(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(185, number % 3, number, 66)
}

/// Has the panics of this process counted by thread: a runtime takes those of its tasks for itself.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            print(info);
        }));
    });
}
