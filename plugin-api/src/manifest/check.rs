//! The mistakes that a plug-in can be told of while it is compiled.

use super::{Package, same};
use crate::config::{ConfigKey, PluginConfig, Schema};
use crate::message::MessageInfo;
use crate::page;
use crate::plugin::Plugin;
use crate::registry::{MethodEntry, ProtocolEntry, ProtocolInfo};

/// How many messages of a protocol are compared with one another: more would take the compiler long, and the host
/// compares them all.
const COMPARED: usize = 200;

/// The first mistake in what a plug-in says of itself, if there is one. No host would take it.
#[must_use]
pub const fn mistake<P: Plugin>(package: &Package) -> Option<&'static str> {
    if package.plugin_name().is_empty() {
        return Some("the package has no name but `backplane-`");
    }
    match (protocols(P::PROTOCOLS), methods(P::METHODS), page::mistake(P::PAGES)) {
        (None, None, None) => config(&<P::Config as PluginConfig>::SCHEMA),
        (Some(mistake), ..) | (None, Some(mistake), _) | (None, None, Some(mistake)) => Some(mistake),
    }
}

const fn protocols<P>(entries: &[ProtocolEntry<P>]) -> Option<&'static str> {
    let mut at = 0;
    while at < entries.len() {
        let info = entries[at].info();
        if info.name.is_empty() {
            return Some("a protocol's NAME is empty");
        }
        if let Some(mistake) = messages(info.messages) {
            return Some(mistake);
        }
        let mut other = 0;
        while other < at {
            if let Some(mistake) = both(info, entries[other].info()) {
                return Some(mistake);
            }
            other += 1;
        }
        at += 1;
    }
    None
}

const fn messages(infos: &[MessageInfo]) -> Option<&'static str> {
    let mut at = 0;
    while at < infos.len() {
        if infos[at].name.is_empty() || infos[at].name.len() > 255 {
            return Some("a message's NAME has not 1 to 255 bytes");
        }
        if at < COMPARED && shares(infos.split_at(at).0, infos[at].name) {
            return Some("two messages of a protocol have the same NAME");
        }
        at += 1;
    }
    None
}

/// What two protocols may not have in common.
const fn both(one: &ProtocolInfo, other: &ProtocolInfo) -> Option<&'static str> {
    if same(one.name, other.name) {
        return Some("two protocols have the same NAME");
    }
    if one.sessions.bits() & other.sessions.bits() == 0 {
        return None;
    }
    let mut at = 0;
    while at < one.messages.len() {
        if shares(other.messages, one.messages[at].name) {
            return Some("two protocols that may meet on one channel have messages of the same NAME");
        }
        at += 1;
    }
    None
}

const fn shares(infos: &[MessageInfo], name: &str) -> bool {
    let mut at = 0;
    while at < infos.len() {
        if same(infos[at].name, name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn methods<P>(entries: &[MethodEntry<P>]) -> Option<&'static str> {
    let mut at = 0;
    while at < entries.len() {
        let (before, _) = entries.split_at(at);
        let mut other = 0;
        while other < before.len() {
            if same(before[other].name(), entries[at].name()) {
                return Some("two RPC methods have the same name");
            }
            other += 1;
        }
        if let Some(mistake) = aliases(before, entries[at].aliases()) {
            return Some(mistake);
        }
        at += 1;
    }
    None
}

/// The bare names of one method, after the methods before it.
const fn aliases<P>(before: &[MethodEntry<P>], aliases: &[&str]) -> Option<&'static str> {
    let mut at = 0;
    while at < aliases.len() {
        if !is_bare(aliases[at]) {
            return Some("a bare name of an RPC method is empty or has a dot in it");
        }
        let mut taken = lists(aliases.split_at(at).0, aliases[at]);
        let mut other = 0;
        while other < before.len() {
            taken |= lists(before[other].aliases(), aliases[at]);
            other += 1;
        }
        if taken {
            return Some("two RPC methods have the same bare name");
        }
        at += 1;
    }
    None
}

const fn lists(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if same(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

/// Names with a dot are those of methods with their plug-in's in front.
const fn is_bare(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'.' {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty()
}

const fn config(schema: &Schema) -> Option<&'static str> {
    let keys: &[ConfigKey] = match schema {
        Schema::Table(keys) => keys,
        Schema::Optional(schema) | Schema::List(schema) => return config(schema),
        _ => return None,
    };
    let mut at = 0;
    while at < keys.len() {
        if !keys[at].is_sound() {
            return Some("the default of a key of the configuration is not within its range");
        }
        if let Some(mistake) = config(&keys[at].schema) {
            return Some(mistake);
        }
        at += 1;
    }
    None
}
