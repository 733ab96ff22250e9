//! The rows of the result.

use serde::Serialize;
use std::fmt;

/// One measurement against its baseline.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// What the figures count.
    pub(crate) unit: &'static str,
    /// The node's figure.
    pub(crate) ours: f64,
    /// The baseline's figure, or the limit where there is no baseline.
    pub(crate) baseline: f64,
    /// Ours over the baseline: the middle one of the ratios of runs that followed one another.
    pub(crate) ratio: f64,
    /// What the ratio, or the figure, has to be.
    pub(crate) goal: String,
    /// Whether it is.
    pub(crate) met: bool,
    /// CPU seconds of both processes for a million units, where that means something.
    pub(crate) cpu_ours: Option<f64>,
    /// The same for the baseline.
    pub(crate) cpu_baseline: Option<f64>,
    /// A second baseline, where there is one.
    pub(crate) queued: Option<f64>,
}

/// Above the rows.
pub(crate) const HEADER: &str = "\
row                                  ratio  goal            met          ours      baseline  unit          cpu s/M ours/base";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = if self.met { "yes" } else { "NO" };
        write!(
            f,
            "{:<36} {:>5.2}  {:<15} {met:<3} {:>13} {:>13}  {:<13}",
            self.name,
            self.ratio,
            self.goal,
            short(self.ours),
            short(self.baseline),
            self.unit
        )?;
        if let (Some(ours), Some(baseline)) = (self.cpu_ours, self.cpu_baseline) {
            write!(f, " {ours:.3} / {baseline:.3}")?;
        }
        if let Some(queued) = self.queued {
            write!(f, "  (queued {})", short(queued))?;
        }
        Ok(())
    }
}

pub(crate) fn short(figure: f64) -> String {
    match figure.abs() {
        1e9.. => format!("{:.2} G", figure / 1e9),
        1e6.. => format!("{:.2} M", figure / 1e6),
        1e4.. => format!("{:.1} k", figure / 1e3),
        _ => format!("{figure:.2}"),
    }
}

/// The middle one of the figures, or the mean of the two in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2..=upper).unwrap_or_default();
    middle.iter().sum::<f64>() / middle.len() as f64
}

/// What a row is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// The ratio to the baseline is at least this.
    RatioAtLeast(f64),
    /// The ratio to the baseline is at most this.
    RatioAtMost(f64),
    /// The figure is at least this.
    AtLeast(f64),
    /// The figure is at most this.
    AtMost(f64),
}

/// The repetitions of one side of a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Side {
    /// The figures.
    pub(crate) figures: Vec<f64>,
    /// CPU seconds for a million units, where measured.
    pub(crate) cpu: Vec<f64>,
}

impl Row {
    /// The row of these repetitions.
    pub(crate) fn new(name: &str, unit: &'static str, goal: Goal, ours: &Side, baseline: &Side) -> Self {
        let (own, base) = (median(&ours.figures), median(&baseline.figures));
        let pairs = ours.figures.iter().zip(baseline.figures.iter().cycle());
        let ratio = median(&pairs.map(|(own, base)| own / base).collect::<Vec<_>>());
        let (met, goal) = match goal {
            Goal::RatioAtLeast(limit) => (ratio >= limit, format!("≥ {limit} × base")),
            Goal::RatioAtMost(limit) => (ratio <= limit, format!("≤ {limit} × base")),
            Goal::AtLeast(limit) => (own >= limit, format!("≥ {}", short(limit))),
            Goal::AtMost(limit) => (own <= limit, format!("≤ {}", short(limit))),
        };
        let cpu = |side: &Side| (!side.cpu.is_empty()).then(|| median(&side.cpu));
        Self {
            name: name.to_owned(),
            unit,
            ours: own,
            baseline: base,
            ratio,
            goal,
            met,
            cpu_ours: cpu(ours),
            cpu_baseline: cpu(baseline),
            queued: None,
        }
    }
}
