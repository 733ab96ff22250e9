//! Merges the layers into settings that know where each value came from.

use super::{
    check, error::SettingsError, layer::Layer, plugin::PluginSettings, reader, rules, sections::Settings,
};
use config::{Config, Value, ValueKind};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// The settings in force, with the origin of each.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings in force.
    pub settings: Settings,
    rows: BTreeMap<String, (serde_json::Value, String)>,
    /// The tables of plug-ins, each with the layer that brought it: an empty one has no row of its own.
    plugins: BTreeMap<String, String>,
}

/// One key with its value in force.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Such as `network.inbound`.
    pub key: &'a str,
    /// As it was written; a list or a table in a list is one value.
    pub value: &'a serde_json::Value,
    /// The layer it came from: a file, the name of an environment variable, `--set` or `default`.
    pub origin: &'a str,
}

impl Row<'_> {
    /// Whether the value is a text that may be a password, and not empty.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let may_be = rules::rule(self.key).is_some_and(|rule| rule.is_secret);
        may_be && self.value.as_str().is_some_and(|text| !text.is_empty())
    }
}

/// Loads the settings: the compiled-in ones, the files in their order, the environment, the arguments.
///
/// # Errors
///
/// The first mistake found, as one line with the layer, the key and what was expected.
pub fn load(
    files: &[PathBuf],
    sets: &[String],
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Loaded, SettingsError> {
    let mut layers = files.iter().map(|path| Layer::file(path)).collect::<Result<Vec<_>, _>>()?;
    layers.extend(Layer::environment(environment));
    for argument in sets {
        layers.push(Layer::set(argument)?);
    }

    let mut plugins = BTreeMap::new();
    for layer in &layers {
        for name in layer.plugins() {
            plugins.entry(format!("plugin.{name}")).or_insert_with(|| layer.origin.clone());
        }
    }

    let mut merged = merge(Config::default(), Layer::defaults(&layers));
    let mut settings = Settings::default();
    for layer in layers {
        let origin = layer.origin.clone();
        merged = merge(merged, layer);
        // Read after every layer: what is wrong now was brought by this one.
        settings = reader::read(&merged.cache).map_err(|(key, fault)| SettingsError::Key {
            origin,
            key,
            reason: fault.to_string(),
        })?;
    }

    let mut rows = BTreeMap::new();
    flatten("", &merged.cache, &mut rows);
    let loaded = Loaded { settings, rows, plugins };
    match check::check(&loaded.settings) {
        Ok(()) => Ok(loaded),
        Err(finding) => Err(loaded.blame(&finding.key, finding.reason)),
    }
}

impl Loaded {
    /// Every key, sorted.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(key, (value, origin))| Row { key, value, origin })
    }

    /// The value of a key. The host's keys of a plug-in without a table have their defaults.
    pub(super) fn value(&self, key: &str) -> Option<serde_json::Value> {
        let default = || {
            let name = key.strip_prefix("plugin.")?.split_once('.')?.1;
            let defaults = serde_json::to_value(PluginSettings::default()).ok()?;
            defaults.pointer(&format!("/{}", name.replace('.', "/"))).cloned()
        };
        self.rows.get(key).map(|(value, _)| value.clone()).or_else(default)
    }

    /// Puts the row of a key back to what it was.
    pub(super) fn keep_row(&mut self, old: &Self, key: &str) {
        match old.rows.get(key) {
            Some(row) => self.rows.insert(key.to_owned(), row.clone()),
            None => self.rows.remove(key),
        };
    }

    /// Puts a plug-in's own configuration back to what it was.
    pub(super) fn keep_config(&mut self, old: &Self, name: &str) {
        let table = format!("plugin.{name}.config");
        self.rows.retain(|key, _| !is_inside(key, &table));
        let before = old.rows.iter().filter(|(key, _)| is_inside(key, &table));
        self.rows.extend(before.map(|(key, row)| (key.clone(), row.clone())));
        self.settings.plugin.entry(name.to_owned()).or_default().config = old.settings.plugin(name).config;
    }

    /// The layer that a key's value came from. A table is where its keys are, and a key that is not set is where
    /// its table is.
    #[must_use]
    pub fn origin_of(&self, key: &str) -> &str {
        if let Some(origin) = self.plugins.get(key) {
            return origin;
        }
        let mut key = key;
        loop {
            let below = |row: &Row<'_>| row.key == key || is_inside(row.key, key);
            let mut origins = self.rows().filter(below).map(|row| row.origin).peekable();
            if let Some(first) = origins.peek().copied() {
                return origins.find(|origin| *origin != "default").unwrap_or(first);
            }
            match key.rfind(['.', '[']) {
                Some(end) => key = key.get(..end).unwrap_or_default(),
                None => return "default",
            }
        }
    }

    /// A mistake in a key that only its user could find, such as one in `[plugin.NAME.config]`.
    #[must_use]
    pub fn blame(&self, key: &str, reason: String) -> SettingsError {
        SettingsError::Key { origin: self.origin_of(key).to_owned(), key: key.to_owned(), reason }
    }
}

