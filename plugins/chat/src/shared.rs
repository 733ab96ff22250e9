//! What all parts of chat share: the host, the store, who the user is, the rooms, the neighbours.

use crate::config::ChatConfig;
use crate::dchat::Inbox;
use crate::hash::Hash;
use crate::net::gossip::{Gossip, Moment};
use crate::net::limits::{Bucket, SENDING};
use crate::net::lru::Lru;
use crate::net::news::News;
use crate::net::signal::Signal;
use crate::net::snapshots::Snapshots;
use crate::room::Room;
use crate::secret::Identity;
use crate::service::events::Events;
use crate::service::receipts::Receipts;
use crate::store::Store;
use backplane_plugin::Host;
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// For how many authors the id of the room of the two is remembered.
const PAIRS: usize = 10_000;

/// What all parts share. Locks are held for a few statements, and never two of them but the store's inside of another one.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) host: Host,
    pub(crate) folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) config: RwLock<ChatConfig>,
    pub(crate) me: RwLock<Arc<Me>>,
    /// The joined rooms, `#dchat` not among them.
    pub(crate) book: RwLock<BTreeMap<Hash, Arc<Room>>>,
    pub(crate) gossip: Mutex<Gossip>,
    /// By author, the id of the room of the two; `None` for those whom this user has blocked or who have no such room.
    pub(crate) pairs: Mutex<Lru<Hash, Option<Hash>>>,
    pub(crate) snapshots: Mutex<Snapshots>,
    pub(crate) inbox: Inbox,
    pub(crate) events: Events,
    /// Rooms that are to be told of as they are, soon.
    pub(crate) changed: Mutex<BTreeSet<Hash>>,
    /// Rooms that have got messages since it was looked how large they are.
    pub(crate) grown: Mutex<BTreeSet<Hash>>,
    /// What this user may still send.
    pub(crate) sending: Mutex<Bucket>,
    pub(crate) receipts: Mutex<Receipts>,
    /// Wakes the upkeep.
    pub(crate) due: Signal,
    /// Whether chat has ended.
    pub(crate) ended: AtomicBool,
}

/// Who the user is.
#[derive(Debug)]
pub(crate) struct Me {
    pub(crate) identity: Identity,
    pub(crate) author: Hash,
    pub(crate) name: String,
}

impl Me {
    pub(crate) fn new(identity: Identity, name: &str) -> Self {
        let author = identity.author();
        let [first, second, ..] = author;
        let name = if name.is_empty() { format!("anon-{first:02x}{second:02x}") } else { name.to_owned() };
        Self { identity, author, name }
    }
}

/// The host's time in milliseconds since 1970.
pub(crate) fn millis(host: &Host) -> u64 {
    u64::try_from(host.unix_time().as_millis()).unwrap_or(u64::MAX)
}

impl Shared {
    pub(crate) fn new(host: Host, (folder, store): (PathBuf, Store), config: ChatConfig, me: Me) -> Self {
        let now = millis(&host);
        Self {
            host,
            folder,
            store,
            inbox: Inbox::new(config.inbox_messages, config.inbox_bytes),
            config: RwLock::new(config),
            me: RwLock::new(Arc::new(me)),
            book: RwLock::default(),
            gossip: Mutex::default(),
            pairs: Mutex::new(Lru::new(PAIRS)),
            snapshots: Mutex::default(),
            events: Events::default(),
            changed: Mutex::default(),
            grown: Mutex::default(),
            sending: Mutex::new(Bucket::new(SENDING, now)),
            receipts: Mutex::default(),
            due: Signal::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// The time in milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        millis(&self.host)
    }

    /// The time, and a random number.
    pub(crate) fn moment(&self) -> Moment {
        (self.now(), self.host.random())
    }

    pub(crate) fn me(&self) -> Arc<Me> {
        Arc::clone(&self.me.read())
    }

    /// A joined room.
    pub(crate) fn room(&self, id: &Hash) -> Option<Arc<Room>> {
        self.book.read().get(id).cloned()
    }

    /// Lets go of what comes again, or can be made again.
    pub(crate) fn release(&self) {
        self.gossip.lock().relay.clear();
        self.snapshots.lock().clear();
    }

    /// Own messages that more neighbours have now: what is told of that.
    pub(crate) fn note_sent(&self, own: Vec<(Hash, u32)>) -> Vec<News> {
        let noted = |(id, count): (Hash, u32)| match self.store.note_sent(&id, count) {
            Ok(()) => Some(News::Changed(id)),
            Err(error) => {
                tracing::warn!(%error, "it cannot be noted how far a message has come");
                None
            }
        };
        own.into_iter().filter_map(noted).collect()
    }
}
