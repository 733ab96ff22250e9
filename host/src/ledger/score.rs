//! A number of points of which half is gone after a while.

use std::time::Duration;
use tokio::time::Instant;

/// Points of which half is gone after each half-life. A plain function of time and points.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Score {
    points: f64,
    /// When `points` was right.
    at: Option<Instant>,
}

impl Score {
    /// How many points are left at `now`.
    pub(super) fn at(&self, now: Instant, half_life: Duration) -> f64 {
        self.at.map_or(0.0, |at| left(self.points, now.saturating_duration_since(at), half_life))
    }

    /// When points were added last.
    pub(super) const fn last(&self) -> Option<Instant> {
        self.at
    }

    /// Adds points: how many there are then.
    pub(super) fn add(&mut self, points: f64, now: Instant, half_life: Duration) -> f64 {
        *self = Self { points: self.at(now, half_life) + points, at: Some(now) };
        self.points
    }

    /// How long it takes until fewer than `points` are left.
    pub(super) fn below(&self, points: f64, now: Instant, half_life: Duration) -> Duration {
        let halvings = (self.at(now, half_life) / points).log2();
        if halvings.is_finite() && halvings > 0.0 { half_life.mul_f64(halvings) } else { Duration::ZERO }
    }
}

/// What is left of `points` after a time.
pub(super) fn left(points: f64, time: Duration, half_life: Duration) -> f64 {
    points * 0.5_f64.powf(time.as_secs_f64() / half_life.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn half_is_gone_after_each_half_life() {
        let (start, half_life) = (clock::now(), Duration::from_secs(600));
        let mut score = Score::default();
        assert!(score.at(start, half_life) == 0.0);
        score.add(80.0, start, half_life);
        for (seconds, expected) in [(0, 80.0), (600, 40.0), (1200, 20.0), (300, 56.57)] {
            let found = score.at(start + Duration::from_secs(seconds), half_life);
            assert!((found - expected).abs() < 0.01, "{found} after {seconds} s");
        }
        let sum = score.add(10.0, start + half_life, half_life);
        assert!((sum - 50.0).abs() < 0.01, "{sum}");
    }

    #[test]
    fn tells_when_it_is_over() {
        let (start, half_life) = (clock::now(), Duration::from_secs(600));
        let mut score = Score::default();
        assert_eq!(score.below(1.0, start, half_life), Duration::ZERO);
        score.add(8.0, start, half_life);
        assert_eq!(score.below(1.0, start, half_life).as_secs(), 1800);
        assert_eq!(score.below(9.0, start, half_life), Duration::ZERO);
    }
}
