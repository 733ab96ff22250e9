//! How cost grows: the same work with more channels, subscriptions and message types beside it.
//!
//! The cases of one table take turns, as the node and its baseline do elsewhere; each is held against the first.

mod channels;
mod messages;
mod row;

use crate::Scale;
use crate::child::Failure;
use crate::table::Side;
use row::GrowthRow;
pub(crate) use row::HEADER;

/// Measures the cases of one name.
pub(crate) type Measure = fn(&str, Scale) -> Result<Vec<GrowthRow>, Failure>;

/// All names, in the order of the table.
pub(crate) fn all() -> Vec<(&'static str, Measure)> {
    vec![
        ("one-way 16 B beside idle channels", channels::idle),
        ("16 B on all channels, others busy", channels::busy),
        ("one-way 16 B to subscriptions", messages::subscriptions),
        ("16 B singly, types in turn", messages::in_turn),
        ("16 B singly, last of types", messages::last),
        ("send and receive singly, 16 B", |name, scale| messages::singly(name, scale, 16, 4_000_000)),
        ("send and receive singly, 1 KiB", |name, scale| messages::singly(name, scale, 1024, 2_000_000)),
    ]
}

/// Runs all cases in turn, and again; the first round is not counted.
fn take_turns<C>(
    cases: &mut [C],
    scale: Scale,
    run: impl Fn(&mut C, &mut Side) -> Result<(), Failure>,
) -> Result<Vec<Side>, Failure> {
    let mut sides: Vec<Side> = cases.iter().map(|_| Side::default()).collect();
    for round in 0..=scale.repetitions {
        for (case, side) in cases.iter_mut().zip(&mut sides) {
            run(case, side)?;
            if round == 0 {
                *side = Side::default();
            }
        }
    }
    Ok(sides)
}

/// The rows of cases of which each is held against the first. `numbers` says how many of what each has.
fn rows(name: &str, numbers: &[u64], sides: &[Side]) -> Vec<GrowthRow> {
    let Some(first) = sides.first() else { return Vec::new() };
    numbers.iter().zip(sides).map(|(number, side)| GrowthRow::new(name, *number, side, first)).collect()
}
