//! The handshake of a channel: version, verack, and then the protocols of both sides.

use super::lists::{Lists, misbehaved};
use super::messages::{AppVersion, ProtocolOffer, Protocols, Verack, Version};
use super::negotiate::{FEATURE, FEATURE_VERSION, FIRST_REVISION, NONCE_FEATURE, SESSION_FEATURE};
use crate::address::Address;
use crate::channel::{Channel, CloseReason, Peer};
use crate::clock;
use crate::message::Subscription;
use backplane_plugin::abi::{ChunkList, SendStatus};
use backplane_plugin::{Message, SessionKind, wire};
use parking_lot::RwLock;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What this node says of itself.
#[derive(Debug)]
pub struct Identity {
    /// Its name for itself; may be empty.
    pub node_id: String,
    /// The application.
    pub app_name: String,
    /// The application's version.
    pub app_version: AppVersion,
    /// A random number of this process, by which a node recognises itself.
    pub nonce: u32,
    /// The addresses under which it wants to be known.
    pub external: RwLock<Vec<Address>>,
}

/// The handshake's subscriptions: made before the first byte is read.
#[derive(Debug)]
pub struct Handshake {
    channel: Arc<Channel>,
    version: Subscription,
    verack: Subscription,
    lists: Lists,
}

/// What a peer that negotiates offers.
#[derive(Debug)]
pub struct Offered {
    /// Its first list.
    pub protocols: Vec<ProtocolOffer>,
    /// Those that follow.
    pub lists: Lists,
}

impl Handshake {
    /// Subscribes. `None` when the channel lacks the base commands.
    #[must_use]
    pub fn attach(channel: &Arc<Channel>) -> Option<Self> {
        let subscribe = |name: &str| Some(channel.messages().find(name.as_bytes())?.subscribe());
        Some(Self {
            version: subscribe(Version::NAME)?,
            verack: subscribe(Verack::NAME)?,
            lists: Lists::new(Arc::clone(channel), subscribe(Protocols::NAME)?),
            channel: Arc::clone(channel),
        })
    }

    /// Runs the handshake within `limit`: what the peer offers, or `None` when nothing is negotiated: the peer does not know
    /// how, or one side only tests an address. `offers` is asked for what this node offers.
    ///
    /// # Errors
    ///
    /// Why the channel has to be closed.
    pub async fn run(
        self,
        ours: &Identity,
        offers: impl FnOnce() -> Vec<ProtocolOffer>,
        limit: Duration,
    ) -> Result<Option<Offered>, CloseReason> {
        self.channel.messages().open_protocol("version");
        let exchange = self.exchange(ours, offers);
        timeout(limit, exchange).await.unwrap_or(Err(CloseReason::HandshakeTimeout))
    }

    async fn exchange(
        mut self,
        ours: &Identity,
        offers: impl FnOnce() -> Vec<ProtocolOffer>,
    ) -> Result<Option<Offered>, CloseReason> {
        self.send(&announce(our_version(&self.channel, ours), &ours.external.read()))?;
        // Either may come first.
        let their_version = async {
            let version: Version = self.receive(&self.version).await?;
            self.send(&Verack { app_version: ours.app_version.clone(), app_name: ours.app_name.clone() })?;
            Ok(version)
        };
        let their_verack = async {
            let verack: Verack = self.receive(&self.verack).await?;
            check(&verack, ours)?;
            Ok(verack)
        };
        let (version, verack) = tokio::try_join!(their_version, their_verack)?;
        let peer = introduce(&version, &verack);
        if peer.nonce == Some(ours.nonce) {
            return Err(CloseReason::Myself);
        }
        let negotiates = peer.negotiates && !is_test(self.channel.session(), peer.dialled_for);
        self.channel.introduce(peer);
        if !negotiates {
            return Ok(None);
        }
        self.send(&Protocols { revision: FIRST_REVISION, heard: 0, protocols: offers() })?;
        let theirs = self.lists.next().await?;
        if (theirs.revision, theirs.heard) != (FIRST_REVISION, 0) {
            return Err(misbehaved("the first list is not the first"));
        }
        Ok(Some(Offered { protocols: theirs.protocols, lists: self.lists }))
    }

