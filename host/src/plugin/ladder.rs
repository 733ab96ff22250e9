//! What follows from a plug-in's failures and from what it uses: a plain function.

use crate::settings::{PluginLimits, RestartSettings};
use tokio::time::Instant;

/// What is seen of a plug-in at one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen<'a> {
    /// When it panicked or had to be restarted, in order.
    pub(super) strikes: &'a [Instant],
    /// What the last of these was.
    pub(super) last: &'a str,
    /// Bytes of heap, where they are measured.
    pub(super) heap: Option<u64>,
    /// Bytes in its data folder, as far as they are known.
    pub(super) data: Option<u64>,
}

/// What is to be done with a plug-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    GoOn,
    /// A new instance; it counts as a failure.
    Restart(String),
    /// No instance any more.
    Disable(String),
}

/// Decides what is to be done with a plug-in that runs.
pub(super) fn decide(seen: Seen<'_>, restart: RestartSettings, limits: &PluginLimits, now: Instant) -> Step {
    let strikes = recent(seen.strikes, restart, now);
    if restart.max > 0 && strikes >= usize::from(restart.max) {
        let window = humantime::format_duration(restart.window);
        return Step::Disable(format!(
            "it failed too often ({strikes} times within {window}), at last: {}",
            seen.last
        ));
    }
    if let Some(data) = seen.data.filter(|data| is_over(*data, limits.data_hard)) {
        let hard = limits.data_hard;
        return Step::Disable(format!("its data folder has {data} bytes, and limits.data_hard is {hard}"));
    }
    if let Some(heap) = seen.heap.filter(|heap| is_over(*heap, limits.heap_hard)) {
        let hard = limits.heap_hard;
        return Step::Restart(format!("its heap has {heap} bytes, and limits.heap_hard is {hard}"));
    }
    Step::GoOn
}

/// Whether a limit is passed; 0 is none.
pub(super) const fn is_over(used: u64, limit: u64) -> bool {
    limit > 0 && used > limit
}

/// Whether a soft limit is passed; once it is, until a tenth of it is free again.
pub(super) const fn is_pressed(was: bool, used: u64, soft: u64) -> bool {
    is_over(used, if was { soft - soft / 10 } else { soft })
}

/// How many failures count.
pub(super) fn recent(strikes: &[Instant], restart: RestartSettings, now: Instant) -> usize {
    strikes.iter().filter(|at| now.saturating_duration_since(**at) < restart.window).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    const RESTART: RestartSettings = RestartSettings { max: 3, window: Duration::from_secs(3600) };

    fn step(strikes: &[u64], heap: u64, data: u64) -> Step {
        let start = clock::now();
        let strikes: Vec<_> = strikes.iter().map(|second| start + Duration::from_secs(*second)).collect();
        let limits = PluginLimits { heap_hard: 100, data_hard: 1000, ..PluginLimits::default() };
        let seen = Seen { strikes: &strikes, last: "a panic", heap: Some(heap), data: Some(data) };
        decide(seen, RESTART, &limits, start + Duration::from_secs(7200))
    }

    #[test]
    fn so_many_failures_within_the_window_disable() {
        for (strikes, goes_on) in [
            (&[][..], true),
            (&[7000, 7100][..], true),
            (&[3600, 7000, 7100][..], true),
            (&[3601, 7000, 7100][..], false),
            (&[0, 1, 2, 7000, 7100, 7200][..], false),
        ] {
            assert_eq!(step(strikes, 0, 0) == Step::GoOn, goes_on, "{strikes:?}");
        }
        let Step::Disable(reason) = step(&[7000, 7000, 7000], 0, 0) else { panic!("it goes on") };
        assert_eq!(reason, "it failed too often (3 times within 1h), at last: a panic");
    }

    #[test]
    fn a_heap_above_its_limit_restarts_until_that_has_failed_too_often() {
        assert_eq!(step(&[], 100, 0), Step::GoOn);
        assert!(matches!(step(&[7000, 7100], 101, 0), Step::Restart(_)));
        assert!(matches!(step(&[7000, 7100, 7200], 101, 0), Step::Disable(_)));
    }

    #[test]
    fn a_data_folder_above_its_limit_disables_whatever_the_heap() {
        assert_eq!(step(&[], 0, 1000), Step::GoOn);
        assert!(matches!(step(&[], 101, 1001), Step::Disable(_)));
    }

    #[test]
    fn without_limits_everything_goes_on() {
        let now = clock::now();
        let limits = PluginLimits { heap_hard: 0, data_hard: 0, ..PluginLimits::default() };
        let strikes = [now; 100];
        let seen = Seen { strikes: &strikes, last: "", heap: Some(u64::MAX), data: Some(u64::MAX) };
        assert_eq!(decide(seen, RestartSettings { max: 0, ..RESTART }, &limits, now), Step::GoOn);
    }
}
