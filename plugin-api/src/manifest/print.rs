//! Writes the manifest of a plug-in while it is compiled.

use super::section::{HEADER, header};
use super::writer::Writer;
use super::{API_VERSION, Limits, Package, RUSTC, TARGET, schema};
use crate::abi::{ABI_MAJOR, ABI_MINOR};
use crate::config::PluginConfig;
use crate::message::MessageInfo;
use crate::page::Page;
use crate::plugin::{Negotiation, Plugin};
use crate::registry::{MethodEntry, ProtocolInfo};

/// How many bytes the section of a plug-in has.
#[must_use]
pub const fn section_len<P: Plugin>(package: &Package) -> usize {
    let mut out = Writer::<0>::new();
    write::<P, 0>(&mut out, package);
    HEADER + out.len()
}

/// The bytes of the section: `N` is what [`section_len`] says.
#[must_use]
pub const fn section<P: Plugin, const N: usize>(package: &Package) -> [u8; N] {
    let mut out = Writer::<N>::new();
    out.bytes(&header(N - HEADER));
    write::<P, N>(&mut out, package);
    out.finish()
}

const fn write<P: Plugin, const N: usize>(out: &mut Writer<N>, package: &Package) {
    out.raw("{");
    origin(out, package);
    out.key(1, "protocols");
    out.raw("[");
    let mut at = 0;
    while at < P::PROTOCOLS.len() {
        out.comma(at);
        protocol(out, P::PROTOCOLS[at].info());
        at += 1;
    }
    out.raw("]");
    out.key(1, "methods");
    out.raw("[");
    let mut at = 0;
    while at < P::METHODS.len() {
        out.comma(at);
        method(out, &P::METHODS[at]);
        at += 1;
    }
    out.raw("]");
    out.key(1, "pages");
    out.raw("[");
    let mut at = 0;
    while at < P::PAGES.len() {
        out.comma(at);
        page(out, &P::PAGES[at]);
        at += 1;
    }
    out.raw("]");
    out.key(1, "config");
    schema::write(out, &<P::Config as PluginConfig>::SCHEMA, None);
    out.key(1, "limits");
    limits(out, &P::LIMITS);
    out.raw("}");
}

/// Who it is, and what built it.
const fn origin<const N: usize>(out: &mut Writer<N>, package: &Package) {
    let members = [
        ("name", package.plugin_name()),
        ("version", package.version),
        ("description", package.description),
        ("license", package.license),
        ("api_version", API_VERSION),
        ("rustc", RUSTC),
        ("target", TARGET),
        ("panic", package.panic),
    ];
    let mut at = 0;
    while at < members.len() {
        out.key(at, members[at].0);
        out.string(members[at].1);
        at += 1;
    }
    out.key(1, "abi");
    out.raw("{");
    integer(out, 0, "major", ABI_MAJOR as u64);
    integer(out, 1, "minor", ABI_MINOR as u64);
    out.raw("}");
}

const fn integer<const N: usize>(out: &mut Writer<N>, at: usize, name: &str, number: u64) {
    out.key(at, name);
    out.integer(number as i128);
}

const fn protocol<const N: usize>(out: &mut Writer<N>, info: &ProtocolInfo) {
    out.raw("{");
    out.key(0, "name");
    out.string(info.name);
    integer(out, 1, "version", info.version as u64);
    integer(out, 1, "sessions", info.sessions.bits() as u64);
    out.key(1, "assumed");
    out.raw(if matches!(info.negotiation, Negotiation::Assumed) { "true" } else { "false" });
    out.key(1, "messages");
    out.raw("[");
    let mut at = 0;
    while at < info.messages.len() {
        out.comma(at);
        message(out, &info.messages[at]);
        at += 1;
    }
    out.raw("]}");
}

const fn message<const N: usize>(out: &mut Writer<N>, info: &MessageInfo) {
    out.raw("{");
    out.key(0, "name");
    out.string(info.name);
    integer(out, 1, "max_bytes", info.max_bytes);
    if info.metering.is_on() {
        out.key(1, "metering");
        out.raw("{");
        integer(out, 0, "score", info.metering.score as u64);
        integer(out, 1, "threshold", info.metering.threshold as u64);
        integer(out, 1, "sleep_step_ms", info.metering.sleep_step_ms as u64);
        integer(out, 1, "expiry_ms", info.metering.expiry_ms as u64);
        out.raw("}");
    }
    out.raw("}");
}

const fn method<P, const N: usize>(out: &mut Writer<N>, entry: &MethodEntry<P>) {
    out.raw("{");
    out.key(0, "name");
    out.string(entry.name());
    out.key(1, "aliases");
    out.raw("[");
    let mut at = 0;
    while at < entry.aliases().len() {
        out.comma(at);
        out.string(entry.aliases()[at]);
        at += 1;
    }
    out.raw("]}");
}

const fn page<const N: usize>(out: &mut Writer<N>, page: &Page) {
    out.raw("{");
    out.key(0, "path");
    out.string(page.path());
    out.key(1, "media_type");
    out.string(page.media_type());
    integer(out, 1, "bytes", page.content().len() as u64);
    out.raw("}");
}

const fn limits<const N: usize>(out: &mut Writer<N>, limits: &Limits) {
    let Limits { queue_bytes, jobs, subscriptions, .. } = *limits;
    let Limits { bytes_per_second, log_lines_per_second, data_soft, heap_soft, .. } = *limits;
    out.raw("{");
    integer(out, 0, "queue_bytes", queue_bytes);
    integer(out, 1, "jobs", jobs);
    integer(out, 1, "subscriptions", subscriptions);
    integer(out, 1, "bytes_per_second", bytes_per_second);
    integer(out, 1, "log_lines_per_second", log_lines_per_second);
    integer(out, 1, "data_soft", data_soft);
    integer(out, 1, "heap_soft", heap_soft);
    out.raw("}");
}
