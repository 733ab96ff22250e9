//! What an event of a plug-in may be called, and how large it may be.

use crate::error::PluginError;
use serde::Serialize;

/// How long the name of an event may be, in bytes.
const MAX_NAME: usize = 64;

/// How long the JSON text of an event may be, in bytes.
const MAX_DATA: usize = 256 * 1024;

/// # Errors
///
/// When an event cannot have this name.
pub(crate) fn check_name(event: &str) -> Result<(), PluginError> {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    if event.is_empty() || event.len() > MAX_NAME || !event.bytes().all(fits) {
        let rule = format!("it has 1 to {MAX_NAME} small letters, digits, `_`, `-` and `.`");
        return Err(PluginError::new(format!("{event:?} is no name of an event: {rule}")));
    }
    Ok(())
}

/// The JSON text of an event.
///
/// # Errors
///
/// When there is none, or it is too long.
pub(crate) fn text(event: &str, data: &(impl Serialize + ?Sized)) -> Result<String, PluginError> {
    let text = serde_json::to_string(data)
        .map_err(|error| PluginError::new(format!("the event {event} cannot be written as JSON: {error}")))?;
    if text.len() > MAX_DATA {
        let has = text.len();
        return Err(PluginError::new(format!("the event {event} has {has} bytes, and may have {MAX_DATA}")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_that_are_plain_and_short() {
        for name in ["message", "a", "room.topic-2", &"x".repeat(MAX_NAME)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "Message", "a b", "ä", "a\n", &"x".repeat(MAX_NAME + 1)] {
            let refused = check_name(name).unwrap_err().to_string();
            assert!(refused.contains(&format!("{name:?}")), "{refused}");
        }
    }

    #[test]
    fn refuses_what_is_too_long_or_no_json() {
        assert_eq!(text("e", "hi"), Ok("\"hi\"".to_owned()));
        assert_eq!(text("e", &"x".repeat(MAX_DATA - 2)).map(|text| text.len()), Ok(MAX_DATA));
        let long = text("e", &"x".repeat(MAX_DATA - 1)).unwrap_err();
        assert_eq!(long.to_string(), "the event e has 262145 bytes, and may have 262144");
        let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(text("e", &keys).unwrap_err().to_string().contains("the event e cannot be written"));
    }
}
