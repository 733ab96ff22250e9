//! What happened in a simulation, in order: each event as a line, each byte on a wire in a sum.

use backplane::clock;
use parking_lot::Mutex;
use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hasher};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::time::Instant;

/// What happened so far. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    start: Instant,
    record: Arc<Mutex<Record>>,
}

#[derive(Debug, Default)]
struct Record {
    sum: DefaultHasher,
    lines: Vec<String>,
    bytes: u64,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { start: clock::now(), record: Arc::default() }
    }

    /// Notes an event.
    pub(crate) fn event(&self, what: Arguments<'_>) {
        let line = format!("{:>10.3} {what}", self.elapsed());
        let mut record = self.record.lock();
        record.sum.write(line.as_bytes());
        record.lines.push(line);
    }

    /// Notes bytes that arrive.
    pub(crate) fn arrival(&self, from: Ipv4Addr, to: Ipv4Addr, bytes: &[u8]) {
        let elapsed = self.elapsed();
        let mut record = self.record.lock();
        record.sum.write_u64(elapsed.to_bits());
        record.sum.write(&[from.octets(), to.octets()].concat());
        record.sum.write(bytes);
        record.bytes += bytes.len() as u64;
    }

    /// One number for everything that happened.
    pub(crate) fn sum(&self) -> u64 {
        self.record.lock().sum.finish()
    }

    /// How many events there were, and how many bytes arrived.
    pub(crate) fn size(&self) -> (usize, u64) {
        let record = self.record.lock();
        (record.lines.len(), record.bytes)
    }

    /// The first events in which this one and another one differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<(String, String)> {
        let (ours, theirs) = (self.record.lock().lines.clone(), other.record.lock().lines.clone());
        let end = || "the end".to_owned();
        let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at))?;
        let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_else(end);
        Some((line(&ours), line(&theirs)))
    }

    /// The last lines, for whoever looks into a failure.
    pub(crate) fn tail(&self, count: usize) -> String {
        let record = self.record.lock();
        let first = record.lines.len().saturating_sub(count);
        record.lines.get(first..).unwrap_or_default().join("\n")
    }

    fn elapsed(&self) -> f64 {
        clock::now().saturating_duration_since(self.start).as_secs_f64()
    }
}
