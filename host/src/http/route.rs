//! What the path of a request means.

/// The page that stands for its folder.
const INDEX: &str = "index.html";

/// What the path of a request means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// The list of what there is.
    Index,
    /// JSON-RPC.
    Rpc,
    /// A plug-in without the slash that the links on its pages need.
    Plugin(&'a str),
    /// A page of a plug-in.
    Page { plugin: &'a str, path: String },
}

/// What a path means. Pages have no names that need to be escaped, so nothing is unescaped.
pub(super) fn route(path: &str) -> Route<'_> {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.split_once('/') {
        None if path.is_empty() => Route::Index,
        None if path == "rpc" => Route::Rpc,
        None => Route::Plugin(path),
        Some((plugin, page)) => {
            let index = if page.is_empty() || page.ends_with('/') { INDEX } else { "" };
            Route::Page { plugin, path: format!("{page}{index}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_mean_pages_below_their_plugin() {
        let page = |plugin, path: &str| Route::Page { plugin, path: path.to_owned() };
        for (path, expected) in [
            ("/", Route::Index),
            ("", Route::Index),
            ("/rpc", Route::Rpc),
            ("/rpc/", page("rpc", "index.html")),
            ("/chat", Route::Plugin("chat")),
            ("/chat/", page("chat", "index.html")),
            ("/chat/lib/", page("chat", "lib/index.html")),
            ("/chat/lib/x.js", page("chat", "lib/x.js")),
            ("/chat//x.js", page("chat", "/x.js")),
            ("/chat/../x", page("chat", "../x")),
            ("//evil.example", page("", "evil.example")),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}
