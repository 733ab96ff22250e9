//! Writes JSON while the plug-in is compiled.

/// JSON text that grows, or, with `N` = 0, only its length.
pub(crate) struct Writer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Writer<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// How many bytes have been written.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// What was written: exactly `N` bytes.
    pub(crate) const fn finish(self) -> [u8; N] {
        assert!(self.len == N, "the room is as much as was counted");
        self.bytes
    }

    /// Bytes as they are. None are kept beyond the room that there is.
    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        if let Some((_, rest)) = self.bytes.split_at_mut_checked(self.len)
            && let Some((room, _)) = rest.split_at_mut_checked(bytes.len())
        {
            room.copy_from_slice(bytes);
        }
        self.len += bytes.len();
    }

    /// Text as it is.
    pub(crate) const fn raw(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A comma, unless it is for the first of several.
    pub(crate) const fn comma(&mut self, at: usize) {
        if at > 0 {
            self.raw(",");
        }
    }

    /// A member's key, with what separates it from the one before and from its value.
    pub(crate) const fn key(&mut self, at: usize, name: &str) {
        self.comma(at);
        self.string(name);
        self.raw(":");
    }

    /// A string.
    pub(crate) const fn string(&mut self, text: &str) {
        self.raw("\"");
        self.escaped(text);
        self.raw("\"");
    }

    /// The inside of a string.
    pub(crate) const fn escaped(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        while at < bytes.len() {
            if needs_escape(bytes[at]) {
                self.bytes(bytes.split_at(at).0.split_at(from).1);
                self.escape(bytes[at]);
                from = at + 1;
            }
            at += 1;
        }
        self.bytes(bytes.split_at(from).1);
    }

    const fn escape(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'"' => self.raw("\\\""),
            b'\\' => self.raw("\\\\"),
            b'\n' => self.raw("\\n"),
            _ => {
                self.raw("\\u00");
                self.bytes(&[HEX[(byte >> 4) as usize], HEX[(byte & 15) as usize]]);
            }
        }
    }

    /// A whole number.
    pub(crate) const fn integer(&mut self, number: i128) {
        if number < 0 {
            self.raw("-");
        }
        self.digits(number.unsigned_abs());
    }

    const fn digits(&mut self, number: u128) {
        const DIGITS: &[u8; 10] = b"0123456789";
        if number >= 10 {
            self.digits(number / 10);
        }
        self.bytes(&[DIGITS[(number % 10) as usize]]);
    }

    /// A number with at most fifteen digits behind the point.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast that loses something is found by casting back"
    )]
    #[expect(clippy::panic, reason = "it is the compiler who panics")]
    pub(crate) const fn number(&mut self, number: f64) {
        let (mut scale, mut places): (u64, u32) = (1, 0);
        while places <= 15 {
            let scaled = number * scale as f64;
            // To the nearest: what is not exact in base two would else be cut to the number below.
            let whole = (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i64;
            if whole as f64 / scale as f64 == number {
                return self.decimal(whole, scale, places);
            }
            scale *= 10;
            places += 1;
        }
        panic!(
            "a number in the configuration needs more than fifteen digits behind the point, or is too large"
        );
    }

    /// `whole / scale`, where `scale` has so many zeros.
    const fn decimal(&mut self, whole: i64, scale: u64, places: u32) {
        if whole < 0 {
            self.raw("-");
        }
        let whole = whole.unsigned_abs();
        self.digits((whole / scale) as u128);
        if places > 0 {
            self.raw(".");
            let (mut rest, mut place) = (whole % scale, scale / 10);
            while place > 0 {
                self.digits((rest / place) as u128);
                rest %= place;
                place /= 10;
            }
        }
    }
}

const fn needs_escape(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn written<const N: usize>(write: impl Fn(&mut Writer<N>)) -> Writer<N> {
        let mut writer = Writer::new();
        write(&mut writer);
        writer
    }

    #[test]
    fn strings_come_back_as_they_were() {
        for text in ["", "plain", "\"quoted\" \\ back", "two\nlines\t\u{1}\u{7f}", "Grüße, 世界"] {
            let counted = written::<0>(|out| out.string(text)).len();
            let writer = written::<100>(|out| out.string(text));
            assert_eq!(writer.len(), counted, "{text:?}");
            let json = &writer.bytes[..counted];
            assert_eq!(serde_json::from_slice::<Value>(json).unwrap(), *text, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_have_all_their_digits() {
        for number in [0, 7, 10, -1, i128::from(u64::MAX), i128::from(i64::MIN)] {
            let writer = written::<100>(|out| out.integer(number));
            assert_eq!(std::str::from_utf8(&writer.bytes[..writer.len()]).unwrap(), number.to_string());
        }
    }

    #[test]
    fn decimal_numbers_come_back_as_they_were() {
        for number in [0.0, 0.5, -0.1, 1.25, 1e-9, 123_456.789, 3.0, 1e15] {
            let writer = written::<100>(|out| out.number(number));
            let json = &writer.bytes[..writer.len()];
            assert_eq!(serde_json::from_slice::<f64>(json).unwrap(), number);
        }
    }

    #[test]
    #[should_panic(expected = "more than fifteen digits")]
    fn a_number_that_cannot_be_written_is_refused() {
        written::<100>(|out| out.number(1e-20));
    }

    #[test]
    #[should_panic(expected = "as much as was counted")]
    fn text_that_does_not_fill_its_room_is_not_given_out() {
        written::<3>(|out| out.raw("four")).finish();
    }
}
