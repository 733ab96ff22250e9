//! The files of a new plug-in: those in `skeleton`, with its name in place of theirs.

use super::name::PluginName;

/// The files and their texts, in which the plug-in is called `skeleton`. No type has its name: so it clashes with nothing,
/// and lines are as long as they look.
const FILES: [(&str, &str); 5] = [
    (".gitignore", include_str!("skeleton/gitignore")),
    ("Cargo.toml", include_str!("skeleton/manifest.toml")),
    ("README.md", include_str!("skeleton/README.md")),
    ("src/lib.rs", include_str!("skeleton/lib.rs")),
    ("tests/behaviour.rs", include_str!("skeleton/behaviour.rs")),
];

/// What the files of one plug-in are made from.
#[derive(Debug)]
pub(super) struct Skeleton<'a> {
    /// Its name.
    pub(super) name: &'a PluginName,
    /// The dependency on the contract, without the braces around it.
    pub(super) api: &'a str,
}

impl Skeleton<'_> {
    /// Each file with its text.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, String)> {
        FILES.iter().map(|(file, text)| (*file, self.fill(text)))
    }

    fn fill(&self, text: &str) -> String {
        // The crate first: its name holds that of the plug-in.
        text.replace("backplane_skeleton", &format!("backplane_{}", self.name.snake()))
            .replace("skeleton", self.name.as_str())
            .replace("path = \"plugin-api\"", self.api)
    }
}
