//! What lies around the manifest's text in the library's file.

/// The section of an ELF file.
pub const SECTION: &str = ".backplane.manifest";

/// The section of a Mach-O file, in the segment `__DATA`.
pub const MACHO_SECTION: &str = "__backplane";

/// The largest manifest, in bytes, with what lies around it.
pub const MAX_BYTES: usize = 256 * 1024;

/// The first bytes.
const MAGIC: [u8; 8] = *b"bp-plug\0";

/// The version of the format: another one is read in another way.
const FORMAT: u32 = 1;

/// Bytes before the text: the magic, the format, the text's length; numbers in little endian.
pub(super) const HEADER: usize = MAGIC.len() + 8;

/// What comes before a text of `len` bytes.
#[expect(clippy::cast_possible_truncation, reason = "the largest manifest is far below")]
pub(super) const fn header(len: usize) -> [u8; HEADER] {
    assert!(len <= MAX_BYTES, "the manifest is too large: fewer protocols, messages or keys");
    let mut header = [0; HEADER];
    let (magic, rest) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    let (format, length) = rest.split_at_mut(4);
    format.copy_from_slice(&FORMAT.to_le_bytes());
    length.copy_from_slice(&(len as u32).to_le_bytes());
    header
}

/// The text in a section's bytes.
///
/// # Errors
///
/// [`SectionError`]: what the bytes are instead.
pub fn text_of(section: &[u8]) -> Result<&str, SectionError> {
    let (magic, rest) = section.split_first_chunk().ok_or(SectionError::Short { bytes: section.len() })?;
    if *magic != MAGIC {
        return Err(SectionError::Magic);
    }
    let (format, rest) = number(rest).ok_or(SectionError::Short { bytes: section.len() })?;
    if format != FORMAT {
        return Err(SectionError::Format { theirs: format });
    }
    let (len, text) = number(rest).ok_or(SectionError::Short { bytes: section.len() })?;
    if usize::try_from(len) != Ok(text.len()) {
        return Err(SectionError::Length { said: len, found: text.len() });
    }
    std::str::from_utf8(text).map_err(|_| SectionError::NoText)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// Why a section is no manifest that this crate can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// It ends before the text begins.
    #[error("its {bytes} bytes are too few")]
    Short {
        /// How many there are.
        bytes: usize,
    },
    /// It begins with something else.
    #[error("it does not begin as one")]
    Magic,
    /// It has another format.
    #[error(
        "it has format {theirs}, this host reads format {FORMAT}: rebuild the plug-in, or use a newer host"
    )]
    Format {
        /// Its format.
        theirs: u32,
    },
    /// It is not as long as it says.
    #[error(
        "it says that it has {said} bytes and has {found}: more than one plug-in in a file, or a damaged one"
    )]
    Length {
        /// What it says.
        said: u32,
        /// What it has.
        found: usize,
    },
    /// It is not text.
    #[error("it is not text")]
    NoText,
    /// The text does not say what a manifest says.
    #[error("{0}")]
    Content(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &[u8]) -> Vec<u8> {
        [&header(text.len())[..], text].concat()
    }

    #[test]
    fn a_text_comes_back_as_it_was() {
        for text in ["", "{}", "Grüße"] {
            assert_eq!(text_of(&section(text.as_bytes())), Ok(text));
        }
    }

    #[test]
    fn what_is_no_section_is_refused_for_what_it_is() {
        let sound = section(b"{}");
        let with = |at: usize, byte: u8| {
            let mut bytes = sound.clone();
            bytes[at] = byte;
            bytes
        };
        let twice = [&sound[..], &sound].concat();
        for (bytes, error) in [
            (Vec::new(), SectionError::Short { bytes: 0 }),
            (sound[..15].to_vec(), SectionError::Short { bytes: 15 }),
            (with(0, b'B'), SectionError::Magic),
            (with(8, 2), SectionError::Format { theirs: 2 }),
            (with(12, 3), SectionError::Length { said: 3, found: 2 }),
            (twice, SectionError::Length { said: 2, found: 20 }),
            (section(&[0xff]), SectionError::NoText),
        ] {
            assert_eq!(text_of(&bytes), Err(error));
        }
    }
}
