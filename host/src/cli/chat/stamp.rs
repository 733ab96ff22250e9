//! Times as people read them, in the time zone of the system.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone. Time enters as milliseconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    zone: TimeZone,
}

impl Clock {
    /// That of the system, or of `TZ`.
    pub(super) fn local() -> Self {
        Self { zone: TimeZone::system() }
    }

    #[cfg(test)]
    pub(super) const fn utc() -> Self {
        Self { zone: TimeZone::UTC }
    }

    /// `14:05`
    pub(super) fn time(&self, milliseconds: u64) -> String {
        self.format("%H:%M", milliseconds)
    }

    /// `Tuesday 5 May 2026`
    pub(super) fn day(&self, milliseconds: u64) -> String {
        self.format("%A %-d %B %Y", milliseconds)
    }

    /// `2026-05-05 14:05:09`
    pub(super) fn full(&self, milliseconds: u64) -> String {
        self.format("%Y-%m-%d %H:%M:%S", milliseconds)
    }

    fn format(&self, format: &str, milliseconds: u64) -> String {
        let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        // A peer's clock may say anything.
        let time = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX);
        time.to_zoned_datetime(self.zone.clone()).strftime(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_any_time() {
        let clock = Clock::utc();
        assert_eq!(clock.time(1_778_076_309_000), "14:05");
        assert_eq!(clock.day(1_778_076_309_000), "Wednesday 6 May 2026");
        assert_eq!(clock.full(1_778_076_309_000), "2026-05-06 14:05:09");
        assert_eq!(clock.full(0), "1970-01-01 00:00:00");
        assert!(clock.full(u64::MAX).starts_with("9999-"));
    }
}
