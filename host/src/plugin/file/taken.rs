//! The names that are taken on a node: of plug-ins, protocols, commands and RPC methods.

use crate::protocol::BASE_COMMANDS;
use backplane_plugin::SessionFlags;
use backplane_plugin::manifest::FileManifest;
use std::collections::{BTreeMap, BTreeSet};

/// What the node's own RPC methods begin with.
const RESERVED: [&str; 9] =
    ["built-in", "config", "dnet", "events", "hosts", "p2p", "plugin", "plugins", "rpc"];

/// The node's own RPC methods that begin with nothing.
const BARE: [&str; 1] = ["ping"];

/// Whether no plug-in can have an RPC method of this name, so that it may be the node's own.
#[must_use]
pub fn is_reserved(method: &str) -> bool {
    method.split_once('.').map_or_else(|| BARE.contains(&method), |(first, _)| RESERVED.contains(&first))
}

/// Whose a name is.
const NODE: &str = "this node itself";

/// The names that are taken on a node.
#[derive(Debug, Clone)]
pub(in crate::plugin) struct Taken {
    /// Each plug-in with its file.
    plugins: BTreeMap<String, String>,
    protocols: Vec<Protocol>,
    /// Each bare name of an RPC method with whose it is.
    bare: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Protocol {
    name: String,
    sessions: u32,
    commands: BTreeSet<String>,
    /// Whose it is.
    owner: String,
}

impl Protocol {
    fn is_on_a_channel_with(&self, other: &Self) -> bool {
        self.sessions & other.sessions != 0
    }
}

impl Taken {
    /// What every node has, and these protocols of its own, each with its sessions and commands.
    pub(in crate::plugin) fn by_node(
        protocols: impl IntoIterator<Item = (String, SessionFlags, BTreeSet<String>)>,
    ) -> Self {
        let base = BASE_COMMANDS.map(ToOwned::to_owned).into();
        let version = ("version".to_owned(), SessionFlags::ALL, base);
        let own = |(name, sessions, commands): (String, SessionFlags, BTreeSet<String>)| Protocol {
            name,
            sessions: sessions.bits(),
            commands,
            owner: NODE.to_owned(),
        };
        let protocols = std::iter::once(version).chain(protocols).map(own).collect();
        let bare = BARE.map(|name| (name.to_owned(), NODE.to_owned())).into();
        Self { plugins: BTreeMap::new(), protocols, bare }
    }

    /// Takes the names of a plug-in, or says which one is taken, and takes none.
    pub(in crate::plugin) fn add(&mut self, manifest: &FileManifest, file: &str) -> Result<(), Clash> {
        let all = self.with(manifest, file)?;
        *self = all;
        Ok(())
    }

    /// These names with those of a plug-in.
    pub(in crate::plugin) fn with(&self, manifest: &FileManifest, file: &str) -> Result<Self, Clash> {
        let mut all = self.clone();
        let name = &manifest.name;
        if RESERVED.contains(&name.as_str()) {
            return Err(Clash::Reserved { name: name.clone() });
        }
        if let Some(other) = all.plugins.insert(name.clone(), file.to_owned()) {
            return Err(Clash::Plugin { name: name.clone(), file: other });
        }
        let owner = format!("the plug-in {name}");
        for protocol in &manifest.protocols {
            let mut commands = BTreeSet::new();
            for message in &protocol.messages {
                if !commands.insert(message.name.clone()) {
                    return Err(Clash::Twice { what: "message", name: message.name.clone() });
                }
            }
            let (name, sessions, owner) = (protocol.name.clone(), protocol.sessions, owner.clone());
            all.add_protocol(Protocol { name, sessions, commands, owner })?;
        }
        let mut methods = BTreeSet::new();
        for method in &manifest.methods {
            if !methods.insert(&method.name) {
                return Err(Clash::Twice { what: "RPC method", name: method.name.clone() });
            }
            for alias in &method.aliases {
                if let Some(other) = all.bare.insert(alias.clone(), owner.clone()) {
                    return Err(Clash::Bare { name: alias.clone(), owner: other });
                }
            }
        }
        Ok(all)
    }

