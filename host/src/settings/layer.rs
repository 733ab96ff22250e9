//! One layer of settings with the name of where it comes from.

use super::{PluginSettings, error::SettingsError};
use config::{ConfigError, Map, Source, Value, ValueKind};
use std::{fs, path::Path};

const DEFAULTS: &str = include_str!("../../../config/default.toml");
const PREFIX: &str = "BACKPLANE__";

/// Some keys with their values, every value marked with the origin.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) origin: String,
    table: Map<String, Value>,
}

impl Layer {
    /// The compiled-in settings, with those of a plug-in for each that a later layer names.
    pub(super) fn defaults(later: &[Self]) -> Self {
        let mut table: toml::Table = DEFAULTS.parse().expect("the compiled-in defaults are TOML");
        let plugin =
            toml::Table::try_from(PluginSettings::default()).expect("they are booleans, a number, a table");
        let plugins = later.iter().flat_map(Self::plugins).map(|name| (name, plugin.clone().into()));
        table.insert("plugin".to_owned(), toml::Table::from_iter(plugins).into());
        Self::new("default", table)
    }

    /// A file given with `--config`.
    pub(super) fn file(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        let table = text.parse::<toml::Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            SettingsError::Syntax { path: path.to_owned(), line, reason: error.message().replace('\n', ", ") }
        })?;
        Ok(Self::new(&path.display().to_string(), table))
    }

    /// The variables that begin with `BACKPLANE__`, each a layer of its own, in the order of their names.
    pub(super) fn environment(variables: impl Iterator<Item = (String, String)>) -> Vec<Self> {
        let mut ours: Vec<_> = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        ours.sort_unstable();
        let layer = |(name, text): &(String, String)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase();
            Some(Self::one(name, &key.split("__").collect::<Vec<_>>(), text))
        };
        ours.iter().filter_map(layer).collect()
    }

    /// An argument of `--set`.
    pub(super) fn set(argument: &str) -> Result<Self, SettingsError> {
        let malformed = || SettingsError::Argument { argument: argument.to_owned() };
        let (key, text) = argument.split_once('=').ok_or_else(malformed)?;
        let path: Vec<&str> = key.trim().split('.').collect();
        if path.iter().any(|part| part.is_empty()) {
            return Err(malformed());
        }
        Ok(Self::one("--set", &path, text.trim()))
    }

    /// The layer as one value.
    pub(super) fn into_value(self) -> Value {
        Value::new(Some(&self.origin), self.table)
    }

    fn new(origin: &str, table: toml::Table) -> Self {
        let origin = origin.to_owned();
        let table = table.into_iter().map(|(key, value)| (key, marked(value, &origin))).collect();
        Self { origin, table }
    }

    /// A layer with a single key.
    fn one(origin: &str, path: &[&str], text: &str) -> Self {
        let wrap = |value, part: &&str| toml::Table::from_iter([((*part).to_owned(), value)]).into();
        let table = match path.iter().rev().fold(typed(path, text), wrap) {
            toml::Value::Table(table) => table,
            _ => toml::Table::new(),
        };
        Self::new(origin, table)
    }

    pub(super) fn plugins(&self) -> Vec<String> {
        match self.table.get("plugin").map(|value| &value.kind) {
            Some(ValueKind::Table(plugins)) => plugins.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.table.clone())
    }
}

/// Text as a value of the type that the key has by default, so that a name of digits stays a text.
fn typed(path: &[&str], text: &str) -> toml::Value {
    let loose = |text: &str| text.parse().unwrap_or_else(|_| toml::Value::from(text));
    match (default_of(path), loose(text)) {
        (Some(toml::Value::String(_)), value) if !value.is_str() => text.into(),
        (Some(toml::Value::Array(_)), value) if !value.is_array() => toml::Value::Array(
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(loose).collect(),
        ),
        (_, value) => value,
    }
}

fn default_of(path: &[&str]) -> Option<toml::Value> {
    let table: toml::Table = DEFAULTS.parse().expect("the compiled-in defaults are TOML");
    path.iter().try_fold(toml::Value::from(table), |value, part| value.get(part).cloned())
}

fn marked(value: toml::Value, origin: &String) -> Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text),
        toml::Value::Integer(number) => ValueKind::I64(number),
        toml::Value::Float(number) => ValueKind::Float(number),
        toml::Value::Boolean(flag) => ValueKind::Boolean(flag),
        toml::Value::Datetime(time) => ValueKind::String(time.to_string()),
        toml::Value::Array(values) => {
            ValueKind::Array(values.into_iter().map(|value| marked(value, origin)).collect())
        }
        toml::Value::Table(table) => {
            ValueKind::Table(table.into_iter().map(|(key, value)| (key, marked(value, origin))).collect())
        }
    };
    Value::new(Some(origin), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_key(line: &str) -> bool {
        line.split_once(" = ").is_some_and(|(key, _)| !key.trim_start_matches("# ").contains(' '))
    }

    #[test]
    fn explains_every_default() {
        let lines: Vec<&str> = DEFAULTS.lines().collect();
        let mut keys = 0;
        for pair in lines.windows(2) {
            let [before, line] = pair else { continue };
            if is_key(line) {
                keys += 1;
                assert!(before.starts_with('#') && !is_key(before), "no comment above: {line}");
            }
        }
        assert!(keys > 40, "only {keys} keys were found");
    }

    #[test]
    fn documents_the_defaults_of_a_plugin() {
        let (_, example) = DEFAULTS.split_once("# [plugin.NAME]\n").expect("default.toml has an example");
        let (example, _) = example.split_once("# # What the plug-in itself").expect("the example ends");
        let example = example.replace("[plugin.NAME.", "[");
        let uncommented: String = example
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .fold(String::new(), |text, line| text + line + "\n");
        let plugin: PluginSettings = toml::from_str(&uncommented).expect("the example is valid");
        assert_eq!(plugin, PluginSettings::default());
    }

    #[test]
    fn takes_text_as_the_type_that_the_key_has() {
        let text = |text: &str| toml::Value::from(text);
        for (key, given, expected) in [
            ("network.node_id", "12345", text("12345")),
            ("network.node_id", "\"12345\"", text("12345")),
            ("network.app_version", "0.4.2", text("0.4.2")),
            ("network.localnet", "true", true.into()),
            ("network.threads", "4", 4.into()),
            ("network.threads", "four", text("four")),
            (
                "network.magic_bytes",
                "1,2, 3,4",
                toml::Value::Array(vec![1.into(), 2.into(), 3.into(), 4.into()]),
            ),
            ("network.inbound", "tcp://a:1", toml::Value::Array(vec![text("tcp://a:1")])),
            ("network.inbound", "[\"tcp://a:1\"]", toml::Value::Array(vec![text("tcp://a:1")])),
            ("network.inbound", "", toml::Value::Array(vec![])),
            ("plugin.chat.config.limit", "5", 5.into()),
            ("plugin.chat.config.motto", "5 words", text("5 words")),
        ] {
            let path: Vec<&str> = key.split('.').collect();
            assert_eq!(typed(&path, given), expected, "{key}={given}");
        }
    }
}
