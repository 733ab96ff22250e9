//! Whether this host can run what a manifest describes.

use backplane_plugin::SessionFlags;
use backplane_plugin::abi::{ABI_MAJOR, ABI_MINOR};
use backplane_plugin::manifest::{API_VERSION, AbiVersion, FileManifest, TARGET};

/// The longest name, in bytes: that of a command on the wire.
const NAME_BYTES: usize = 255;

/// Checks everything that needs nothing but the manifest and this host.
pub(in crate::plugin) fn check(manifest: &FileManifest) -> Result<(), Misfit> {
    if manifest.target != TARGET {
        return Err(Misfit::Target { theirs: manifest.target.clone() });
    }
    if manifest.abi.major != ABI_MAJOR {
        return Err(Misfit::Abi { theirs: manifest.abi, change: change(manifest.abi) });
    }
    if manifest.panic != "unwind" {
        return Err(Misfit::Panic { theirs: manifest.panic.clone() });
    }
    names(manifest)?;
    let unknown = |bits: &u32| SessionFlags::from_bits(*bits).is_none();
    match manifest.protocols.iter().find(|protocol| unknown(&protocol.sessions)) {
        Some(protocol) => {
            Err(Misfit::Sessions { protocol: protocol.name.clone(), theirs: protocol.sessions })
        }
        None => Ok(()),
    }
}

fn names(manifest: &FileManifest) -> Result<(), Misfit> {
    let is_plain = |name: &str| !name.chars().any(char::is_control);
    // It is a key of the configuration, a folder, and what its RPC methods begin with.
    named("plug-in", &manifest.name, is_name)?;
    for protocol in &manifest.protocols {
        named("protocol", &protocol.name, is_plain)?;
        for message in &protocol.messages {
            named("message", &message.name, is_plain)?;
        }
    }
    for method in &manifest.methods {
        named("RPC method", &method.name, is_plain)?;
        for alias in &method.aliases {
            // One with a dot would be another plug-in's, or the node's own.
            named("bare RPC name", alias, |name| is_plain(name) && !name.contains('.'))?;
        }
    }
    Ok(())
}

/// Whether a plug-in can be called that.
pub(super) fn is_name(name: &str) -> bool {
    let is_fit = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    !name.is_empty() && name.len() <= NAME_BYTES && name.chars().all(is_fit)
}

fn named(what: &'static str, name: &str, is_good: impl Fn(&str) -> bool) -> Result<(), Misfit> {
    if name.is_empty() {
        return Err(Misfit::NoName { what });
    }
    if name.len() > NAME_BYTES || !is_good(name) {
        return Err(Misfit::Name { what, name: name.to_owned() });
    }
    Ok(())
}

/// Which side has to change for the versions to fit.
const fn change(theirs: AbiVersion) -> &'static str {
    if theirs.major > ABI_MAJOR {
        "use a newer host, or build the plug-in against the backplane-plugin of this one"
    } else {
        "build the plug-in against the backplane-plugin of this host"
    }
}

