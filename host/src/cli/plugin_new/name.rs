//! The name of a new plug-in, and what follows from it.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fmt;
use std::str::FromStr;

/// The longest name: it stands in messages, methods and paths.
const MOST_BYTES: usize = 40;

/// A name that makes a package and a crate: lower-case letters, digits and single hyphens, a letter first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PluginName(String);

/// The name is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name for a plug-in: up to {MOST_BYTES} lower-case letters, digits and single hyphens between them, \
     a letter first"
)]
pub(super) struct NoName(String);

impl FromStr for PluginName {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        // The package begins with it in any case, and the plug-in's name does not.
        let name = text.strip_prefix("backplane-").unwrap_or(text);
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        if begins && name.len() <= MOST_BYTES && name.split('-').all(is_word) {
            Ok(Self(name.to_owned()))
        } else {
            Err(NoName(text.to_owned()))
        }
    }
}

impl PluginName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As in the name of the crate.
    pub(super) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The file that cargo makes of it.
    pub(super) fn library(&self) -> String {
        format!("{DLL_PREFIX}backplane_{}{DLL_SUFFIX}", self.snake())
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_crate_and_file() {
        let name: PluginName = "chat-room-2".parse().unwrap();
        assert_eq!(name.snake(), "chat_room_2");
        assert!(name.library().contains("backplane_chat_room_2."));
        assert_eq!("backplane-weather".parse(), "weather".parse::<PluginName>());
    }

    #[test]
    fn what_makes_no_crate_is_no_name() {
        let long = "a".repeat(41);
        for text in
            ["", "-", "a-", "-a", "a--b", "2a", "A", "a b", "a/b", "..", "ä", "a_b", "backplane-", &long]
        {
            assert_eq!(text.parse::<PluginName>(), Err(NoName(text.to_owned())));
        }
    }
}
