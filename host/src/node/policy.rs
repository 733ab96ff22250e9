//! What the operator decided about channels, in their terms.

use crate::channel::{ChannelLimits, PaceLimits};
use crate::ledger::Budget;
use crate::session::LimitsByTrust;
use crate::settings::{BanPolicy, Settings};
use std::sync::Arc;

/// How many unknown commands a strict node passes over before it closes a channel.
const UNKNOWN_COMMANDS: u32 = 16;

/// What every new channel keeps to; `budget` is the memory of all queues.
pub(super) fn limits(settings: &Settings, budget: &Arc<Budget>) -> LimitsByTrust {
    let network = &settings.network;
    let trusted = ChannelLimits {
        budget: Arc::clone(budget),
        slow_consumer_timeout: network.slow_consumer_timeout,
        unknown_commands: (network.ban_policy == BanPolicy::Strict).then_some(UNKNOWN_COMMANDS),
        ..ChannelLimits::default()
    };
    let others = ChannelLimits { pace: pace(settings), ..trusted.clone() };
    LimitsByTrust { trusted: Arc::new(trusted), others: Arc::new(others) }
}

/// How fast channels are read: on one machine or in a house as fast as can be.
fn pace(settings: &Settings) -> PaceLimits {
    if settings.network.localnet {
        return PaceLimits::default();
    }
    let limits = &settings.limits;
    PaceLimits { bytes_per_second: limits.channel_bytes_per_second, cpu_percent: limits.channel_cpu_percent }
}
