//! What a process has used, by the system's own account.

use std::io;

/// Ticks of `/proc/PID/stat` in a second, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// CPU seconds of a process so far.
pub(crate) fn cpu_seconds(process: u32) -> io::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold anything; the numbers come after it.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks = numbers.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS)
}

/// Resident memory of a process, in bytes.
pub(crate) fn resident_bytes(process: u32) -> io::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or(f64::NAN);
    Ok(kilobytes * 1024.0)
}
