//! The step from the settings in force to others: what changes, and what has to wait for a restart.

use super::check;
use super::error::SettingsError;
use super::loaded::Loaded;
use super::rules::{Effect, rule};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a running node's settings when it is given others.
#[derive(Debug)]
pub struct Change {
    /// What is in force from then on: the new settings, but for those that need a restart.
    pub loaded: Loaded,
    /// The keys that change at once.
    pub applied: Vec<String>,
    /// The keys whose values stay until a restart.
    pub restart: Vec<Waiting>,
    /// How many keys have the same value as before.
    pub unchanged: usize,
    /// The keys that plug-ins have to decide about, by plug-in.
    pub plugins: BTreeMap<String, Vec<String>>,
}

/// A key whose new value waits for a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The key.
    pub key: String,
    /// The value in force; none when it is not set. Neither value is shown of a key that may hold a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The value that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

impl Change {
    /// Compares the settings in force with others.
    ///
    /// # Errors
    ///
    /// When the new ones do not fit those that cannot change.
    pub fn between(old: &Loaded, new: Loaded) -> Result<Self, SettingsError> {
        let mut change = Self {
            loaded: new,
            applied: Vec::new(),
            restart: Vec::new(),
            unchanged: 0,
            plugins: BTreeMap::new(),
        };
        let keys: BTreeSet<String> =
            old.rows().chain(change.loaded.rows()).map(|row| row.key.to_owned()).collect();
        for key in keys {
            change.compare(old, key);
        }
        match check::check(&change.loaded.settings) {
            Ok(()) => Ok(change),
            Err(finding) => Err(change.loaded.blame(&finding.key, finding.reason)),
        }
    }

    fn compare(&mut self, old: &Loaded, key: String) {
        let (before, after) = (old.value(&key), self.loaded.value(&key));
        if before == after {
            self.unchanged += 1;
            return;
        }
        let rule = rule(&key);
        match rule.map(|rule| rule.effect) {
            Some(Effect::Live) => self.applied.push(key),
            Some(Effect::Plugin) => {
                let name = key.split('.').nth(1).unwrap_or_default().to_owned();
                self.plugins.entry(name).or_default().push(key);
            }
            Some(Effect::Restart(keep)) => {
                keep(&mut self.loaded.settings, &old.settings);
                self.loaded.keep_row(old, &key);
                let is_shown = rule.is_some_and(|rule| !rule.is_secret);
                let show = |value: Option<Value>| value.filter(|_| is_shown);
                self.restart.push(Waiting { key, old: show(before), new: show(after) });
            }
            // A test keeps every key in the table.
            None => self.restart.push(Waiting { key, old: None, new: None }),
        }
    }

    /// A plug-in has taken its configuration over.
    pub fn plugin_applied(&mut self, name: &str) {
        self.applied.extend(self.plugins.remove(name).unwrap_or_default());
        self.applied.sort_unstable();
    }

    /// A plug-in takes its configuration over at a restart only.
    pub fn plugin_waits(&mut self, old: &Loaded, name: &str) {
        let keys = self.plugins.remove(name).unwrap_or_default();
        self.loaded.keep_config(old, name);
        self.restart.extend(keys.into_iter().map(|key| Waiting { key, old: None, new: None }));
        self.restart.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    }