    fn send<M: Message>(&self, message: &M) -> Result<(), CloseReason> {
        let payload = wire::to_bytes(message).map_err(|error| not_sent(M::NAME, &error))?;
        let command = self.channel.messages().find(M::NAME.as_bytes());
        let status = command
            .map_or(SendStatus::NotDeclared, |command| self.channel.send(&command, payload.as_slice(), true));
        match status {
            SendStatus::Sent => Ok(()),
            SendStatus::Closed => {
                Err(self.channel.close_reason().cloned().unwrap_or(CloseReason::PeerClosed))
            }
            status => Err(not_sent(M::NAME, &format!("{status:?}"))),
        }
    }

    async fn receive<M: Message>(&self, subscription: &Subscription) -> Result<M, CloseReason> {
        let mut chunks = ChunkList::new();
        if !poll_fn(|cx| subscription.poll_receive(cx, &mut chunks)).await {
            return Err(self.channel.ended().await.clone());
        }
        let payload = chunks.first().and_then(|chunk| {
            let range = chunk.frames.first()?;
            let start = range.start as usize;
            chunk.bytes.get(start..start + range.len as usize)
        });
        wire::from_bytes(payload.unwrap_or_default()).map_err(|error| CloseReason::Misbehaved {
            protocol: "version".into(),
            what: format!("{}: {error}", M::NAME),
        })
    }
}

/// Whether one side only tests an address, and is gone after the handshake.
fn is_test(session: SessionKind, dialled_for: Option<SessionKind>) -> bool {
    session == SessionKind::Refine
        || session == SessionKind::Inbound && dialled_for == Some(SessionKind::Refine)
}

/// A message of the handshake that this node cannot send: its own configuration is too large for it.
fn not_sent(command: &str, why: &dyn std::fmt::Display) -> CloseReason {
    CloseReason::Requested { protocol: "version".into(), reason: format!("{command} cannot be sent: {why}") }
}

fn our_version(channel: &Channel, ours: &Identity) -> Version {
    let session = channel.session();
    let dialled = session != SessionKind::Inbound;
    Version {
        node_id: ours.node_id.clone(),
        app_name: ours.app_name.clone(),
        version: ours.app_version.clone(),
        timestamp: clock::unix_seconds(),
        connect_recv_addr: channel.address().clone(),
        resolve_recv_addr: dialled
            .then(|| channel.link().dialled.as_deref().unwrap_or(channel.address()).clone()),
        ext_send_addr: Vec::new(),
        features: vec![
            (FEATURE.to_owned(), FEATURE_VERSION),
            (NONCE_FEATURE.to_owned(), ours.nonce),
            (SESSION_FEATURE.to_owned(), session as u32),
        ],
    }
}

/// Adds the addresses under which this node wants to be known, as many as fit into the message: the gateway and the operator
/// may name more.
fn announce(mut version: Version, external: &[Address]) -> Version {
    for address in external {
        version.ext_send_addr.push(address.clone());
        let bytes = wire::to_bytes(&version).map_or(usize::MAX, |payload| payload.len());
        if bytes as u64 > Version::MAX_BYTES {
            version.ext_send_addr.pop();
        }
    }
    version
}

/// Name, major and minor version have to be equal.
fn check(theirs: &Verack, ours: &Identity) -> Result<(), CloseReason> {
    if theirs.app_name == ours.app_name && theirs.app_version.compatible(&ours.app_version) {
        return Ok(());
    }
    Err(CloseReason::Incompatible {
        theirs: format!("{} {}", theirs.app_name, theirs.app_version),
        ours: format!("{} {}", ours.app_name, ours.app_version),
    })
}

fn introduce(version: &Version, verack: &Verack) -> Peer {
    let feature =
        |name: &str| version.features.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
    let dialled_for = feature(SESSION_FEATURE).and_then(SessionKind::from_bit);
    Peer {
        node_id: version.node_id.clone(),
        application: format!("{} {}", verack.app_name, verack.app_version),
        nonce: feature(NONCE_FEATURE),
        negotiates: feature(FEATURE) == Some(FEATURE_VERSION),
        dialled_for,
        external: version.ext_send_addr.clone(),
    }
}
