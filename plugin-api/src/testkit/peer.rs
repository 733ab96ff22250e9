//! The other end of a channel: a peer that says what the test says.

use super::host::TestHost;
use super::kit::Speaks;
use super::link::Link;
use super::report::CloseReason;
use crate::message::Message;
use crate::plugin::Plugin;
use crate::session::SessionKind;
use crate::wire;
use std::fmt;
use std::sync::Arc;

/// A peer that is about to be connected; made by [`TestHost::peer`].
pub struct PeerSetup<'a, P: Plugin> {
    host: &'a TestHost<P>,
    session: SessionKind,
    address: Option<String>,
    speaks: Speaks,
}

impl<'a, P: Plugin> PeerSetup<'a, P> {
    pub(super) const fn new(host: &'a TestHost<P>) -> Self {
        Self { host, session: SessionKind::Outbound, address: None, speaks: Speaks::Everything }
    }

    /// The session that makes the channel; outbound unless it is said.
    #[must_use]
    pub const fn session(mut self, session: SessionKind) -> Self {
        self.session = session;
        self
    }

    /// The peer's address; an address for documentation unless it is said.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// The peer speaks only these protocols of the plug-in's; the others are attached, and dropped without a start.
    #[must_use]
    pub fn speaks(mut self, protocols: &[&str]) -> Self {
        self.speaks = Speaks::Named(protocols.iter().map(ToString::to_string).collect());
        self
    }

    /// The peer lists nothing, as nodes of another implementation: only protocols that are
    /// [`Assumed`](crate::Negotiation::Assumed) start.
    #[must_use]
    pub fn lists_nothing(mut self) -> Self {
        self.speaks = Speaks::Unsaid;
        self
    }

    /// Connects it: protocols are attached and started, and their jobs wait for [`TestHost::run`].
    #[must_use]
    pub fn connect(self) -> TestPeer {
        TestPeer { link: self.host.kit.connect(self.session, self.address, &self.speaks) }
    }
}

impl<P: Plugin> fmt::Debug for PeerSetup<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerSetup")
            .field("session", &self.session)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The peer at the other end of one channel. What it does has its effect when the host is run.
#[derive(Debug, Clone)]
pub struct TestPeer {
    pub(super) link: Arc<Link>,
}

impl TestPeer {
    /// The channel's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.link.id
    }

    /// The session that made the channel.
    #[must_use]
    pub fn session(&self) -> SessionKind {
        self.link.session
    }

    /// The peer's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.link.address
    }

    /// Sends a message to the plug-in.
    ///
    /// # Panics
    ///
    /// When it cannot be encoded.
    pub fn send<M: Message>(&self, message: &M) {
        let payload = wire::to_bytes(message);
        self.send_bytes(M::NAME, payload.expect("a message of a test can be encoded"));
    }

    /// Sends any bytes under any command.
    pub fn send_bytes(&self, command: &str, payload: impl Into<Vec<u8>>) {
        self.link.arrive(command, payload.into());
    }

    /// The messages of type `M` that the plug-in has sent to this peer, the oldest first.
    ///
    /// # Panics
    ///
    /// When one does not decode.
    #[must_use]
    pub fn sent<M: Message>(&self) -> Vec<M> {
        decoded(self.link.sent(M::NAME, false))
    }

    /// As [`sent`](Self::sent), and forgets them.
    ///
    /// # Panics
    ///
    /// When one does not decode.
    #[must_use]
    pub fn take_sent<M: Message>(&self) -> Vec<M> {
        decoded(self.link.sent(M::NAME, true))
    }

    /// The commands of all that the plug-in has sent and the test has not taken, in order.
    #[must_use]
    pub fn commands_sent(&self) -> Vec<String> {
        self.link.commands_sent()
    }

    /// Reads nothing from now on: what the plug-in sends fills the outgoing buffer of the channel.
    pub fn stall(&self) {
        self.link.stall();
    }

    /// Reads what waits, and all that comes.
    pub fn resume(&self) {
        self.link.resume();
    }

    /// How many messages of this peer's the plug-in has not received yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.link.not_received().0
    }

    /// How many messages of this peer's were passed over: no protocol that runs on the channel has their command.
    #[must_use]
    pub fn passed_over(&self) -> usize {
        self.link.not_received().1
    }

    /// The protocols of the plug-in that run on the channel.
    #[must_use]
    pub fn protocols(&self) -> Vec<&'static str> {
        self.link.running()
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.link.close(CloseReason::PeerClosed);
    }

    /// Why the channel has ended; `None` while it is open.
    #[must_use]
    pub fn closed(&self) -> Option<CloseReason> {
        self.link.closed()
    }
}

fn decoded<M: Message>(payloads: Vec<Vec<u8>>) -> Vec<M> {
    let decode =
        |payload: Vec<u8>| wire::from_bytes(&payload).expect("the plug-in has encoded it as this type");
    payloads.into_iter().map(decode).collect()
}
