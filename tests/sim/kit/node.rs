//! A node on a simulated host: it can be stopped, killed and started again with what it has on its disk.

use super::flood::Flood;
use super::network::SimNetwork;
use backplane::address::Address;
use backplane::node::Node;
use backplane::session::SlotState;
use backplane::transport::Transports;
use backplane_tests::node::Dirs;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The port that every simulated node listens at.
const PORT: u16 = 26_661;

/// A plug-in that is linked into each node of a simulation, as the node does with its own.
pub(crate) trait Linked: Sized {
    /// Links it.
    fn link(node: &Node) -> Self;

    /// The node ends: what the plug-in runs by itself has to end, too.
    fn end(&self) {}
}

/// A node, running or not, on a host of its own.
#[derive(Debug)]
pub(crate) struct SimNode<L = Flood> {
    ip: Ipv4Addr,
    network: SimNetwork,
    dirs: Dirs,
    sets: Vec<String>,
    running: Option<(Node, L)>,
}

/// The address at which a node on a host is reached.
pub(crate) fn address_of(ip: Ipv4Addr) -> Address {
    Address::socket("tcp", (ip, PORT).into())
}

impl<L: Linked> SimNode<L> {
    /// A node that does not run yet, with these settings on top of the defaults.
    pub(crate) fn new(network: &SimNetwork, ip: Ipv4Addr, sets: &[String]) -> Self {
        let address = address_of(ip);
        let own = [
            "network.localnet=false".to_owned(),
            format!("network.inbound={address}"),
            format!("network.external={address}"),
        ];
        let sets = own.into_iter().chain(sets.iter().cloned()).collect();
        Self { ip, network: network.clone(), dirs: Dirs::with(&[]), sets, running: None }
    }

    /// Starts it.
    pub(crate) async fn start(&mut self) {
        let sets: Vec<_> = self.sets.iter().map(String::as_str).collect();
        let transports = Transports::default().with("tcp", self.network.host(self.ip));
        let started = Node::start(self.dirs.settings(&sets), transports).await;
        let node = started.unwrap_or_else(|error| panic!("the node at {} does not start: {error}", self.ip));
        // Nothing of it has run yet: the simulation has one thread, and nothing that a start waits for makes it wait here.
        let linked = L::link(&node);
        self.running = Some((node, linked));
    }

    /// Stops it in order.
    pub(crate) async fn stop(&mut self) {
        if let Some((node, linked)) = self.running.take() {
            linked.end();
            node.stop().await;
            self.network.switch_off(self.ip);
        }
    }

    /// Ends it as the power does: nobody is told, nothing is saved.
    pub(crate) async fn kill(&mut self) {
        self.network.switch_off(self.ip);
        if let Some((node, linked)) = self.running.take() {
            linked.end();
            let context = node.context();
            context.stop.cancel();
            context.tasks.close();
            context.tasks.wait().await;
        }
    }

    pub(crate) const fn ip(&self) -> Ipv4Addr {
        self.ip
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The node, which has to run.
    pub(crate) fn node(&self) -> &Node {
        &self.running.as_ref().unwrap_or_else(|| panic!("the node at {} does not run", self.ip)).0
    }

    /// What is linked into it; it has to run.
    pub(crate) fn linked(&self) -> &L {
        &self.running.as_ref().unwrap_or_else(|| panic!("the node at {} does not run", self.ip)).1
    }

    /// The hosts in its outbound slots; `None` for a slot without a channel.
    pub(crate) fn slots(&self) -> Vec<Option<Ipv4Addr>> {
        let host = |state: SlotState| match state {
            SlotState::Connected { address, .. } => address.host().and_then(|host| host.parse().ok()),
            SlotState::Sleeping | SlotState::Connecting(_) => None,
        };
        self.node().context().slots.states().into_iter().map(host).collect()
    }

    /// Whether each of its outbound slots has a channel, or there is nobody left among `others` to dial.
    pub(crate) fn has_reached_its_slots(&self, others: &BTreeSet<Ipv4Addr>) -> bool {
        let (slots, peers) = (self.slots(), self.peers());
        let is_left = |other: &Ipv4Addr| *other != self.ip && !peers.contains(other);
        slots.iter().all(Option::is_some) || !others.iter().any(is_left)
    }

    /// The hosts that it has channels with, whoever dialled.
    pub(crate) fn peers(&self) -> BTreeSet<Ipv4Addr> {
        let channels = self.node().context().channels.all();
        channels.iter().filter_map(|channel| channel.address().host()?.parse().ok()).collect()
    }
}

impl SimNode {
    /// Tells all its peers something.
    pub(crate) fn tell(&self, id: u64) {
        self.linked().tell(id).unwrap_or_else(|error| panic!("a rumour can be sent: {error}"));
    }

    /// Whether it has heard it.
    pub(crate) fn knows(&self, id: u64) -> bool {
        self.linked().knows(id)
    }

    /// How often it has heard it.
    pub(crate) fn times(&self, id: u64) -> usize {
        self.linked().times(id)
    }
}
