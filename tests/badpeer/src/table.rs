//! The rows of the scorecard.

use crate::attack::{Attack, Script};
use crate::stage::Outcome;
use serde::Serialize;
use std::fmt;

/// One attack, and what became of everybody.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The attack's name.
    pub attack: String,
    /// How attacker and victim met.
    pub role: &'static str,
    /// What the attacker did.
    pub does: &'static str,
    /// What the victim did with it.
    pub answer: String,
    /// The honest channels before the attack.
    pub slots: usize,
    /// How many of them were left after it.
    pub slots_kept: usize,
    /// The honest lines said, each counted for every node that had to hear it.
    pub said: u64,
    /// How many of them were heard in their turn.
    pub heard: u64,
    /// How long a round of honest lines took under attack, over how long it took before.
    pub slowdown: f64,
    /// What is not as it has to be.
    pub faults: Vec<String>,
}

/// Above the rows.
pub const HEADER: &str = "\
| attack | role | slots kept | lines heard / said | slow-down | the node's answer |
|---|---|--:|--:|--:|---|";

impl Row {
    /// The row of an attack that ended so.
    #[must_use]
    pub fn new(attack: &Attack, outcome: &Outcome) -> Self {
        let (slots, slots_kept) = outcome.slots;
        let mut faults = outcome.evidence.faults(attack.answer);
        faults.extend(outcome.peak.excess());
        if slots_kept < slots {
            faults.push(format!("{slots_kept} of {slots} honest channels are left"));
        }
        if outcome.tally.heard != outcome.tally.said {
            faults.push(format!("{} of {} lines were heard", outcome.tally.heard, outcome.tally.said));
        }
        let must_be_served =
            attack.answer == crate::attack::Answer::Tolerated && matches!(attack.script, Script::Bytes(..));
        if must_be_served && outcome.served != Some(true) {
            faults.push("the attacker is not served any more".to_owned());
        }
        Self {
            attack: attack.name.clone(),
            role: attack.role.word(),
            does: attack.does,
            answer: attack.answer.to_string(),
            slots,
            slots_kept,
            said: outcome.tally.said,
            heard: outcome.tally.heard,
            slowdown: outcome.slowdown,
            faults,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attack, role, slots, slots_kept, said, heard, slowdown, answer, .. } = self;
        write!(
            f,
            "| {attack} | {role} | {slots_kept}/{slots} | {heard}/{said} | {slowdown:.2} | {answer} |"
        )?;
        for fault in &self.faults {
            write!(f, "\n    NOT AS IT HAS TO BE: {fault}")?;
        }
        Ok(())
    }
}
