//! Which settings a running node can change: the one table of them.

use super::plugin::PluginSettings;
use super::sections::Settings;

/// What a change of a setting takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Effect {
    /// It is in force at once; times and limits of connections for those that are made from then on.
    Live,
    /// It is in force after a restart. The function puts the old value back.
    Restart(fn(&mut Settings, &Settings)),
    /// The plug-in says whether it takes it over.
    Plugin,
}

/// A key, or a table for all keys in it, with what a change takes. `*` stands for any name.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) key: &'static str,
    pub(super) effect: Effect,
    /// Its value may hold a password, and is not shown.
    pub(super) is_secret: bool,
}

impl Rule {
    const fn new(key: &'static str, effect: Effect) -> Self {
        Self { key, effect, is_secret: false }
    }

    const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }
}

macro_rules! live {
    ($section:ident.$key:ident) => {
        Rule::new(concat!(stringify!($section), ".", stringify!($key)), Effect::Live)
    };
}

macro_rules! restart {
    ($section:ident.$key:ident) => {
        Rule::new(
            concat!(stringify!($section), ".", stringify!($key)),
            Effect::Restart(|new, old| new.$section.$key.clone_from(&old.$section.$key)),
        )
    };
}

/// Every setting.
pub(super) const RULES: &[Rule] = &[
    restart!(node.data_dir),
    live!(node.shutdown_deadline),
    restart!(network.app_name),
    restart!(network.app_version),
    restart!(network.magic_bytes),
    restart!(network.node_id),
    restart!(network.inbound),
    restart!(network.external),
    live!(network.peers),
    live!(network.seeds),
    restart!(network.active_profiles),
    restart!(network.mixed_profiles),
    restart!(network.tor_socks5_proxy).secret(),
    restart!(network.i2p_socks5_proxy).secret(),
    restart!(network.nym_socks5_proxy).secret(),
    restart!(network.upnp),
    live!(network.outbound_connections),
    live!(network.inbound_connections),
    live!(network.direct_connections),
    restart!(network.localnet),
    live!(network.ban_policy),
    live!(network.ban_time),
    live!(network.longest_ban_time),
    restart!(network.max_payload_bytes),
    live!(network.slow_consumer_timeout),
    live!(network.refinery_interval),
    live!(network.discovery_attempt_time),
    live!(network.known_peer_percent),
    live!(network.disable_greys),
    live!(network.feeler_interval),
    live!(network.scout_interval),
    live!(network.time_with_no_connections),
    live!(network.hosts_save_interval),
    live!(network.blacklist),
    live!(network.getaddrs_max),
    restart!(network.threads),
    live!(network.profiles),
    live!(limits.ban_score),
    live!(limits.score_half_life),
    live!(limits.pending_handshakes),
    live!(limits.inbound_per_host),
    live!(limits.inbound_per_group),
    live!(limits.memory_bytes),
    live!(limits.protocol_memory_percent),
    live!(limits.channel_bytes_per_second),
    live!(limits.channel_cpu_percent),
    restart!(rpc.listen),
    restart!(rpc.max_connections),
    restart!(http.listen),
    restart!(http.token).secret(),
    restart!(http.hosts),
    restart!(plugins.dir),
    restart!(plugins.policy),
    restart!(plugins.trusted_keys),
    restart!(plugins.crash_max),
    restart!(plugins.crash_window),
    Rule::new("plugin.*.enabled", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.required", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.threads", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.warn_after", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.hang_after", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.max_abandoned", Effect::Restart(keep_plugins)),
    Rule::new("plugin.*.restart", Effect::Live),
    Rule::new("plugin.*.limits", Effect::Live),
    Rule::new("plugin.*.config", Effect::Plugin).secret(),
    live!(log.level),
    restart!(log.format),
    restart!(log.file),
];

/// Puts the host's keys of every plug-in back.
fn keep_plugins(new: &mut Settings, old: &Settings) {
    let names: Vec<_> = new.plugin.keys().chain(old.plugin.keys()).cloned().collect();
    for name in names {
        let before = old.plugin(&name);
        let plugin = new.plugin.entry(name).or_default();
        let (restart, limits) = (plugin.restart, plugin.limits);
        let config = std::mem::take(&mut plugin.config);
        *plugin = PluginSettings { restart, limits, config, ..before };
    }
}

/// The rule that a key falls under.
pub(super) fn rule(key: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| covers(rule.key, key))
}

/// Whether a key is that of a rule, or in its table.
fn covers(rule: &str, key: &str) -> bool {
    let mut parts = key.split('.');
    rule.split('.').all(|part| parts.next().is_some_and(|given| part == "*" || part == given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_covers_what_is_in_it_and_nothing_beside_it() {
        let found = |key| rule(key).map(|rule| rule.key);
        assert_eq!(found("network.profiles.tcp+tls.connect_timeout"), Some("network.profiles"));
        assert_eq!(found("plugin.chat.config.inbox_bytes"), Some("plugin.*.config"));
        assert_eq!(found("plugin.chat.threads"), Some("plugin.*.threads"));
        for key in ["network", "network.peer", "network.peers_more", "plugin.chat", "nonsense"] {
            assert_eq!(found(key), None, "{key}");
        }
    }
}
