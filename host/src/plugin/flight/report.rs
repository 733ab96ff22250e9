//! What the record of a process that has ended says.

use super::raw::{FATAL, Header, MAGIC, ORDERLY, RUNS, Record, SIGNALLED};
use crate::marks::{Doing, Image};
use std::fmt;
use std::mem::{offset_of, size_of};

/// The longest file that is looked at, in bytes.
pub(super) const MAX_BYTES: usize = size_of::<Record>();

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LastExit {
    /// In order.
    Orderly,
    /// By something that no handler sees: `kill -9`, a lack of memory, a lack of power.
    Unclear,
    /// By a fatal signal.
    Signal(Died),
    /// The record is not one.
    Damaged,
}

/// A process that was ended by a fatal signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Died {
    /// The name of the signal, with what is known of its cause.
    pub(super) signal: String,
    /// What its thread did for a plug-in; `None` when it did nothing for one.
    pub(super) doing: Option<Doing>,
}

impl fmt::Display for Died {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.doing {
            Some(doing) => write!(f, "{} in {doing}", self.signal),
            None => write!(f, "{} in no plug-in's turn", self.signal),
        }
    }
}

impl LastExit {
    /// What the bytes of a record say.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::read(bytes).unwrap_or(Self::Damaged)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let magic = u64::from_ne_bytes(*bytes.first_chunk()?);
        let state = number(bytes, offset_of!(Header, state))?;
        let table = Image::new(bytes.get(offset_of!(Record, table)..)?).ok()?;
        match state {
            _ if magic != MAGIC => None,
            ORDERLY => Some(Self::Orderly),
            RUNS => Some(Self::Unclear),
            SIGNALLED => {
                let signal = signed(bytes, offset_of!(Header, signal))?;
                let next = signed(bytes, offset_of!(Header, next))?;
                let slot = number(bytes, offset_of!(Header, slot))?;
                let doing = slot.checked_sub(1).and_then(|slot| table.doing(slot));
                Some(Self::Signal(Died { signal: name(signal, next)?, doing }))
            }
            _ => None,
        }
    }
}

/// The name of a fatal signal. The standard library aborts after one at the end of a stack, and only then.
fn name(signal: i32, next: i32) -> Option<String> {
    let (_, name) = FATAL.iter().find(|(number, _)| *number == signal)?;
    let is_fault = signal == libc::SIGSEGV || signal == libc::SIGBUS;
    Some(if is_fault && next == libc::SIGABRT {
        format!("{name} (stack overflow)")
    } else {
        (*name).to_owned()
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn signed(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::super::raw;
    use super::*;
    use std::sync::atomic::Ordering;

    /// A record of which the file is kept, and its bytes.
    fn record() -> (tempfile::NamedTempFile, &'static Record) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let record = raw::begin(file.as_file()).unwrap();
        (file, record)
    }

    fn last_exit(file: &tempfile::NamedTempFile) -> LastExit {
        LastExit::of(&std::fs::read(file.path()).unwrap())
    }

    #[test]
    fn a_record_says_whether_the_end_was_orderly() {
        let (file, record) = record();
        assert_eq!(last_exit(&file), LastExit::Unclear);
        record.header.state.store(ORDERLY, Ordering::Relaxed);
        assert_eq!(last_exit(&file), LastExit::Orderly);
    }

    #[test]
    fn a_signal_is_told_with_what_its_cause_shows() {
        for (signal, next, expected) in [
            (libc::SIGSEGV, 0, "SIGSEGV in no plug-in's turn"),
            (libc::SIGSEGV, libc::SIGABRT, "SIGSEGV (stack overflow) in no plug-in's turn"),
            (libc::SIGABRT, libc::SIGSEGV, "SIGABRT in no plug-in's turn"),
        ] {
            let (file, record) = record();
            record.header.signal.store(signal, Ordering::Relaxed);
            record.header.next.store(next, Ordering::Relaxed);
            record.header.state.store(SIGNALLED, Ordering::Relaxed);
            let LastExit::Signal(died) = last_exit(&file) else { panic!("a signal") };
            assert_eq!(died.to_string(), expected);
        }
    }

    #[test]
    fn whatever_a_file_holds_it_is_read_without_a_fault() {
        let (file, record) = record();
        record.header.state.store(SIGNALLED, Ordering::Relaxed);
        record.header.signal.store(libc::SIGSEGV, Ordering::Relaxed);
        record.header.slot.store(1, Ordering::Relaxed);
        let whole = std::fs::read(file.path()).unwrap();
        for length in [0, 1, 7, 8, 63, 64, whole.len() / 2, whole.len() - 1] {
            assert_eq!(LastExit::of(&whole[..length]), LastExit::Damaged, "{length} bytes");
        }
        // The header stands, and all else is of one kind of byte.
        for byte in [1, b'x', 0x7f, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[size_of::<Header>()..].fill(byte);
            let LastExit::Signal(died) = LastExit::of(&bytes) else { panic!("the header stands") };
            assert!(!died.to_string().contains(char::is_control), "{died}");
        }
        for at in 0..size_of::<Header>() {
            for byte in [0, 2, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = byte;
                // Any answer will do.
                let _ = LastExit::of(&bytes);
            }
        }
    }
}
