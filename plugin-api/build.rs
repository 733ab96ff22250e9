//! Tells the crate which compiler builds it, and for which target: the manifest of a plug-in says so.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=BACKPLANE_PLUGIN_TARGET={target}");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).arg("--version").output();
    let version = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo::rustc-env=BACKPLANE_PLUGIN_RUSTC={}", version.unwrap_or_default());
}
