//! How long turns have taken, from looks at the slots: a plain function of readings and time.

use crate::marks::{Generation, Reading};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// The most that one look adds to a turn: a process that was stopped, or had no processor, did not let its plug-ins work.
const LONGEST_STEP: Duration = Duration::from_secs(1);
/// The time between two lines about slow turns of one instance.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

/// How long a turn of an instance may take.
#[derive(Debug, Clone, Copy)]
pub(in crate::plugin) struct Terms {
    /// A longer one is told of; 0 is any time.
    pub(in crate::plugin) warn_after: Duration,
    /// A longer one does not return; 0 is any time.
    pub(in crate::plugin) hang_after: Duration,
}

/// A turn that takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) reading: Reading,
    pub(super) lasted: Duration,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is slow, as so many others were since the last one that was told of.
    Slow { unsaid: u32 },
    /// It is taken for one that does not return.
    Hung,
}

/// What the looks so far have seen.
#[derive(Debug, Default)]
pub(super) struct Scan {
    last: Option<Instant>,
    /// By slot.
    turns: HashMap<usize, Turn>,
    said: HashMap<Generation, Said>,
}

/// A turn that was under way at the last look.
#[derive(Debug, Clone, Copy)]
struct Turn {
    number: u64,
    generation: Generation,
    lasted: Duration,
    is_slow: bool,
    is_hung: bool,
}

/// What was told of an instance.
#[derive(Debug, Clone, Copy)]
struct Said {
    at: Instant,
    unsaid: u32,
}

impl Scan {
    /// Takes what the slots say now: the turns that are too long since this look. What is not watched has no terms.
    pub(super) fn look(
        &mut self,
        readings: &[Reading],
        now: Instant,
        terms: impl Fn(Generation) -> Option<Terms>,
    ) -> Vec<Finding> {
        let step = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        let goes_on = |slot: usize, turn: &Turn| {
            let is_same = |reading: &Reading| {
                (reading.slot, reading.turn, reading.generation) == (slot, turn.number, turn.generation)
            };
            readings.iter().any(is_same)
        };
        self.turns.retain(|slot, turn| {
            turn.lasted += step.min(LONGEST_STEP);
            goes_on(*slot, turn)
        });
        // What is known of an instance goes with it.
        self.said.retain(|generation, _| terms(*generation).is_some());
        let watched = readings.iter().filter_map(|reading| Some((reading, terms(reading.generation)?)));
        watched.filter_map(|(reading, terms)| self.judge(*reading, terms, now)).collect()
    }

    fn judge(&mut self, reading: Reading, terms: Terms, now: Instant) -> Option<Finding> {
        let turn = self.turns.entry(reading.slot).or_insert_with(|| Turn::new(&reading));
        let lasted = turn.lasted;
        let is_over = |limit: Duration| !limit.is_zero() && lasted >= limit;
        if is_over(terms.hang_after) && !turn.is_hung {
            (turn.is_slow, turn.is_hung) = (true, true);
            return Some(Finding { reading, lasted, kind: Kind::Hung });
        }
        if !is_over(terms.warn_after) || turn.is_slow {
            return None;
        }
        turn.is_slow = true;
        let unsaid = self.say(reading.generation, now)?;
        Some(Finding { reading, lasted, kind: Kind::Slow { unsaid } })
    }

    /// How many slow turns of an instance were passed over, if there may be a line about it again.
    fn say(&mut self, generation: Generation, now: Instant) -> Option<u32> {
        let Some(said) = self.said.get_mut(&generation) else {
            self.said.insert(generation, Said { at: now, unsaid: 0 });
            return Some(0);
        };
        if now.duration_since(said.at) < BETWEEN_LINES {
            said.unsaid = said.unsaid.saturating_add(1);
            return None;
        }
        said.at = now;
        Some(std::mem::take(&mut said.unsaid))
    }
}

impl Turn {
    const fn new(reading: &Reading) -> Self {
        Self {
            number: reading.turn,
            generation: reading.generation,
            lasted: Duration::ZERO,
            is_slow: false,
            is_hung: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const TERMS: Terms = Terms { warn_after: ms(100), hang_after: ms(5000) };

    const fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    /// Looks at given times, in milliseconds, each with the turns that are under way by slot and number.
    fn findings(terms: Option<Terms>, looks: &[(u64, &[(usize, u64)])]) -> Vec<(u64, usize, Kind)> {
        let (start, generation, mut scan) = (clock::now(), Generation::next(), Scan::default());
        let look = |(at, turns): &(u64, &[(usize, u64)])| {
            let readings: Vec<_> =
                turns.iter().map(|(slot, turn)| Reading::of(*slot, *turn, generation)).collect();
            let found = scan.look(&readings, start + ms(*at), |of| terms.filter(|_| of == generation));
            found.into_iter().map(|found| (*at, found.reading.slot, found.kind)).collect::<Vec<_>>()
        };
        looks.iter().flat_map(look).collect()
    }

    const SLOW: Kind = Kind::Slow { unsaid: 0 };

    #[test]
    fn a_long_turn_is_told_of_once_and_hangs_once() {
        let turn: &[(usize, u64)] = &[(3, 1)];
        let looks: Vec<_> = (0..200).map(|look| (look * 50, turn)).collect();
        assert_eq!(findings(Some(TERMS), &looks), [(100, 3, SLOW), (5000, 3, Kind::Hung)]);
        assert_eq!(findings(None, &looks), [], "nobody's");
        let never = Terms { warn_after: ms(0), hang_after: ms(0) };
        assert_eq!(findings(Some(never), &looks), []);
    }

    #[test]
    fn many_short_turns_are_none_that_is_long() {
        let looks: Vec<_> = (0..200).map(|look| (look * 50, vec![(3, look)])).collect();
        let looks: Vec<_> = looks.iter().map(|(at, turns)| (*at, turns.as_slice())).collect();
        assert_eq!(findings(Some(TERMS), &looks), []);
        // Nor is one that had ended in between.
        let paused: &[(u64, &[(usize, u64)])] =
            &[(0, &[(3, 1)]), (90, &[(3, 1)]), (95, &[]), (180, &[(3, 2)])];
        assert_eq!(findings(Some(TERMS), paused), []);
    }

    #[test]
    fn slow_turns_in_quick_succession_make_one_line_with_their_number() {
        let looks: &[(u64, &[(usize, u64)])] = &[
            (0, &[(1, 1), (2, 1), (3, 1)]),
            (100, &[(1, 1), (2, 1), (3, 1)]),
            (500, &[(1, 2)]),
            (600, &[(1, 2)]),
            (1100, &[(1, 3)]),
            (1300, &[(1, 3)]),
            (3000, &[(1, 4)]),
            (3200, &[(1, 4)]),
        ];
        let expected = [(100, 1, SLOW), (1300, 1, Kind::Slow { unsaid: 3 }), (3200, 1, SLOW)];
        assert_eq!(findings(Some(TERMS), looks), expected);
    }

    #[test]
    fn time_in_which_the_process_was_stopped_does_not_count() {
        let turn: &[(usize, u64)] = &[(3, 1)];
        let looks = [(0, turn), (50, turn), (3_600_050, turn), (3_600_100, turn)];
        assert_eq!(findings(Some(TERMS), &looks), [(3_600_050, 3, SLOW)], "it is slow at most");
    }
}
