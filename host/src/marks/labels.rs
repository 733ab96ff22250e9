//! Texts as numbers: each is written into the table once.

use super::place;
use super::table::{LABELS, TEXT_BYTES};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a text is made of: plug-in, version, protocol and what is done, or a command alone.
const PARTS: usize = 4;
/// The longest part, in bytes: all of them fit, with what is between them.
const PART_BYTES: usize = (TEXT_BYTES - (PARTS - 1)) / PARTS;
const BETWEEN: char = '\0';

/// The number of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(u32);

static KNOWN: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

impl Label {
    /// No text.
    pub const NONE: Self = Self(0);

    /// The label of a command.
    #[must_use]
    pub fn of_command(name: &str) -> Self {
        Self::of(&[name]).unwrap_or(Self::NONE)
    }

    /// The label of a text; `None` when there are too many.
    pub(super) fn of(parts: &[&str]) -> Option<Self> {
        let text = join(parts);
        let mut known = KNOWN.lock();
        if let Some(label) = known.get(&text) {
            return Some(Self(*label));
        }
        // 0 is no text.
        let label = u32::try_from(known.len() + 1).ok()?;
        if known.len() + 1 >= LABELS {
            return None;
        }
        place::current().write_label(label, &text);
        known.insert(text, label);
        Some(Self(label))
    }

    pub(super) const fn from_number(number: u32) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

fn join(parts: &[&str]) -> String {
    let mut text = String::new();
    for (number, part) in parts.iter().take(PARTS).enumerate() {
        if number > 0 {
            text.push(BETWEEN);
        }
        text.push_str(clip(part));
    }
    text
}

/// As much of a part as has room.
fn clip(part: &str) -> &str {
    let end = (0..=PART_BYTES.min(part.len())).rev().find(|end| part.is_char_boundary(*end));
    end.and_then(|end| part.get(..end)).unwrap_or_default()
}

/// The parts of a text; those that it does not have are empty.
pub(super) fn split(text: &str) -> [String; PARTS] {
    let mut parts = text.split(BETWEEN).map(ToOwned::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
