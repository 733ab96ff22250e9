//! The types of values that a configuration is made of.

use super::{Literal, Schema};
use serde::de::DeserializeOwned;

/// A type that a key of a [`config!`](crate::config!) may have: numbers, `bool`, `String`, tables made by the same macro,
/// and `Option` and `Vec` of them.
pub trait ConfigValue: DeserializeOwned {
    /// How its default is written down: `&'static str` for a `String`.
    type Default: Copy + 'static;

    /// Which values it takes.
    const SCHEMA: Schema;

    /// The value for a default.
    fn from_default(default: Self::Default) -> Self;
}

/// A default as the macro has it before it knows what it is.
#[derive(Debug, Clone, Copy)]
pub struct Constant<T>(
    /// The default.
    pub T,
);

macro_rules! constants {
    ($($constant:ty: $default:ident => $literal:expr),* $(,)?) => {
        $(
            impl Constant<$constant> {
                /// The literal that the manifest has.
                #[must_use]
                pub const fn literal(self) -> Literal {
                    let $default = self.0;
                    $literal
                }
            }
        )*
    };
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(
            impl ConfigValue for $integer {
                type Default = Self;
                const SCHEMA: Schema = Schema::Integer { min: Self::MIN as i128, max: Self::MAX as i128 };

                fn from_default(default: Self) -> Self {
                    default
                }
            }

            constants! {
                $integer: number => Literal::Integer(number as i128),
                Option<$integer>: number => match number {
                    Some(number) => Literal::Integer(number as i128),
                    None => Literal::Nothing,
                },
            }
        )*
    };
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

constants! {
    (): _nothing => Literal::Table,
    bool: flag => Literal::Boolean(flag),
    f64: number => Literal::Number(number),
    &'static str: text => Literal::Text(text),
    &'static [&'static str]: texts => Literal::Texts(texts),
    &'static [i64]: numbers => Literal::Signed(numbers),
    &'static [u64]: numbers => Literal::Unsigned(numbers),
    Option<bool>: flag => match flag {
        Some(flag) => Literal::Boolean(flag),
        None => Literal::Nothing,
    },
    Option<f64>: number => match number {
        Some(number) => Literal::Number(number),
        None => Literal::Nothing,
    },
    Option<&'static str>: text => match text {
        Some(text) => Literal::Text(text),
        None => Literal::Nothing,
    },
}

impl ConfigValue for bool {
    type Default = Self;
    const SCHEMA: Schema = Schema::Boolean;

    fn from_default(default: Self) -> Self {
        default
    }
}

impl ConfigValue for f64 {
    type Default = Self;
    const SCHEMA: Schema = Schema::Number;

    fn from_default(default: Self) -> Self {
        default
    }
}

impl ConfigValue for String {
    type Default = &'static str;
    const SCHEMA: Schema = Schema::Text;

    fn from_default(default: &'static str) -> Self {
        default.to_owned()
    }
}

impl<T: ConfigValue> ConfigValue for Option<T> {
    type Default = Option<T::Default>;
    const SCHEMA: Schema = Schema::Optional(&T::SCHEMA);

    fn from_default(default: Option<T::Default>) -> Self {
        default.map(T::from_default)
    }
}

impl<T: ConfigValue> ConfigValue for Vec<T> {
    type Default = &'static [T::Default];
    const SCHEMA: Schema = Schema::List(&T::SCHEMA);

    fn from_default(default: &'static [T::Default]) -> Self {
        default.iter().copied().map(T::from_default).collect()
    }
}
