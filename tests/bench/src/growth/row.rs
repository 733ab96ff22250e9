//! The rows of the table of growth.

use crate::table::{Side, median, short};
use serde::Serialize;
use std::fmt;

/// One case against the first of its name.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GrowthRow {
    /// What was measured.
    name: String,
    /// How many channels, subscriptions or types there were.
    number: u64,
    /// Messages a second.
    figure: f64,
    /// The same of what it is held against.
    base: f64,
    /// The figure over the base.
    ratio: f64,
    /// CPU seconds of both processes for a million messages.
    cpu: f64,
    /// The same of what it is held against.
    cpu_base: f64,
    /// Of a stream among others: its rate over an even share of all.
    share: Option<f64>,
}

/// Above the rows.
pub(crate) const HEADER: &str = "\
row                                     n   ratio  messages/s          base  cpu s/M, base";

impl GrowthRow {
    /// The row of these repetitions.
    pub(crate) fn new(name: &str, number: u64, side: &Side, base: &Side) -> Self {
        let (own, other) = (median(&side.figures), median(&base.figures));
        Self {
            name: name.to_owned(),
            number,
            figure: own,
            base: other,
            ratio: own / other,
            cpu: median(&side.cpu),
            cpu_base: median(&base.cpu),
            share: None,
        }
    }

    /// With the share of one stream, of these repetitions.
    pub(crate) fn with_share(self, shares: &[f64]) -> Self {
        Self { share: Some(median(shares)), ..self }
    }
}

impl fmt::Display for GrowthRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<35} {:>5} {:>7.2} {:>11} {:>13}  {:.3} / {:.3}",
            self.name,
            self.number,
            self.ratio,
            short(self.figure),
            short(self.base),
            self.cpu,
            self.cpu_base
        )?;
        if let Some(share) = self.share {
            write!(f, "  (share of one {share:.2})")?;
        }
        Ok(())
    }
}
