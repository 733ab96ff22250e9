//! Cache lines that are asked for before they are written.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "no function of the standard library is sure to become this instruction")
)]

/// How far ahead, in bytes: by the time that so much is written, a line has come from another core.
const DISTANCE: usize = 1024;

/// Asks for a line behind `out`, which is written when some more frames have been appended.
///
/// # Rationale
///
/// What one thread writes and another one sends goes from core to core: each line of the buffer is in the other one's cache when
/// it is written again. Waiting for it, line by line, took two thirds of what framing a stream of short messages took. Long ones
/// are copied in one go, which asks for lines by itself.
#[inline(always)]
pub(super) fn ask_for_line(out: &[u8]) {
    let place = out.as_ptr().wrapping_add(out.len() + DISTANCE);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which changes no memory and does not fault, whatever the address. A processor without it does nothing.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) place, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
