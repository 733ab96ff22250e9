//! Drives the simulated host: calls the plug-in, runs what it has spawned, lets time go by.

use super::dials::Lease;
use super::executor::{Ended, Executor, Owner, Task};
use super::link::Link;
use super::node::Node;
use super::report::CloseReason;
use crate::abi::{MockPlugin, MockProtocol};
use crate::error::PluginError;
use crate::plugin::{Negotiation, Plugin};
use crate::registry::ProtocolInfo;
use crate::session::SessionKind;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tracing::Dispatch;

/// So many turns in a row say that the plug-in never comes to rest.
const MOST_TURNS: u32 = 1_000_000;

/// What a peer speaks.
#[derive(Debug, Clone)]
pub(super) enum Speaks {
    /// All that the plug-in does.
    Everything,
    /// It lists nothing: what is assumed of such peers.
    Unsaid,
    /// The protocols with these names.
    Named(Vec<String>),
}

impl Speaks {
    fn includes(&self, protocol: &ProtocolInfo) -> bool {
        match self {
            Self::Everything => true,
            Self::Unsaid => protocol.negotiation == Negotiation::Assumed,
            Self::Named(names) => names.iter().any(|name| name == protocol.name),
        }
    }
}

/// The simulated host with its plug-in.
#[derive(Debug)]
pub(super) struct Kit {
    pub(super) node: Arc<Node>,
    protocols: Vec<ProtocolInfo>,
    /// What the plug-in's events go to.
    events: Dispatch,
    /// There until the end.
    plugin: Option<MockPlugin>,
}

impl Kit {
    pub(super) fn new<P: Plugin>(node: Arc<Node>, config: &Value) -> Result<Self, PluginError> {
        let (events, plugin) = MockPlugin::create::<P>(&node, config);
        let protocols = P::PROTOCOLS.iter().map(|entry| *entry.info()).collect();
        Ok(Self { node, protocols, events, plugin: Some(plugin?) })
    }

    /// Calls the plug-in: its events are this host's meanwhile.
    pub(super) fn enter<R>(&self, call: impl FnOnce(&MockPlugin) -> R) -> R {
        let plugin = self.plugin.as_ref().expect("the plug-in goes with the host");
        tracing::dispatcher::with_default(&self.events, || call(plugin))
    }

    fn executor(&self) -> &Executor {
        &self.node.executor
    }

    /// Begins something that the test waits for.
    pub(super) fn begin(&self, name: &str, task: Task) {
        self.executor().spawn(Owner::Call, name, task);
    }

    /// Makes a channel, with the protocols that the peer speaks.
    pub(super) fn connect(
        &self,
        session: SessionKind,
        address: Option<String>,
        speaks: &Speaks,
    ) -> Arc<Link> {
        let id = self.node.next_id();
        let address = address.unwrap_or_else(|| format!("tcp://192.0.2.{}:26661/", id % 256));
        let (limits, clock) = (self.node.limits.clone(), Arc::clone(&self.node.clock));
        let link = Arc::new(Link::new(id, (session, address), limits, clock));
        self.node.enter(&link);
        let of_session = |(_, info): &(usize, &ProtocolInfo)| info.sessions.contains(session);
        let wanted = self.protocols.iter().enumerate().filter(of_session);
        let attached: Vec<_> =
            wanted.filter_map(|(index, info)| Some((info, self.attach(index, info, &link)?))).collect();
        for (info, protocol) in attached {
            self.start(info, protocol, speaks, &link);
        }
        link
    }

    fn attach(&self, index: usize, info: &ProtocolInfo, link: &Arc<Link>) -> Option<MockProtocol> {
        link.attach(info);
        let attached = self.enter(|plugin| plugin.attach(index, info.name, link));
        let failed = |error| {
            self.node.failed(Some(link.id), "attach", error);
            link.end_protocol(info.name);
        };
        attached.map_err(failed).ok()
    }

