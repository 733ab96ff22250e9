//! What a thread does, in words.

use std::fmt;

/// What a thread does for a plug-in. A part that is not known, or does not apply, is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doing {
    /// The plug-in.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// The protocol.
    pub protocol: String,
    /// The job or entry: `job receive`, `attach`.
    pub work: String,
    /// The channel; 0 is none.
    pub channel: u32,
    /// The command that was handed over last.
    pub command: String,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plugin)?;
        if !self.version.is_empty() {
            write!(f, " {}", self.version)?;
        }
        if !self.protocol.is_empty() {
            write!(f, ", protocol {}", self.protocol)?;
        }
        if self.channel != 0 {
            write!(f, ", channel {}", self.channel)?;
        }
        if !self.work.is_empty() {
            write!(f, ", {}", self.work)?;
        }
        if !self.command.is_empty() {
            write!(f, ", command {}", self.command)?;
        }
        Ok(())
    }
}
