//! The pages in a library, by path.

use super::integrity::Sha256;
use backplane_plugin::abi::PageDecl;
use std::collections::BTreeMap;

/// One page of a plug-in. It lies in the library, which is never closed.
#[derive(Debug, Clone, Copy)]
pub struct PluginPage {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
    /// The hash of them.
    pub hash: Sha256,
}

/// The pages of one plug-in, by path.
pub(super) type Pages = BTreeMap<&'static str, PluginPage>;

/// The pages in a library's table.
pub(super) fn pages(decls: &[PageDecl]) -> Pages {
    let page = |decl: &PageDecl| {
        let (media_type, content) = (decl.media_type.as_str(), decl.content.as_slice());
        (decl.path.as_str(), PluginPage { media_type, content, hash: Sha256::of(content) })
    };
    decls.iter().map(page).collect()
}
