//! The configuration, `[plugin.chat.config]`.

use backplane_plugin::config;
use std::ops::RangeInclusive;

/// For how many days a room may be told to keep its messages.
pub(crate) const KEEP_DAYS: RangeInclusive<u32> = 1..=36_500;
/// How many bytes of messages a room may be told to keep.
pub(crate) const KEEP_BYTES: RangeInclusive<u64> = 65_536..=1_099_511_627_776;

config! {
    /// `[plugin.chat.config]`.
    #[derive(Debug, Clone)]
    pub struct ChatConfig {
        /// How many received lines of dchat `chat.recv` remembers; the oldest go first.
        pub inbox_messages: usize = 10_000,
        /// How many bytes of received lines of dchat it remembers.
        pub inbox_bytes: usize = 4 * 1024 * 1024,
        /// The name that messages carry until `chat.name` gives another one; empty for `anon-` and four digits of the key.
        pub name: String = "",
        /// The public rooms that are joined at the first start.
        pub rooms: Vec<String> = &["#lobby"],
        /// Whether others are told what has been read.
        pub receipts: bool = true,
        /// How many days a room's messages are kept, unless `chat.keep` says otherwise of it.
        #[range(KEEP_DAYS)]
        pub room_days: u32 = 90,
        /// How many bytes of messages a room keeps, unless `chat.keep` says otherwise of it; the oldest go first.
        #[range(KEEP_BYTES)]
        pub room_bytes: u64 = 64 * 1024 * 1024,
        /// Where IRC clients are served, such as `tcp://127.0.0.1:6667`; empty for nowhere.
        pub irc_listen: String = "",
        /// The password of IRC clients; empty for none.
        pub irc_password: String = "",
        /// Whether messages of rooms that are not joined are passed on.
        pub relay: bool = true,
    }
}