    fn start(&self, info: &ProtocolInfo, protocol: MockProtocol, speaks: &Speaks, link: &Arc<Link>) {
        if !speaks.includes(info) {
            self.enter(|_| drop(protocol));
            return link.end_protocol(info.name);
        }
        link.start(info.name);
        if let Err(error) = self.enter(|_| protocol.start(&self.node, info.name, link)) {
            self.failed(link, info.name, "start", error);
        }
    }

    /// A protocol has failed on a channel, which ends it there.
    fn failed(&self, link: &Link, protocol: &'static str, what: &str, error: PluginError) {
        self.node.failed(Some(link.id), what, error);
        link.end_protocol(protocol);
        self.executor().abort(|owner| owner == Owner::Protocol(link.id, protocol));
    }

    /// Runs until everything waits for time, for peers, or for threads of the plug-in's own.
    pub(super) fn run(&self) {
        let mut turns = 0;
        while self.enter(|_| self.turn()) {
            turns += 1;
            assert!(turns < MOST_TURNS, "the plug-in does not come to rest: {:?}", self.executor());
        }
    }

    /// Whether anything happened.
    fn turn(&self) -> bool {
        let mut moved = self.executor().run(|ended| self.ended(ended));
        moved |= self.node.dials.settle(|address| self.answer(address));
        for link in self.node.links() {
            moved |= link.read();
            let (closed, over) = link.wind_down();
            if over {
                self.executor().abort(|owner| matches!(owner, Owner::Protocol(id, _) if id == link.id));
                self.node.leave(&link);
            }
            moved |= closed;
        }
        moved
    }

    fn ended(&self, Ended { owner, name, result }: Ended) {
        let Err(error) = result else { return };
        let links = self.node.links();
        match owner {
            Owner::Protocol(id, protocol) => match links.iter().find(|link| link.id == id) {
                Some(link) => self.failed(link, protocol, &name, error),
                None => self.node.failed(Some(id), &name, error),
            },
            Owner::Plugin | Owner::Call => self.node.failed(None, &name, error),
        }
    }

    /// The channel to an address that answers.
    fn answer(&self, address: &str) -> Lease {
        let open = |link: &Arc<Link>| link.address == address && link.closed().is_none();
        match self.node.links().into_iter().find(open) {
            Some(link) => Lease { link, closes: false },
            None => {
                let address = Some(address.to_owned());
                let link = self.connect(SessionKind::Direct, address, &Speaks::Everything);
                Lease { link, closes: true }
            }
        }
    }

    /// Lets time go by, from one event to the next.
    pub(super) fn advance(&self, time: Duration) {
        let end = self.node.clock.now().saturating_add(time);
        self.advance_until(end, || false);
        self.node.clock.move_to(end);
        self.run();
    }

    /// Lets time go by until `done`, but not beyond `end`.
    pub(super) fn advance_until(&self, end: Duration, done: impl Fn() -> bool) {
        loop {
            self.run();
            if done() {
                return;
            }
            let of_links = self.node.links().into_iter().filter_map(|link| link.next());
            let next = of_links.chain(self.node.clock.next()).min();
            let Some(next) = next.filter(|next| *next <= end) else { return };
            self.node.clock.move_to(next);
        }
    }

    /// Ends channels and jobs; nothing runs from then on but the plug-in's stop.
    pub(super) fn shut_down(&self) {
        self.node.links().iter().for_each(|link| link.close(CloseReason::Shutdown));
        self.run();
        self.node.stop();
        self.enter(|_| self.executor().abort(|owner| owner == Owner::Plugin));
    }

    /// How many jobs have not ended.
    pub(super) fn jobs(&self) -> usize {
        self.executor().count(|owner| owner != Owner::Call)
    }

    /// Drops everything of the plug-in's, and the plug-in. Its tasks hold what they run on: they would keep each other.
    pub(super) fn end(&mut self) {
        self.node.stop();
        self.enter(|_| self.executor().abort(|_| true));
        self.node.links().iter().for_each(|link| self.node.leave(link));
        let plugin = self.plugin.take();
        tracing::dispatcher::with_default(&self.events, || drop(plugin));
    }
}
