//! What a plug-in wants to use, beside what the operator lets it use.

use crate::settings::PluginLimits;
use backplane_plugin::Limits;

/// The keys of `[plugin.NAME.limits]` that allow less than the plug-in wants, each with what it wants and what it may have.
pub(in crate::plugin) fn unmet(wanted: &Limits, allowed: &PluginLimits) -> Vec<(&'static str, u64, u64)> {
    // 0 is any amount, but for jobs and subscriptions.
    let any = |allowed: u64| if allowed == 0 { u64::MAX } else { allowed };
    let pairs = [
        ("queue_bytes", wanted.queue_bytes, any(allowed.queue_bytes)),
        ("jobs", wanted.jobs, allowed.jobs.into()),
        ("subscriptions", wanted.subscriptions, allowed.subscriptions.into()),
        ("bytes_per_second", wanted.bytes_per_second, any(allowed.bytes_per_second)),
        ("log_lines_per_second", wanted.log_lines_per_second, any(allowed.log_lines_per_second)),
        ("data_soft", wanted.data_soft, any(allowed.data_soft)),
        ("heap_soft", wanted.heap_soft, any(allowed.heap_soft)),
    ];
    pairs.into_iter().filter(|(_, wanted, allowed)| wanted > allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_allowed_is_found() {
        let allowed = PluginLimits { jobs: 10, heap_soft: 0, data_soft: 5, ..PluginLimits::default() };
        let wanted = Limits { jobs: 11, heap_soft: u64::MAX, data_soft: 5, ..Limits::NONE };
        assert_eq!(unmet(&wanted, &allowed), [("jobs", 11, 10)]);
        assert_eq!(unmet(&Limits::NONE, &PluginLimits::default()), []);
        let none = PluginLimits { subscriptions: 0, ..PluginLimits::default() };
        assert_eq!(unmet(&Limits { subscriptions: 1, ..Limits::NONE }, &none), [("subscriptions", 1, 0)]);
    }
}
