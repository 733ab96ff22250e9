//! The `plugin lock` command: what is in the folder of the plug-ins becomes what may run.

use super::{Failure, layers::LayerArguments, output};
use crate::plugin::{Pinning, pin_all};

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane plugin lock --config chat.toml
  backplane plugin lock --set plugins.dir=/usr/lib/backplane

Writes plugins.lock in plugins.dir, and tells what is different from before. With plugins.policy = \"pinned\" a node loads
exactly these files, so run it only when you trust all that is in the folder. The files are read and not opened. What is
no plug-in for this host, or disabled, is left out. A running node goes on with what it has until its next start.";

pub(super) fn run(layers: &LayerArguments) -> Result<(), Failure> {
    let settings = layers.load()?.settings;
    let pinning = pin_all(&settings).map_err(|error| Failure::runtime(&error))?;
    output::lines(lines(&pinning))
}

fn lines(pinning: &Pinning) -> Vec<String> {
    let Pinning { path, lock, changes, replaced, left_out } = pinning;
    let replaced = replaced.iter().map(|refusal| format!("the old file could not be used: {refusal}"));
    let left_out = left_out.iter().map(|(file, reason)| format!("left out {}: {reason}", file.display()));
    let mut lines: Vec<_> = replaced.chain(changes.iter().map(ToString::to_string)).chain(left_out).collect();
    let (pinned, changes) = (lock.pins().len(), changes.len());
    lines.push(format!("{pinned} pinned in {}, {changes} changes", path.display()));
    lines
}
