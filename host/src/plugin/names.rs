//! The names under which a node serves the RPC methods of a plug-in.

use backplane_plugin::abi::{Manifest, MethodDecl};

/// The full names of a plug-in's methods with their bare names.
pub(super) fn method_names(manifest: &Manifest) -> Vec<(String, Vec<String>)> {
    let named = |method: &MethodDecl| {
        let aliases = method.aliases.iter().map(ToString::to_string).collect();
        (format!("{}.{}", manifest.name, method.name), aliases)
    };
    manifest.methods.iter().map(named).collect()
}
