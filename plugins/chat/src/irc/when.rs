//! Times as IRC writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last moment that can be written, the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;

/// Milliseconds since 1970 as `2025-11-30T12:34:56.789Z`.
pub(crate) fn iso(ms: u64) -> String {
    humantime::format_rfc3339_millis(moment(ms)).to_string()
}

/// Milliseconds since 1970 as `2025-11-30 12:34Z`, for clients that show no times.
pub(crate) fn short(ms: u64) -> String {
    let text = iso(ms);
    let minute = text.get(..16).unwrap_or(&text);
    format!("{}Z", minute.replace('T', " "))
}

/// Milliseconds since 1970 of a time that [`iso`] could have written.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let moment = humantime::parse_rfc3339_weak(text).ok()?;
    let since = moment.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

fn moment(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.min(LAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(iso(1_764_506_096_789), "2025-11-30T12:34:56.789Z");
        assert_eq!(short(1_764_506_096_789), "2025-11-30 12:34Z");
        assert_eq!(parse("2025-11-30T12:34:56.789Z"), Some(1_764_506_096_789));
        assert_eq!(parse("2025-11-30T12:34:56Z"), Some(1_764_506_096_000));
        for wrong in ["", "*", "yesterday", "1969-01-01T00:00:00Z", "2025-13-01T00:00:00Z"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn no_time_of_a_peer_is_too_large() {
        assert_eq!(iso(u64::MAX), "9999-12-31T23:59:59.999Z");
    }
}
