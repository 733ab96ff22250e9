//! A manifest as it was found in a file.

use super::section::{self, SectionError};
use super::{Limits, MAX_BYTES};
use crate::abi::{Manifest, MessageDecl, MethodDecl, PageDecl, ProtocolDecl};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a library's file says of the plug-in in it. Fields that are not known are passed over: a newer minor version
/// may have more of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileManifest {
    /// The name, as in `[plugin.NAME]`.
    pub name: String,
    /// The plug-in's own version.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// The licence, as an SPDX expression.
    pub license: String,
    /// The version of this crate that it was built with.
    pub api_version: String,
    /// The version of the ABI that it was built with.
    pub abi: AbiVersion,
    /// The compiler that built it.
    pub rustc: String,
    /// The target that it was built for.
    pub target: String,
    /// What a panic does in it: `unwind` or `abort`.
    pub panic: String,
    /// Its protocols.
    pub protocols: Vec<FileProtocol>,
    /// Its RPC methods.
    pub methods: Vec<FileMethod>,
    /// What it has for browsers; nothing before ABI 1.3.
    #[serde(default)]
    pub pages: Vec<FilePage>,
    /// What its configuration takes, in the words of JSON Schema; empty when it does not say.
    pub config: Value,
    /// How much it wants to use.
    pub limits: Limits,
}

/// A version of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbiVersion {
    /// Hosts and plug-ins of different ones do not fit.
    pub major: u32,
    /// Counts the additions.
    pub minor: u32,
}

/// One protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProtocol {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The sessions it runs on, as bits.
    pub sessions: u32,
    /// Whether it also runs with peers that do not negotiate.
    pub assumed: bool,
    /// The commands it sends and receives.
    pub messages: Vec<FileMessage>,
}

/// One message type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMessage {
    /// The command.
    pub name: String,
    /// The largest payload in bytes; 0 leaves it to the host.
    pub max_bytes: u64,
    /// How often it may be sent; all zeros when it is not metered.
    #[serde(default)]
    pub metering: FileMetering,
}

/// The metering of a message, as [`Metering`](crate::Metering) has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMetering {
    /// Points that one message costs.
    pub score: u32,
    /// Points within the window that are free.
    pub threshold: u32,
    /// Delay for each point above, in milliseconds.
    pub sleep_step_ms: u32,
    /// Length of the window, in milliseconds.
    pub expiry_ms: u32,
}

/// One RPC method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMethod {
    /// The name after `PLUGIN.`.
    pub name: String,
    /// Bare names under which it answers too.
    pub aliases: Vec<String>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePage {
    /// The path below the plug-in's name.
    pub path: String,
    /// Its media type.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
}

impl FileManifest {
    /// Reads the bytes of a section.
    ///
    /// # Errors
    ///
    /// [`SectionError`]: what the bytes are instead.
    pub fn read(section: &[u8]) -> Result<Self, SectionError> {
        if section.len() > MAX_BYTES + section::HEADER {
            let (max, found) = (MAX_BYTES, section.len());
            return Err(SectionError::Content(format!("it may have {max} bytes and has {found}")));
        }
        let text = section::text_of(section)?;
        serde_json::from_str(text).map_err(|error| SectionError::Content(error.to_string()))
    }

    /// What a manifest would have to say for the tables of the opened library to agree with it. What the tables do not
    /// have is as it is here.
    #[must_use]
    pub fn of_tables(&self, abi: AbiVersion, tables: &Manifest, pages: &[PageDecl]) -> Self {
        Self {
            name: tables.name.to_string(),
            version: tables.version.to_string(),
            description: tables.description.to_string(),
            license: tables.license.to_string(),
            api_version: tables.api_version.to_string(),
            abi,
            protocols: tables.protocols.iter().map(Into::into).collect(),
            methods: tables.methods.iter().map(Into::into).collect(),
            pages: pages.iter().map(Into::into).collect(),
            ..self.clone()
        }
    }
}

impl From<&ProtocolDecl> for FileProtocol {
    fn from(decl: &ProtocolDecl) -> Self {
        Self {
            name: decl.name.to_string(),
            version: decl.version,
            sessions: decl.sessions,
            assumed: decl.assumed,
            messages: decl.messages.iter().map(Into::into).collect(),
        }
    }
}

impl From<&MessageDecl> for FileMessage {
    fn from(decl: &MessageDecl) -> Self {
        let MessageDecl { score, threshold, sleep_step_ms, expiry_ms, .. } = *decl;
        let metering = FileMetering { score, threshold, sleep_step_ms, expiry_ms };
        // Whoever is not metered says nothing of it.
        let metering = if threshold == 0 { FileMetering::default() } else { metering };
        Self { name: decl.name.to_string(), max_bytes: decl.max_bytes, metering }
    }
}

impl From<&MethodDecl> for FileMethod {
    fn from(decl: &MethodDecl) -> Self {
        let aliases = decl.aliases.iter().map(ToString::to_string).collect();
        Self { name: decl.name.to_string(), aliases }
    }
}

impl From<&PageDecl> for FilePage {
    fn from(decl: &PageDecl) -> Self {
        let bytes = decl.content.len() as u64;
        Self { path: decl.path.to_string(), media_type: decl.media_type.to_string(), bytes }
    }
}