    /// A plug-in refused its configuration, and goes on with the old one.
    pub fn plugin_refused(&mut self, old: &Loaded, name: &str) {
        self.plugins.remove(name);
        self.loaded.keep_config(old, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::load;
    use serde_json::json;

    fn loaded(sets: &[&str]) -> Loaded {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        load(&[], &sets, std::iter::empty()).unwrap()
    }

    fn keys(waiting: &[Waiting]) -> Vec<&str> {
        waiting.iter().map(|waiting| waiting.key.as_str()).collect()
    }

    #[test]
    fn tells_what_changes_at_once_from_what_waits() {
        let old = loaded(&["network.getaddrs_max=3"]);
        let new = loaded(&[
            "network.peers=tcp://a:1",
            "log.level=debug",
            "network.threads=7",
            "rpc.listen=tcp://a:2",
        ]);
        let change = Change::between(&old, new).unwrap();
        assert_eq!(change.applied, ["log.level", "network.getaddrs_max", "network.peers"]);
        assert_eq!(keys(&change.restart), ["network.threads", "rpc.listen"]);
        let threads = &change.restart[0];
        assert_eq!((threads.old.as_ref(), threads.new.as_ref()), (Some(&json!(2)), Some(&json!(7))));
        assert_eq!(change.unchanged, old.rows().count() - 5);

        let settings = &change.loaded.settings;
        assert_eq!((settings.network.threads, settings.rpc.listen.as_ref()), (2, None));
        assert_eq!(settings.network.peers.len(), 1);
    }

    #[test]
    fn what_waits_is_told_again_at_the_next_change_and_forgotten_when_it_is_taken_back() {
        let old = loaded(&[]);
        let first = Change::between(&old, loaded(&["network.threads=7"])).unwrap();
        let again = Change::between(&first.loaded, loaded(&["network.threads=7"])).unwrap();
        assert_eq!(keys(&again.restart), ["network.threads"]);
        let back = Change::between(&again.loaded, loaded(&[])).unwrap();
        assert_eq!((keys(&back.restart).len(), back.applied.len()), (0, 0));
    }

    #[test]
    fn a_value_that_needs_a_restart_has_no_part_in_what_is_in_force() {
        let (old, zero) =
            (loaded(&["network.inbound=tcp://127.0.0.1:0"]), "network.external=tcp://127.0.0.1:0");
        let change = Change::between(&old, loaded(&["network.inbound=tcp://127.0.0.1:0", zero])).unwrap();
        assert_eq!(keys(&change.restart), ["network.external"]);
        assert!(change.loaded.settings.network.external.is_empty());
    }

    #[test]
    fn plugins_decide_about_their_own_keys() {
        let old = loaded(&["plugin.chat.config.a=1", "plugin.gone.config.a=1"]);
        let sets = ["plugin.chat.config.a=2", "plugin.chat.config.b=3", "plugin.echo.config.c=4"];
        let mut change = Change::between(&old, loaded(&sets)).unwrap();
        let names: Vec<_> = change.plugins.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["chat", "echo", "gone"],
            "a table that comes or goes changes none of the host's keys"
        );
        assert!(change.restart.is_empty());

        change.plugin_applied("chat");
        change.plugin_refused(&old, "echo");
        change.plugin_waits(&old, "gone");
        assert_eq!(change.applied, ["plugin.chat.config.a", "plugin.chat.config.b"]);
        let waiting = Waiting { key: "plugin.gone.config.a".to_owned(), old: None, new: None };
        assert_eq!(change.restart, [waiting]);
        let config = |name| change.loaded.settings.plugin_config_json(name);
        assert_eq!(config("chat"), json!({ "a": 2, "b": 3 }));
        assert_eq!((config("echo"), config("gone")), (json!({}), json!({ "a": 1 })));

        let again = Change::between(&change.loaded, loaded(&sets)).unwrap();
        let again: Vec<_> = again.plugins.keys().map(String::as_str).collect();
        assert_eq!(again, ["echo", "gone"], "they are asked again");
    }

    #[test]
    fn what_may_hold_a_password_is_not_shown() {
        let proxy = "network.tor_socks5_proxy=socks5://user:secret@127.0.0.1:9050";
        let change = Change::between(&loaded(&[]), loaded(&[proxy])).unwrap();
        let waiting = Waiting { key: "network.tor_socks5_proxy".to_owned(), old: None, new: None };
        assert_eq!(change.restart, [waiting]);
        assert_eq!(change.loaded.settings.network.tor_socks5_proxy, None);
    }

    #[test]
    fn a_plugins_own_threads_need_a_restart() {
        let change = Change::between(&loaded(&[]), loaded(&["plugin.chat.threads=4"])).unwrap();
        assert_eq!(keys(&change.restart), ["plugin.chat.threads"]);
        assert_eq!(change.loaded.settings.plugin("chat").threads, 1);
    }
}
