//! The chat page: the files that browsers get at `/chat/`.

use backplane_plugin::{Page, pages};

/// All files of the folder `page`.
pub(crate) const PAGES: &[Page] = pages![
    "../page/":
    "index.html", "icon.svg",
    "theme.css", "layout.css", "messages.css", "overlays.css",
    "theme.js",
    "actions.js", "announcer.js", "avatar.js", "banner.js", "clipboard.js", "composer.js", "dialog.js",
    "dom.js", "emoji.js", "header.js", "icons.js", "keys.js", "main.js", "mentions.js", "messages.js",
    "model.js", "news.js", "outbox.js", "panel.js", "people.js", "popover.js", "reading.js", "rooms.js", "row.js",
    "rpc.js", "scroller.js", "search.js", "session.js", "settings.js", "sidebar.js", "switcher.js",
    "text.js", "timeline.js", "times.js", "toasts.js", "truth.js",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_a_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let files: BTreeSet<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let pages: BTreeSet<_> = PAGES.iter().map(|page| page.path().to_owned()).collect();
        assert_eq!(pages, files);
    }

    #[test]
    fn no_script_makes_markup_or_code_of_a_text() {
        const WAYS: &[&str] = &[
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "createContextualFragment",
            "DOMParser",
            "setHTML",
            "srcdoc",
            "eval(",
            "new Function",
            "import(",
            "javascript:",
        ];
        for page in PAGES.iter().filter(|page| page.path().ends_with(".js")) {
            let source = std::str::from_utf8(page.content()).unwrap();
            for way in WAYS {
                assert!(!source.contains(way), "{} has {way}", page.path());
            }
        }
    }

    #[test]
    fn nothing_is_fetched_from_another_host() {
        // The name of a namespace is no address that anybody asks.
        const NAMES: &[&str] = &["http://www.w3.org/2000/svg"];
        for page in PAGES {
            let mut source = std::str::from_utf8(page.content()).unwrap().to_owned();
            for name in NAMES {
                source = source.replace(name, "");
            }
            let is_comment = |line: &str| line.trim_start().starts_with("//");
            let address = source.lines().filter(|line| !is_comment(line)).find(|line| line.contains("://"));
            assert_eq!(address, None, "in {}", page.path());
        }
    }
}
