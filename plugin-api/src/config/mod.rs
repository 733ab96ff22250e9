//! The configuration of a plug-in: one definition gives the type, its defaults, its checks and its description.

mod define;
mod read;
mod value;

pub use read::{ConfigTable, deserialize, next};
pub use value::{ConfigValue, Constant};

use serde::de::DeserializeOwned;

/// What `[plugin.NAME.config]` is read into.
///
/// [`config!`](crate::config!) implements it, and describes every key in the manifest. A type with a `Deserialize` of
/// its own, say with an `enum` in it, takes one line, and is left undescribed:
///
/// ```
/// # use backplane_plugin::PluginConfig;
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields, default)]
/// struct RoomConfig {
///     mode: Mode,
/// }
///
/// impl PluginConfig for RoomConfig {}
/// # #[derive(serde::Deserialize)] enum Mode { Open }
/// # impl Default for RoomConfig { fn default() -> Self { Self { mode: Mode::Open } } }
/// ```
pub trait PluginConfig: DeserializeOwned {
    /// What is accepted. Nobody checks a type of one's own against it, so leave it unless it is certain.
    const SCHEMA: Schema = Schema::Any;
}

/// Which values a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schema {
    /// Whatever the type takes.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number within these bounds, both of them included.
    Integer {
        /// The least.
        min: i128,
        /// The greatest.
        max: i128,
    },
    /// A number.
    Number,
    /// A text.
    Text,
    /// A value, or none.
    Optional(&'static Self),
    /// Any number of values.
    List(&'static Self),
    /// Keys with values.
    Table(&'static [ConfigKey]),
}

/// One key of a configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfigKey {
    /// Its name.
    pub name: &'static str,
    /// The lines of its documentation.
    pub doc: &'static [&'static str],
    /// Which values it takes, whatever its range.
    pub schema: Schema,
    /// What it is when it is not given.
    pub default: Literal,
    /// The least and the greatest value.
    pub range: Option<(Literal, Literal)>,
}

/// A value that is known when the plug-in is compiled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// That of a table: each of its keys has its own.
    Table,
    /// No value.
    Nothing,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A number.
    Number(f64),
    /// A text.
    Text(&'static str),
    /// Texts.
    Texts(&'static [&'static str]),
    /// Whole numbers.
    Signed(&'static [i64]),
    /// Whole numbers that are not negative.
    Unsigned(&'static [u64]),
}

impl ConfigKey {
    /// Whether the default is within the range.
    pub(crate) const fn is_sound(&self) -> bool {
        match (self.range, self.default) {
            (None, _) => true,
            (Some((Literal::Integer(min), Literal::Integer(max))), Literal::Integer(default)) => {
                min <= default && default <= max
            }
            (Some((Literal::Number(min), Literal::Number(max))), Literal::Number(default)) => {
                min <= default && default <= max
            }
            (Some(_), _) => false,
        }
    }
}