/// Why this host cannot run a plug-in: what the host has, what the file has, and what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is for other machines.
    #[error("built for {theirs}, this host for {TARGET}: build the plug-in for this host's target")]
    Target {
        /// Its target.
        theirs: String,
    },
    /// It has another ABI.
    #[error("built for ABI {}.{}, this host has ABI {ABI_MAJOR}.{ABI_MINOR} of backplane-plugin {API_VERSION}: {change}", theirs.major, theirs.minor)]
    Abi {
        /// Its ABI.
        theirs: AbiVersion,
        /// Which side has to change.
        change: &'static str,
    },
    /// Its panics cannot be caught.
    #[error(
        "built with panic = {theirs:?}, this host takes panic = \"unwind\" only, so that a panic ends the plug-in's work and not the node: change the profile that the plug-in is built with"
    )]
    Panic {
        /// What a panic does in it.
        theirs: String,
    },
    /// A name is missing.
    #[error("a {what} in it has no name, and a host goes by names: name it in the plug-in")]
    NoName {
        /// What has none.
        what: &'static str,
    },
    /// A name cannot be used.
    #[error("the name of a {what} in it, {name:?}, is not one that a host can use: rename it in the plug-in")]
    Name {
        /// What is called that.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A protocol is for sessions that this host does not have.
    #[error(
        "the protocol {protocol} is for the sessions {theirs:#b}, this host has {:#b}: use a newer host, or other sessions in the plug-in",
        SessionFlags::ALL.bits()
    )]
    Sessions {
        /// The protocol.
        protocol: String,
        /// The bits of its sessions.
        theirs: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::super::taken::tests::manifest;
    use super::*;

    /// What is said of a manifest that was changed.
    fn refused(change: impl FnOnce(&mut FileManifest)) -> String {
        let mut manifest = manifest("chat", &[("chat", 39, &["line"])], &[("send", &["send"])]);
        assert_eq!(check(&manifest), Ok(()));
        change(&mut manifest);
        check(&manifest).map_err(|misfit| misfit.to_string()).unwrap_err()
    }

    #[test]
    fn says_what_both_sides_have_and_which_one_to_change() {
        let target = refused(|manifest| manifest.target = "riscv64gc-unknown-linux-gnu".to_owned());
        assert!(target.starts_with("built for riscv64gc-unknown-linux-gnu, this host for "), "{target}");
        assert!(
            target.contains(TARGET) && target.ends_with("build the plug-in for this host's target"),
            "{target}"
        );

        let newer = refused(|manifest| manifest.abi.major = 99);
        assert!(newer.starts_with("built for ABI 99."), "{newer}");
        assert!(newer.contains(&format!("this host has ABI {ABI_MAJOR}.{ABI_MINOR} ")), "{newer}");
        assert!(newer.contains(": use a newer host"), "{newer}");
        let older = refused(|manifest| manifest.abi.major = 0);
        assert!(older.contains(": build the plug-in against"), "{older}");

        let panic = refused(|manifest| manifest.panic = "abort".to_owned());
        assert!(
            panic.starts_with("built with panic = \"abort\", this host takes panic = \"unwind\""),
            "{panic}"
        );

        let sessions = refused(|manifest| manifest.protocols[0].sessions = 64);
        assert!(
            sessions.starts_with("the protocol chat is for the sessions 0b1000000, this host has 0b111111")
        );
    }

    #[test]
    fn a_newer_minor_version_is_taken() {
        let mut manifest = manifest("chat", &[], &[]);
        manifest.abi.minor = u32::MAX;
        assert_eq!(check(&manifest), Ok(()));
    }

    #[test]
    fn names_that_are_missing_or_cannot_be_used_are_refused() {
        let long = "x".repeat(256);
        for (what, name, change) in [
            ("plug-in", "", (|m, name| m.name = name) as fn(&mut FileManifest, String)),
            ("plug-in", "../other", |m, name| m.name = name),
            ("plug-in", "a.b", |m, name| m.name = name),
            ("protocol", "", |m, name| m.protocols[0].name = name),
            ("protocol", "a\u{1b}[2J", |m, name| m.protocols[0].name = name),
            ("message", "", |m, name| m.protocols[0].messages[0].name = name),
            ("message", &long, |m, name| m.protocols[0].messages[0].name = name),
            ("RPC method", "", |m, name| m.methods[0].name = name),
            ("bare RPC name", "", |m, name| m.methods[0].aliases[0] = name),
            ("bare RPC name", "p2p.get_info", |m, name| m.methods[0].aliases[0] = name),
        ] {
            let refused = refused(|manifest| change(manifest, name.to_owned()));
            let expected = if name.is_empty() {
                format!("a {what} in it has no name")
            } else {
                format!("the name of a {what} in it, ")
            };
            assert!(refused.starts_with(&expected), "{name:?}: {refused}");
            assert!(!refused.contains('\u{1b}'), "{refused}");
        }
    }
}
