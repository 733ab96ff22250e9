//! The documents say what the code is: quoted code, links and bytes are held against the repository.

use backplane::protocol::messages::{ProtocolOffer, Protocols};
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION, NONCE_FEATURE, SESSION_FEATURE};
use backplane_plugin::{SessionKind, wire};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("documents and plug-ins are in the repository")
}

/// The fenced blocks of a language, each with the last line before it.
fn blocks(text: &str, language: &str) -> Vec<(String, String)> {
    let fence = format!("```{language}");
    let mut lines = text.lines();
    let mut before = "";
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line == fence {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((before.to_owned(), block.join("\n") + "\n"));
        }
        before = line;
    }
    found
}

fn bytes_of(block: &str) -> Vec<u8> {
    let digits: String = block.split_whitespace().collect();
    hex::decode(digits).expect("the block holds hex digits")
}

#[test]
fn the_code_in_the_readme_is_part_of_the_file_that_it_names() {
    let blocks = blocks(&read("README.md"), "rust");
    assert_eq!(blocks.len(), 4, "the walk through echo has four steps with code");
    for (marker, code) in blocks {
        let path = marker.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let path = path.unwrap_or_else(|| panic!("no file is named before\n{code}"));
        assert!(read(path).contains(&code), "{path} does not contain\n{code}");
    }
}

#[test]
fn links_lead_to_files() {
    let mut count = 0;
    for document in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "config/README.md", "docs/security.md"]
    {
        let text = read(document);
        let folder = root().join(document);
        let folder = folder.parent().expect("a file is in a folder");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for link in targets.filter(|link| !link.starts_with("http")) {
            let link = link.split('#').next().unwrap_or_default();
            assert!(folder.join(link).exists(), "{document} links to {link}, which is not there");
            count += 1;
        }
    }
    assert!(count > 10, "only {count} links were found");
}

#[test]
fn the_features_are_written_as_the_document_shows() {
    let block = blocks(&read("docs/wire.md"), "features").pop().expect("section 17 has the block");
    let features =
        [(FEATURE, FEATURE_VERSION), (NONCE_FEATURE, 42), (SESSION_FEATURE, SessionKind::Outbound as u32)];
    assert_eq!(bytes_of(&block.1), wire::to_bytes(&features.to_vec()).unwrap());
}

#[test]
fn the_list_of_protocols_is_written_as_the_document_shows() {
    let block = blocks(&read("docs/wire.md"), "bp.protocols").pop().expect("section 17 has the block");
    let offer = |name: &str, commands: &[&str]| ProtocolOffer {
        name: name.to_owned(),
        version: 1,
        commands: commands.iter().map(ToString::to_string).collect(),
    };
    let message = Protocols {
        revision: 1,
        heard: 0,
        protocols: vec![offer("ping", &["ping", "pong"]), offer("chat", &["DchatMsg"])],
    };
    assert_eq!(bytes_of(&block.1), wire::to_bytes(&message).unwrap());
}
