//! Colours that can be read on light and dark backgrounds, and what stands for them where there are none.

use ratatui::style::{Color, Modifier, Style};
use std::ffi::OsString;

/// Of 256 colours those that differ enough from white and from black.
const NAMES: [u8; 12] = [26, 29, 31, 62, 64, 94, 98, 100, 127, 130, 160, 168];
/// The eight colours that are seldom the background's.
const FEW_NAMES: [Color; 4] = [Color::Red, Color::Green, Color::Magenta, Color::Cyan];
const FAINT: u8 = 243;
const ALERT: u8 = 166;
const ACCENT: u8 = 161;

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    None,
    Few,
    Many,
}

impl Palette {
    /// What the environment says of the terminal and of its user.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text =
            |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
        let terminal = text("TERM");
        let few = ["linux", "xterm", "screen", "tmux", "ansi", "rxvt", "cygwin", "cons25"];
        if !text("NO_COLOR").is_empty() || terminal.starts_with("vt") {
            Self::None
        } else if text("COLORTERM").is_empty()
            && (terminal.ends_with("-color") || few.contains(&terminal.as_str()))
        {
            Self::Few
        } else {
            Self::Many
        }
    }

    /// The colour of an author, by the fingerprint: a name does not change it.
    pub(crate) fn author(self, fingerprint: Option<&str>) -> Style {
        let Some(fingerprint) = fingerprint else { return Style::new() };
        let digits: String = fingerprint.chars().filter(char::is_ascii_hexdigit).take(4).collect();
        let number = usize::from_str_radix(&digits, 16).unwrap_or(0);
        match self {
            Self::None => Style::new(),
            Self::Few => coloured(pick(&FEW_NAMES, number).copied().unwrap_or_default()),
            Self::Many => indexed(pick(&NAMES, number).copied().unwrap_or_default()),
        }
    }

    /// What matters less.
    pub(crate) fn faint(self) -> Style {
        match self {
            Self::Many => indexed(FAINT),
            Self::Few | Self::None => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// What is wrong, or missing.
    pub(crate) fn alert(self) -> Style {
        match self {
            Self::Many => indexed(ALERT),
            Self::Few => coloured(Color::Red),
            Self::None => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// What is meant for the user.
    pub(crate) fn accent(self) -> Style {
        match self {
            Self::Many => indexed(ACCENT).add_modifier(Modifier::BOLD),
            Self::Few => coloured(Color::Magenta).add_modifier(Modifier::BOLD),
            Self::None => Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
        }
    }

    /// A bar across the screen, and what is chosen.
    pub(crate) const fn bar() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is new.
    pub(crate) const fn strong() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}

fn pick<T>(items: &[T], number: usize) -> Option<&T> {
    items.get(number % items.len().max(1))
}

const fn indexed(index: u8) -> Style {
    coloured(Color::Indexed(index))
}

const fn coloured(colour: Color) -> Style {
    Style::new().fg(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The luminance of one of the 256 colours that are not the theme's, as the contrast of web pages is measured.
    fn luminance(index: u8) -> f64 {
        let cube = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        let (red, green, blue) = match index {
            16..=231 => {
                let index = index - 16;
                (cube(index / 36), cube(index / 6 % 6), cube(index % 6))
            }
            _ => (8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10),
        };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn colours_can_be_read_on_white_and_on_black() {
        for index in NAMES.into_iter().chain([FAINT, ALERT, ACCENT]) {
            let luminance = luminance(index);
            let (on_white, on_black) = (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05);
            assert!(
                on_white >= 3.0 && on_black >= 3.0,
                "{index}: {on_white:.1} on white, {on_black:.1} on black"
            );
        }
    }

    #[test]
    fn no_colour_is_used_where_none_is_wanted() {
        let palette = |name: &'static str, value: &'static str| {
            Palette::of(move |asked| (asked == name).then(|| value.into()))
        };
        assert_eq!(palette("NO_COLOR", "1"), Palette::None);
        assert_eq!(palette("NO_COLOR", ""), Palette::Many);
        assert_eq!(palette("TERM", "vt100"), Palette::None);
        assert_eq!(palette("TERM", "linux"), Palette::Few);
        assert_eq!(palette("TERM", "tmux-256color"), Palette::Many);
        let none = Palette::None;
        for style in [none.author(Some("1a2b")), none.faint(), none.alert(), none.accent()] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn an_author_has_a_colour_that_goes_with_the_key() {
        let palette = Palette::Many;
        assert_eq!(palette.author(Some("1a2b-1")), palette.author(Some("1a2b-2")));
        assert_ne!(palette.author(Some("1a2b-1")), palette.author(Some("1a2c-1")));
    }
}
