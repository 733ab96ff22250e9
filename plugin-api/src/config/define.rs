//! The macro that defines a configuration.

/// Defines the type of a plug-in's configuration, for [`Plugin::Config`](crate::Plugin::Config).
///
/// Each field is a key of `[plugin.NAME.config]`, with its documentation, its type, and what it is when it is not given.
/// `#[range(..)]` bounds a number. A field without a default is a table that was defined in the same way. All of it
/// is in the plug-in's manifest, so that `backplane plugin inspect` shows it; unknown keys and values out of range are
/// refused by name.
///
/// ```
/// backplane_plugin::config! {
///     /// `[plugin.rooms.config]`.
///     #[derive(Debug, Clone)]
///     pub struct RoomsConfig {
///         /// How many rooms there may be.
///         #[range(1..=100)]
///         pub max_rooms: u32 = 10,
///         /// The rooms that are there from the start.
///         pub rooms: Vec<String> = &["lobby"],
///         /// What is kept of each.
///         pub history: HistoryConfig,
///     }
/// }
///
/// backplane_plugin::config! {
///     /// `[plugin.rooms.config.history]`.
///     #[derive(Debug, Clone)]
///     pub struct HistoryConfig {
///         /// How many lines.
///         pub lines: usize = 1000,
///     }
/// }
///
/// let config = RoomsConfig::default();
/// assert_eq!((config.max_rooms, config.history.lines), (10, 1000));
/// ```
#[macro_export]
macro_rules! config {
    (@default) => { () };
    (@default $default:expr) => { $default };
    (@range $ty:ty) => { None };
    (@range $ty:ty, $range:expr) => {{
        const RANGE: std::ops::RangeInclusive<<$ty as $crate::config::ConfigValue>::Default> = $range;
        Some(($crate::config::Constant(*RANGE.start()).literal(), $crate::config::Constant(*RANGE.end()).literal()))
    }};
    (@refuses $ty:ty) => { |_: &$ty| None };
    (@refuses $ty:ty, $range:expr) => {
        |value: &$ty| {
            let range: std::ops::RangeInclusive<$ty> = $range;
            let expected = || format!("expected {} to {}, not {value}", range.start(), range.end());
            (!range.contains(value)).then(expected)
        }
    };
    (
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[range($range:expr)])?
                $field_vis:vis $field:ident: $ty:ty $(= $default:expr)?
            ),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        $vis struct $name {
            $($(#[doc = $doc])* $field_vis $field: $ty,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: <$ty as $crate::config::ConfigValue>::from_default(
                        $crate::config!(@default $($default)?)
                    ),)*
                }
            }
        }

        impl $crate::config::ConfigTable for $name {
            const KEYS: &'static [$crate::config::ConfigKey] = &[
                $($crate::config::ConfigKey {
                    name: stringify!($field),
                    doc: &[$($doc),*],
                    schema: <$ty as $crate::config::ConfigValue>::SCHEMA,
                    default: $crate::config::Constant::<<$ty as $crate::config::ConfigValue>::Default>(
                        $crate::config!(@default $($default)?)
                    ).literal(),
                    range: $crate::config!(@range $ty $(, $range)?),
                },)*
            ];

            fn set<'de, A: $crate::serde::de::MapAccess<'de>>(
                &mut self,
                key: &'static str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                $(
                    if key == stringify!($field) {
                        let refuses = $crate::config!(@refuses $ty $(, $range)?);
                        return $crate::config::next(map, &mut self.$field, refuses);
                    }
                )*
                let _ = (key, map);
                Ok(())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::config::deserialize(deserializer)
            }
        }

        impl $crate::config::ConfigValue for $name {
            type Default = ();
            const SCHEMA: $crate::config::Schema =
                $crate::config::Schema::Table(<Self as $crate::config::ConfigTable>::KEYS);

            fn from_default((): ()) -> Self {
                Self::default()
            }
        }

        impl $crate::PluginConfig for $name {
            const SCHEMA: $crate::config::Schema = <Self as $crate::config::ConfigValue>::SCHEMA;
        }
    };
}
