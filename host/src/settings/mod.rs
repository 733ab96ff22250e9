//! What the operator decided: the typed settings of a node.
//!
//! They come in layers, and the later one wins, key by key:
//!
//! 1. `config/default.toml`, compiled in, which has every key
//! 2. the files given with `--config`, in their order
//! 3. environment variables: `BACKPLANE__NETWORK__INBOUND` is `network.inbound`
//! 4. `--set key=value`
//!
//! Each layer is merged and read in turn, so that a key that is unknown or of the wrong type is blamed on the
//! layer that brought it. What depends on several keys is checked at the end, on the whole.
//!
//! ```text
//! layer -> reader (faults) -> sections -> check -> Loaded -> change (rules) -> LiveSettings
//! ```
//!
//! The last two steps are those of a reload: what changes, and what waits for a restart, is in one table in `rules`.

mod blacklist;
mod change;
mod check;
mod error;
mod fault;
mod finding;
mod http;
mod layer;
mod limits;
mod live;
mod loaded;
mod plugin;
mod plugins;
mod reader;
mod rules;
mod schemes;
mod sections;
mod sources;
mod text;
mod trusted_key;

pub use blacklist::Blocked;
pub use change::{Change, Waiting};
pub use error::SettingsError;
pub use http::HttpSettings;
pub use limits::LimitsSettings;
pub use live::LiveSettings;
pub use loaded::{Loaded, Row, load};
pub use plugin::{PluginLimits, PluginSettings, RestartSettings};
pub use plugins::{PluginPolicy, PluginsSettings};
pub use sections::{
    BanPolicy, LogFormat, LogSettings, NetworkSettings, NodeSettings, Profile, Profiles, RpcSettings,
    Settings,
};
pub use sources::Sources;
pub use trusted_key::{KeyId, TrustedKey, TrustedKeyError};
