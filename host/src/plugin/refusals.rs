//! What a plug-in was refused because of its limits.

use backplane_plugin::abi::AbiError;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// A limit that refuses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// `limits.jobs`
    Jobs,
    /// `limits.subscriptions`
    Subscriptions,
    /// `limits.bytes_per_second`, of broadcasts: who sends on a channel waits.
    Broadcasts,
    /// `limits.log_lines_per_second`
    LogLines,
}

impl Quota {
    const ALL: [Self; 4] = [Self::Jobs, Self::Subscriptions, Self::Broadcasts, Self::LogLines];

    /// Its key, below `plugin.NAME`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Jobs => "limits.jobs",
            Self::Subscriptions => "limits.subscriptions",
            Self::Broadcasts => "limits.bytes_per_second",
            Self::LogLines => "limits.log_lines_per_second",
        }
    }

    /// What a plug-in is told.
    #[must_use]
    pub fn refusal(self, limit: u64) -> AbiError {
        AbiError::limit(self.key(), limit)
    }
}

/// How often a plug-in was refused something.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: [AtomicU64; 4],
    told: Mutex<[u64; 4]>,
}

impl Refusals {
    /// Counts one.
    pub fn add(&self, quota: Quota) {
        if let Some(count) = self.counts.get(quota as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Those that there were, by the key of their limit.
    #[must_use]
    pub fn all(&self) -> BTreeMap<&'static str, u64> {
        self.counted().filter(|(_, count)| *count > 0).map(|(quota, count)| (quota.key(), count)).collect()
    }

    /// Those that nobody was told of yet.
    #[must_use]
    pub fn untold(&self) -> Vec<(&'static str, u64)> {
        let mut told = self.told.lock();
        let grown = self.counted().zip(told.iter_mut()).filter_map(|((quota, count), told)| {
            let new = count.saturating_sub(std::mem::replace(told, count));
            (new > 0).then_some((quota.key(), new))
        });
        grown.collect()
    }

    fn counted(&self) -> impl Iterator<Item = (Quota, u64)> {
        Quota::ALL.into_iter().zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_counted_by_its_limit_and_told_once() {
        let refusals = Refusals::default();
        for quota in [Quota::Jobs, Quota::LogLines, Quota::Jobs] {
            refusals.add(quota);
        }
        let all = [("limits.jobs", 2), ("limits.log_lines_per_second", 1)];
        assert_eq!(refusals.all(), all.into());
        assert_eq!(refusals.untold(), all);
        assert_eq!(refusals.untold(), []);
        refusals.add(Quota::Broadcasts);
        assert_eq!(refusals.untold(), [("limits.bytes_per_second", 1)]);
    }
}
