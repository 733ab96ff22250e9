//! The record in memory that outlives the process, completed by the handler of fatal signals.
#![expect(unsafe_code, reason = "memory is shared with a file, and signals are handled")]

use crate::marks::{self, Table};
use libc::{c_int, c_void, siginfo_t};
use memmap2::MmapOptions;
use std::fs::File;
use std::io::{self, Write};
use std::mem::{forget, size_of, zeroed};
use std::process;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

/// What a record begins with: the name of the format and its version.
pub(super) const MAGIC: u64 = u64::from_be_bytes(*b"bpfligh1");
/// The process runs, or was ended by something that no handler sees.
pub(super) const RUNS: u32 = 1;
/// It ended in order.
pub(super) const ORDERLY: u32 = 2;
/// A fatal signal ended it.
pub(super) const SIGNALLED: u32 = 3;

/// The signals that mean that something is broken.
pub(super) const FATAL: [(c_int, &str); 5] = [
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGABRT, "SIGABRT"),
];

/// How the process is, or how it ended.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Header {
    magic: AtomicU64,
    pub(super) state: AtomicU32,
    /// The process.
    id: AtomicU32,
    /// The first fatal signal.
    pub(super) signal: AtomicI32,
    /// The slot of the thread that it was for, counted from 1; 0 is none.
    pub(super) slot: AtomicU32,
    /// What followed from the first signal: an overflow of the stack ends in another one.
    pub(super) next: AtomicI32,
}

/// All of the file.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Record {
    pub(super) header: Header,
    pub(super) table: Table,
}

/// Makes a record of an empty file. It stays in memory until the process ends.
///
/// # Errors
///
/// What the system says.
pub(super) fn begin(mut file: &File) -> io::Result<&'static Record> {
    // Written, and not only made longer: a page without a place on a full disk would end the process.
    file.write_all(&vec![0; size_of::<Record>()])?;
    let map = MmapOptions::new().len(size_of::<Record>()).map_raw(file)?;
    let record = map.as_mut_ptr().cast::<Record>();
    forget(map);
    // SAFETY: the mapping is a page's multiple in its beginning, as long as a record, readable and writable, and is never
    // taken away. Any bytes are a record, since all of it is atomic, and so others may write to the file.
    let record: &'static Record = unsafe { &*record };
    record.header.id.store(process::id(), Ordering::Relaxed);
    record.header.state.store(RUNS, Ordering::Relaxed);
    record.header.magic.store(MAGIC, Ordering::Release);
    Ok(record)
}

/// The record of this process, for the handler.
static CURRENT: OnceLock<&'static Header> = OnceLock::new();
/// What handled the signals before, by their place in [`FATAL`].
static BEFORE: [OnceLock<libc::sigaction>; FATAL.len()] = [const { OnceLock::new() }; FATAL.len()];

/// Completes the record when a fatal signal comes. What was there for the signal before is done then: a message of the
/// standard library's at an overflow of a stack, else the end with a core. Once a process.
///
/// Threads that the standard library starts have a stack of their own for signals; so an overflow is seen on all threads
/// of the node and of plug-ins' runtimes, and not on those that a plug-in starts by itself.
///
/// # Errors
///
/// What the system says.
pub(super) fn watch(header: &'static Header) -> io::Result<()> {
    if CURRENT.set(header).is_err() {
        return Ok(());
    }
    for ((signal, _), before) in FATAL.into_iter().zip(&BEFORE) {
        // SAFETY: the type is a C structure, for which zero is valid: no flags, an empty mask, the default action.
        let [mut action, mut old]: [libc::sigaction; 2] = unsafe { zeroed() };
        action.sa_sigaction = on_fatal as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: both point to structures that live during the call, and the handler has the form that SA_SIGINFO asks for.
        let done = unsafe { libc::sigaction(signal, &raw const action, &raw mut old) };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
        // Empty until here: each is set once.
        let _ = before.set(old);
    }
    Ok(())
}

/// Only what may be done in a handler of signals: stores into memory, `sigaction` and `raise`.
extern "C" fn on_fatal(signal: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: with SA_SIGINFO the system passes a valid pointer.
    let code = unsafe { (*info).si_code };
    // Who sends a signal from outside does not know on which thread it arrives.
    let slot = if code == libc::SI_USER { None } else { marks::slot_here() };
    complete(signal, slot);
    // A fault comes again on return. What was sent does not, and whoever handled faults before would wait for it.
    let was_sent = code <= 0;
    let before = FATAL.iter().zip(&BEFORE).find(|((number, _), _)| *number == signal && !was_sent);
    let before = before.and_then(|(_, before)| before.get().copied());
    // SAFETY: as above; zero is the default action.
    let before = before.unwrap_or_else(|| unsafe { zeroed() });
    // SAFETY: the structure lives during the call, and what it names was installed before.
    unsafe { libc::sigaction(signal, &raw const before, null_mut()) };
    if was_sent {
        // It waits until this handler is done.
        // SAFETY: a plain call, which may be made in a handler.
        unsafe { libc::raise(signal) };
    }
}

fn complete(signal: c_int, slot: Option<u32>) {
    let Some(header) = CURRENT.get() else { return };
    // The first one stands: others follow from it.
    if header.signal.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        header.next.store(signal, Ordering::Relaxed);
        return;
    }
    header.slot.store(slot.map_or(0, |slot| slot + 1), Ordering::Relaxed);
    header.state.store(SIGNALLED, Ordering::Release);
}
