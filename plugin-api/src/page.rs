//! The pages that a plug-in brings for browsers: files that are part of its library.

use std::fmt;

/// How long a page's path may be, in bytes.
const MAX_PATH: usize = 200;

/// What a browser gets for `index.html`, when it asks for a folder.
const INDEX: &str = "index.html";

/// One file that a host with `[http]` gives to browsers, at `/PLUGIN/PATH`; see [`pages!`](crate::pages!).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Page {
    path: &'static str,
    media_type: &'static str,
    content: &'static [u8],
}

impl Page {
    /// A page whose media type follows from the end of its path.
    ///
    /// # Panics
    ///
    /// While the plug-in is compiled: when the end of the path is none that is known.
    #[must_use]
    #[expect(clippy::panic, reason = "it is the compiler who panics")]
    pub const fn new(path: &'static str, content: &'static [u8]) -> Self {
        match media_type(path) {
            Some(media_type) => Self { path, media_type, content },
            None => panic!("the end of a page's path is not known: say its type with Page::of_type"),
        }
    }

    /// A page with this media type, such as `text/html; charset=utf-8`.
    #[must_use]
    pub const fn of_type(path: &'static str, media_type: &'static str, content: &'static [u8]) -> Self {
        Self { path, media_type, content }
    }

    /// The path below the plug-in's name.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Its bytes.
    #[must_use]
    pub const fn content(&self) -> &'static [u8] {
        self.content
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("path", &self.path)
            .field("media_type", &self.media_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

/// By the end of a path.
const MEDIA_TYPES: &[(&str, &str)] = &[
    (".html", "text/html; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".mjs", "text/javascript; charset=utf-8"),
    (".json", "application/json"),
    (".webmanifest", "application/manifest+json"),
    (".txt", "text/plain; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
    (".jpg", "image/jpeg"),
    (".webp", "image/webp"),
    (".ico", "image/x-icon"),
    (".woff2", "font/woff2"),
    (".wasm", "application/wasm"),
];

const fn media_type(path: &str) -> Option<&'static str> {
    let mut at = 0;
    while at < MEDIA_TYPES.len() {
        let (end, media_type) = MEDIA_TYPES[at];
        if ends_with(path.as_bytes(), end.as_bytes()) {
            return Some(media_type);
        }
        at += 1;
    }
    None
}

const fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    match bytes.len().checked_sub(end.len()) {
        Some(from) => same(bytes.split_at(from).1, end),
        None => false,
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The first mistake in the pages of a plug-in.
pub(crate) const fn mistake(pages: &[Page]) -> Option<&'static str> {
    let (mut at, mut has_index) = (0, pages.is_empty());
    while at < pages.len() {
        let path = pages[at].path.as_bytes();
        if !is_path(path) {
            return Some(
                "a page's path is not one of names with letters, digits, `_`, `-` and `.`, split by `/`",
            );
        }
        if !is_printable(pages[at].media_type.as_bytes()) {
            return Some("a page's media type is empty, or has something in it that cannot be printed");
        }
        let mut other = 0;
        while other < at {
            if same(pages[other].path.as_bytes(), path) {
                return Some("two pages have the same path");
            }
            other += 1;
        }
        has_index |= same(path, INDEX.as_bytes());
        at += 1;
    }
    if has_index { None } else { Some("there are pages, and none of them is index.html") }
}

/// Whether it is relative, and leads nowhere but down.
const fn is_path(path: &[u8]) -> bool {
    let (mut at, mut name) = (0, 0);
    while at < path.len() {
        match path[at] {
            // A name that begins with a dot would be hidden, or lead up.
            b'.' if name == 0 => return false,
            b'/' if name == 0 => return false,
            b'/' => name = 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => name += 1,
            _ => return false,
        }
        at += 1;
    }
    name > 0 && path.len() <= MAX_PATH
}

const fn is_printable(text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        if text[at] < b' ' || text[at] > b'~' {
            return false;
        }
        at += 1;
    }
    !text.is_empty()
}

/// Files beside the source as pages, for [`Plugin::PAGES`](crate::Plugin::PAGES): the folder, relative to the file that this
/// stands in, and what is taken from it.
///
/// ```
/// # use backplane_plugin::*;
/// const PAGES: &[Page] = pages!["../tests/page/": "index.html", "style.css", "lib/page.js"];
/// # assert_eq!(PAGES[0].media_type(), "text/html; charset=utf-8");
/// ```
///
/// They become part of the library: a plug-in stays one file. The media type follows from the end of the name. What is made in
/// another way is a [`Page::new`] or [`Page::of_type`] in a list of one's own.
///
/// The paths are checked while the plug-in is compiled: they are relative, lead nowhere but down, and one is `index.html`,
/// which browsers get for `/PLUGIN/`.
///
/// ```compile_fail,E0080
/// # use backplane_plugin::*;
/// # struct Up;
/// impl Plugin for Up {
///     type Config = NoConfig;
///     const PAGES: &'static [Page] = &[Page::new("index.html", b""), Page::new("../secret.txt", b"")];
/// #   fn create(_: Host, _: NoConfig) -> Result<Self, PluginError> { Ok(Self) }
/// }
/// export_plugin!(Up); // a path leads up
/// ```
#[macro_export]
macro_rules! pages {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$($crate::Page::new($path, include_bytes!(concat!($folder, $path)))),+]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX_PAGE: Page = Page::new(INDEX, b"<!doctype html>");

    #[test]
    fn the_media_type_follows_from_the_end_of_the_path() {
        for (path, expected) in [
            ("index.html", Some("text/html; charset=utf-8")),
            ("a/b.min.js", Some("text/javascript; charset=utf-8")),
            ("icon.svg", Some("image/svg+xml")),
            ("html", None),
            ("a.html.gz", None),
            ("", None),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_or_are_there_twice_are_mistakes() {
        let long = "x".repeat(MAX_PATH + 1).leak();
        let with = |path: &'static str| mistake(&[INDEX_PAGE, Page::of_type(path, "text/plain", b"")]);
        for path in ["a", "A-1_b.c", "lib/deep/x.js", "a..b"] {
            assert_eq!(with(path), None, "{path}");
        }
        for path in [
            "", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a", ".hidden", "a b", "ä", "a\\b", "a?b", long,
        ] {
            assert!(with(path).unwrap().contains("a page's path"), "{path}");
        }
        assert_eq!(with(INDEX), Some("two pages have the same path"));
        assert_eq!(mistake(&[]), None);
        assert!(mistake(&[Page::new("a.js", b"")]).unwrap().contains("index.html"));
        for media_type in ["", "text/html\r\nSet-Cookie: a", "tëxt"] {
            let page = Page::of_type("a", media_type, b"");
            assert!(mistake(&[INDEX_PAGE, page]).unwrap().contains("media type"), "{media_type}");
        }
    }
}
