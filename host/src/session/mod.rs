//! Sessions: the sources of channels, one file a kind.
//!
//! Whatever a session dials or accepts goes through one [`establish`]: the protocols are attached, reading starts, hands
//! are shaken, the protocols that both sides speak are started; and at the end everything of the channel goes, and the
//! consequences are drawn. A session decides only where connections come from and what it means when they end.

mod backoff;
mod context;
mod dial;
mod direct;
mod discovery;
mod establish;
mod eviction;
mod hold;
mod inbound;
mod inbound_slots;
pub mod keeper;
mod manual;
mod opening;
mod outbound;
mod pace;
mod peers;
mod punish;
mod refine;
mod scout;
mod seed;
mod slot;
mod slots;
mod status;
mod trust;
mod twin;
mod warden;
mod wishes;

pub use context::{LimitsByTrust, SessionContext};
pub use dial::{DialError, dial};
pub use direct::DirectSession;
pub use establish::{Connection, Live, establish};
pub use inbound::listen;
pub use inbound_slots::{InboundSlots, InboundStatus};
pub use opening::keep_open;
pub use peers::{ManualPeer, ManualPeers};
pub use slot::SlotState;
pub use slots::{DiscoveryState, DiscoveryStep, Slots};
pub use status::{Asked, Refined, Status};
pub use wishes::{DirectStatus, DirectTable};

use discovery::Discovery;
use std::sync::Arc;

/// Starts every session that dials, and the care for the ledger. They follow the settings, and end when the context's
/// `stop` is cancelled.
pub fn start(context: &Arc<SessionContext>) {
    let owned = Arc::clone(context);
    context.tasks.spawn(warden::run(owned));
    manual::start(context);
    let discovery = Arc::new(Discovery::default());
    outbound::start(context, &discovery);
    let owned = Arc::clone(context);
    context.tasks.spawn(async move { discovery.run(&owned).await });
    let owned = Arc::clone(context);
    context.tasks.spawn(async move { seed::run(&owned).await });
    let owned = Arc::clone(context);
    context.tasks.spawn(async move { refine::run(&owned).await });
    let owned = Arc::clone(context);
    context.tasks.spawn(async move { keeper::run(&owned).await });
    let owned = Arc::clone(context);
    context.tasks.spawn(async move { scout::run(&owned).await });
}
