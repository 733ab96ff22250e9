//! Marks: what a turn on a thread is called, made before there is one.

use super::generation::{Generation, pack};
use super::labels::Label;
use super::table::LABELS;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

/// What one turn is called.
#[derive(Debug, Clone, Copy)]
pub struct Mark(NonZeroU64);

impl Mark {
    #[inline]
    pub(super) const fn word(self) -> u64 {
        self.0.get()
    }
}

/// Makes the marks of one plug-in, or of one protocol of it.
#[derive(Clone)]
pub struct Marker {
    shared: Arc<Shared>,
}

struct Shared {
    generation: Generation,
    plugin: String,
    version: String,
    protocol: String,
    /// What is used for work without a text of its own.
    base: Label,
    entries: Marks,
    jobs: Marks,
}

/// The marks that have been made, by what they are called.
type Marks = RwLock<HashMap<String, Mark>>;

impl Marker {
    /// The marker of a plug-in.
    #[must_use]
    pub fn new(generation: Generation, plugin: &str, version: &str) -> Self {
        Self::with(generation, [plugin, version, ""])
    }

    /// The marker of a protocol of the plug-in.
    #[must_use]
    pub fn of_protocol(&self, protocol: &str) -> Self {
        Self::with(self.shared.generation, [&self.shared.plugin, &self.shared.version, protocol])
    }

    fn with(generation: Generation, [plugin, version, protocol]: [&str; 3]) -> Self {
        let base = Label::of(&[plugin, version, protocol]).unwrap_or(Label::NONE);
        let [plugin, version, protocol] = [plugin, version, protocol].map(ToOwned::to_owned);
        let shared = Shared {
            generation,
            plugin,
            version,
            protocol,
            base,
            entries: Marks::default(),
            jobs: Marks::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Whose marks they are.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.shared.generation
    }

    /// The mark of some work that is no job, such as `attach`.
    #[must_use]
    pub fn mark(&self, work: &str) -> Mark {
        self.find(&self.shared.entries, work, || self.make(work))
    }

    /// The mark of a job. There may be one for each message, so that it is looked up without making a text.
    #[must_use]
    pub fn job(&self, name: &str) -> Mark {
        self.find(&self.shared.jobs, name, || self.make(&format!("job {name}")))
    }

    fn find(&self, known: &Marks, name: &str, make: impl FnOnce() -> Mark) -> Mark {
        if let Some(mark) = known.read().get(name) {
            return *mark;
        }
        let mark = make();
        let mut known = known.write();
        // A plug-in that makes up names goes the longer way.
        if known.len() < LABELS {
            known.insert(name.to_owned(), mark);
        }
        mark
    }

    fn make(&self, work: &str) -> Mark {
        let Shared { generation, plugin, version, protocol, base, .. } = &*self.shared;
        let label = Label::of(&[plugin, version, protocol, work]).unwrap_or(*base);
        Mark(pack(*generation, label.number()))
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { generation, plugin, protocol, .. } = &*self.shared;
        f.debug_tuple("Marker").field(generation).field(plugin).field(protocol).finish()
    }
}