    fn add_protocol(&mut self, new: Protocol) -> Result<(), Clash> {
        for other in &self.protocols {
            if other.name == new.name {
                return Err(Clash::Protocol { name: new.name, owner: other.owner.clone() });
            }
            let shared = other.commands.intersection(&new.commands).next();
            if let Some(command) = shared.filter(|_| other.is_on_a_channel_with(&new)) {
                let (command, protocol) = (command.clone(), other.name.clone());
                return Err(Clash::Command { command, protocol, owner: other.owner.clone() });
            }
        }
        self.protocols.push(new);
        Ok(())
    }
}

/// Which name of a plug-in is taken: whose it is here, and what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::plugin) enum Clash {
    /// The plug-in's own.
    #[error(
        "there is a plug-in {name} already, from {file}: remove one of the two files, or rename one plug-in"
    )]
    Plugin { name: String, file: String },
    /// The plug-in's own, which would be confused with the node.
    #[error("a plug-in cannot be called {name}, as this node's own RPC methods begin: rename the plug-in")]
    Reserved { name: String },
    /// A protocol's.
    #[error(
        "there is a protocol {name} already, of {owner}: disable one of the two plug-ins, or rename the protocol in this one"
    )]
    Protocol { name: String, owner: String },
    /// A command's.
    #[error(
        "the command {command} belongs to the protocol {protocol} of {owner}: disable one of the two plug-ins, or rename the message in this one"
    )]
    Command { command: String, protocol: String, owner: String },
    /// That of an RPC method without its plug-in's in front.
    #[error(
        "the bare RPC name {name} belongs to {owner}: disable one of the two plug-ins, or use another name in this one"
    )]
    Bare { name: String, owner: String },
    /// One that is there twice in the plug-in.
    #[error("the {what} {name} is in it twice: remove one in the plug-in")]
    Twice { what: &'static str, name: String },
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use backplane_plugin::abi::{ABI_MAJOR, ABI_MINOR};
    use backplane_plugin::manifest::{
        AbiVersion, FileMessage, FileMetering, FileMethod, FileProtocol, Limits, TARGET,
    };

    type Protocols<'a> = &'a [(&'a str, u32, &'a [&'a str])];

    /// A manifest that this host takes, of protocols with sessions and commands, and of methods with bare names.
    pub(in crate::plugin::file) fn manifest(
        name: &str,
        protocols: Protocols<'_>,
        methods: &[(&str, &[&str])],
    ) -> FileManifest {
        let message = |name: &&str| FileMessage {
            name: (*name).to_owned(),
            max_bytes: 0,
            metering: FileMetering::default(),
        };
        let protocol = |(name, sessions, messages): &(&str, u32, &[&str])| FileProtocol {
            name: (*name).to_owned(),
            version: 1,
            sessions: *sessions,
            assumed: false,
            messages: messages.iter().map(message).collect(),
        };
        let method = |(name, aliases): &(&str, &[&str])| FileMethod {
            name: (*name).to_owned(),
            aliases: aliases.iter().map(ToString::to_string).collect(),
        };
        FileManifest {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            description: "Tried".to_owned(),
            license: "MIT".to_owned(),
            api_version: "1.0.0".to_owned(),
            abi: AbiVersion { major: ABI_MAJOR, minor: ABI_MINOR },
            rustc: "rustc 1.90.0".to_owned(),
            target: TARGET.to_owned(),
            panic: "unwind".to_owned(),
            protocols: protocols.iter().map(protocol).collect(),
            methods: methods.iter().map(method).collect(),
            pages: Vec::new(),
            config: serde_json::json!({}),
            limits: Limits::NONE,
        }
    }

    /// A node with a protocol of its own and chat.
    fn taken() -> Taken {
        let ping = ("ping".to_owned(), SessionFlags::DEFAULT, BTreeSet::from(["ping".to_owned()]));
        let mut taken = Taken::by_node([ping]);
        let chat = manifest("chat", &[("chat", 39, &["line"])], &[("send", &["send"])]);
        taken.add(&chat, "chat.so").unwrap();
        taken
    }

    #[test]
    fn every_name_that_is_taken_is_told_with_its_owner() {
        let one = |protocols, methods| manifest("other", protocols, methods);
        for (manifest, expected) in [
            (manifest("chat", &[], &[]), "there is a plug-in chat already, from chat.so: "),
            (manifest("p2p", &[], &[]), "a plug-in cannot be called p2p"),
            (one(&[("ping", 8, &[])], &[]), "there is a protocol ping already, of this node itself: "),
            (one(&[("chat", 8, &[])], &[]), "there is a protocol chat already, of the plug-in chat: "),
            (
                one(&[("x", 1, &["line"])], &[]),
                "the command line belongs to the protocol chat of the plug-in chat: ",
            ),
            (
                one(&[("x", 1, &["ping"])], &[]),
                "the command ping belongs to the protocol ping of this node itself: ",
            ),
            (one(&[("x", 16, &["verack"])], &[]), "the command verack belongs to the protocol version of "),
            (one(&[("x", 1, &["a", "a"])], &[]), "the message a is in it twice: "),
            (
                one(&[("x", 1, &["a"]), ("y", 3, &["a"])], &[]),
                "the command a belongs to the protocol x of the plug-in other",
            ),
            (one(&[], &[("a", &["send"])]), "the bare RPC name send belongs to the plug-in chat: "),
            (one(&[], &[("a", &["ping"])]), "the bare RPC name ping belongs to this node itself: "),
            (one(&[], &[("a", &[]), ("a", &[])]), "the RPC method a is in it twice: "),
            (one(&[], &[("a", &["x"]), ("b", &["x"])]), "the bare RPC name x belongs to the plug-in other: "),
        ] {
            let clash = taken().add(&manifest, "other.so").unwrap_err().to_string();
            assert!(clash.starts_with(expected), "{clash} instead of {expected}");
        }
    }

    #[test]
    fn protocols_that_never_meet_may_share_commands() {
        let mut taken = taken();
        let seed = manifest("seed", &[("x", 8, &["line", "ping"]), ("y", 16, &["line"])], &[("send", &[])]);
        assert_eq!(taken.add(&seed, "seed.so"), Ok(()));
    }

    #[test]
    fn a_plugin_that_is_refused_takes_no_name() {
        let mut taken = taken();
        let refused = manifest("other", &[("x", 1, &["a"])], &[("a", &["free", "send"])]);
        assert!(taken.add(&refused, "other.so").is_err());
        let next = manifest("other", &[("x", 1, &["a"])], &[("a", &["free"])]);
        assert_eq!(taken.add(&next, "other.so"), Ok(()));
    }
}