impl Default for Settings {
    /// The compiled-in settings alone.
    fn default() -> Self {
        reader::read(&Layer::defaults(&[]).into_value()).expect("the compiled-in defaults are valid")
    }
}

fn is_inside(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

fn merge(lower: Config, upper: Layer) -> Config {
    Config::builder()
        .add_source(lower)
        .add_source(upper)
        .build()
        .expect("layers are in memory and cannot fail")
}

fn flatten(key: &str, value: &Value, rows: &mut BTreeMap<String, (serde_json::Value, String)>) {
    if let ValueKind::Table(table) = &value.kind {
        for (name, value) in table {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            flatten(&key, value, rows);
        }
        return;
    }
    let json = serde_json::Value::deserialize(reader::Reader(value)).expect("JSON can hold every TOML value");
    rows.insert(key.to_owned(), (json, value.origin().unwrap_or("default").to_owned()));
}

#[cfg(test)]
mod tests {
    use super::super::{fault::Fault, rules};
    use super::*;
    use serde_json::json;
    use std::io::Write;

    fn file(text: &str) -> tempfile::TempPath {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.into_temp_path()
    }

    fn load_all(
        files: &[&tempfile::TempPath],
        variables: &[(&str, &str)],
        sets: &[&str],
    ) -> Result<Loaded, String> {
        let files: Vec<PathBuf> = files.iter().map(|path| path.to_path_buf()).collect();
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        load(&files, &sets, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn lets_the_later_layer_win() {
        let first =
            file("[network]\nnode_id = 'first'\nthreads = 3\n[log]\nlevel = 'warn'\nfile = 'first.log'");
        let second = file("[network]\nnode_id = 'second'\n[log]\nlevel = 'error'");
        let variables = [("BACKPLANE__NETWORK__NODE_ID", "variable"), ("BACKPLANE_NETWORK__THREADS", "9")];
        let loaded =
            load_all(&[&first, &second], &variables, &["network.node_id=one", "network.node_id=two"])
                .unwrap();

        assert_eq!(loaded.settings.network.node_id, "two");
        assert_eq!(loaded.settings.log.level, "error");
        assert_eq!(loaded.settings.network.threads, 3);
        assert_eq!(loaded.settings.network.outbound_connections, 8);
        assert_eq!(loaded.origin_of("network.node_id"), "--set");
        assert_eq!(loaded.origin_of("log.level"), second.to_str().unwrap());
        assert_eq!(loaded.origin_of("log.file"), first.to_str().unwrap());
        assert_eq!(loaded.origin_of("network.outbound_connections"), "default");
    }

    #[test]
    fn names_the_variable_that_a_value_came_from() {
        let variables = [
            ("BACKPLANE__NETWORK__INBOUND", "tcp://127.0.0.1:0,tcp://127.0.0.1:7"),
            ("PATH", "/bin"),
            ("HOME", "/"),
        ];
        let loaded = load_all(&[], &variables, &[]).unwrap();
        assert_eq!(loaded.settings.network.inbound.len(), 2);
        assert_eq!(loaded.origin_of("network.inbound[1]"), "BACKPLANE__NETWORK__INBOUND");
    }

    #[test]
    fn blames_the_layer_that_brought_the_mistake() {
        let good = file("[network]\nthreads = 3");
        let bad = file("[network]\nthreads = 'three'");
        let line = load_all(&[&bad, &good], &[], &["network.threads=4"]).unwrap_err();
        assert_eq!(
            line,
            format!(
                "{}: network.threads: expected a whole number from 0 to 65535, found \"three\"",
                bad.display()
            )
        );

        for (variables, sets, expected) in [
            (
                &[("BACKPLANE__LOG__LEVLE", "info")][..],
                &[][..],
                "BACKPLANE__LOG__LEVLE: log.levle: unknown key, did you mean \"level\"?",
            ),
            (
                &[],
                &["rpc.listen=quic://a:1"],
                "--set: rpc.listen: expected a tcp:// or unix:// address, found quic://",
            ),
            (&[], &["network=5"], "--set: network: expected a table, found 5"),
            (&[], &["network"], "--set network: expected KEY=VALUE, such as network.localnet=true"),
            (
                &[],
                &["network..threads=1"],
                "--set network..threads=1: expected KEY=VALUE, such as network.localnet=true",
            ),
        ] {
            assert_eq!(load_all(&[], variables, sets).unwrap_err(), expected);
        }
    }

    #[test]
    fn says_which_file_cannot_be_read() {
        let error = load(&["no/such.toml".into()], &[], [].into_iter()).unwrap_err();
        assert_eq!(error.to_string(), "no/such.toml: cannot be read");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn keeps_the_types_of_a_plugins_own_keys() {
        let path = file(
            "[plugin.chat]\nthreads = 0\n[plugin.chat.config]\nlimit = 5\nshare = 0.5\nnames = ['a', 'b']\n\
             deep = { on = true }\n[plugin.other]",
        );
        let loaded = load_all(&[&path], &[], &["plugin.chat.config.limit=6"]).unwrap();
        let config = json!({ "limit": 6, "share": 0.5, "names": ["a", "b"], "deep": { "on": true } });
        assert_eq!(loaded.settings.plugin_config_json("chat"), config);
        assert_eq!(loaded.settings.plugin_config_json("absent"), json!({}));
        assert_eq!(loaded.settings.plugin("chat").threads, 0);
        assert!(loaded.settings.plugin("absent").enabled);
        assert_eq!(loaded.settings.plugin.len(), 2);

        let chat = path.to_str().unwrap();
        assert_eq!(loaded.origin_of("plugin.chat.config.names[1]"), chat);
        assert_eq!(loaded.origin_of("plugin.chat.config.missing"), chat);
        assert_eq!(loaded.origin_of("plugin.chat.enabled"), "default");
        assert_eq!(loaded.origin_of("plugin.other"), chat, "an empty table");
        assert!(loaded.rows().any(|row| row.key == "plugin.other.enabled" && *row.value == json!(true)));
    }

    #[test]
    fn has_a_profile_for_every_scheme() {
        let loaded = load_all(&[], &[], &["network.profiles.tcp+tls.connect_timeout=2s"]).unwrap();
        let seconds = |scheme| loaded.settings.profile(scheme).connect_timeout.as_secs();
        assert_eq!((seconds("tcp"), seconds("tcp+tls"), seconds("tor"), seconds("memory")), (15, 2, 65, 15));
    }

    /// Every table that the settings know, by the keys that an unknown one is answered with.
    #[test]
    fn has_every_key_in_the_defaults() {
        let defaults = Layer::defaults(&[]).into_value();
        let text = include_str!("../../../config/default.toml");
        for table in [
            "",
            "node",
            "network",
            "network.profiles",
            "network.profiles.tcp",
            "limits",
            "rpc",
            "plugins",
            "log",
        ] {
            let key = if table.is_empty() { "zzz".to_owned() } else { format!("{table}.zzz") };
            let layer = Layer::set(&format!("{key}=1")).unwrap();
            let merged = merge(merge(Config::default(), Layer::defaults(&[])), layer);
            let Err((_, Fault::UnknownKey { known, .. })) = reader::read::<Settings>(&merged.cache) else {
                panic!("{key} was accepted");
            };
            for name in known {
                let path = if table.is_empty() { (*name).to_owned() } else { format!("{table}.{name}") };
                assert!(
                    table.is_empty() || rules::rule(&path).is_some(),
                    "{path} is not in the table of rules.rs"
                );
                let is_optional = text.contains(&format!("\n# {name} = "));
                assert!(is_optional || has(&defaults, &path), "{path} is not in default.toml");
            }
        }
        assert_eq!(Settings::default().plugin("any"), PluginSettings::default());
    }

    #[test]
    fn has_no_rule_for_a_key_that_is_gone() {
        let sets = ["network.getaddrs_max=1", "plugin.x.config.y=1"];
        let loaded = load_all(&[], &[], &sets).unwrap();
        let used: Vec<_> =
            loaded.rows().filter_map(|row| rules::rule(row.key)).map(|rule| rule.key).collect();
        for rule in rules::RULES {
            assert!(used.contains(&rule.key), "{} is no key; an optional one has to be set above", rule.key);
        }
    }

    fn has(value: &Value, path: &str) -> bool {
        let step = |value: &Value, part: &str| match &value.kind {
            ValueKind::Table(table) => table.get(part).cloned(),
            _ => None,
        };
        path.split('.').try_fold(value.clone(), |value, part| step(&value, part)).is_some()
    }
}
