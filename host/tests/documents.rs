//! The documents say what the code is: quoted code, links and bytes are held against the repository.

use backplane::protocol::messages::{ProtocolOffer, Protocols};
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION, NONCE_FEATURE, SESSION_FEATURE};
use backplane::settings;
use backplane_plugin::{SessionKind, wire};
use std::fs;
use std::io::Write;
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

/// The Rust blocks of a document, each with the file that is named above it.
fn quotations(document: &str) -> Vec<(String, String)> {
    let named = |(marker, code): (String, String)| {
        let path = marker.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        assert!(path.is_some(), "no file is named before\n{code}");
        (path.unwrap_or_default().to_owned(), code)
    };
    let text = read(document);
    ["rust", "js"].into_iter().flat_map(|language| blocks(&text, language)).map(named).collect()
}

#[test]
fn the_code_in_the_readme_is_part_of_the_file_that_it_names() {
    let quotations = quotations("README.md");
    assert_eq!(quotations.len(), 4, "the walk through echo has four steps with code");
    for (path, code) in quotations {
        assert!(read(&path).contains(&code), "{path} does not contain\n{code}");
    }
}

#[test]
fn the_code_in_the_book_of_plug_ins_is_part_of_the_file_that_it_names() {
    let quotations = quotations("docs/plugins.md");
    assert!(quotations.len() > 10, "only {} blocks of code were found", quotations.len());
    for (path, code) in quotations {
        // What `plugin new` writes has the name of the book's example.
        let text = read(&path).replace("skeleton", "weather");
        assert!(text.contains(&code), "{path} does not contain\n{code}");
    }
}

#[test]
fn links_lead_to_files() {
    let mut count = 0;
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "config/README.md",
        "docs/chat.md",
        "docs/network.md",
        "docs/plugins.md",
        "docs/protocols/chat-room.md",
        "docs/security.md",
    ] {
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

/// The text of a document from one mark to another.
fn part<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).expect("the document has the beginning of the part");
    rest.split_once(to).expect("the document has the end of the part").0
}

/// The cells of the table that has this head.
fn table<'a>(text: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let mut lines = text.lines().skip_while(|line| *line != head);
    assert!(lines.next().is_some(), "there is no table {head}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Words with one space between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_rule_of_this_node_has_a_test_that_exists() {
    let document = read("docs/wire.md");
    let section = part(&document, "## 16. The rules of this node", "## 17.");
    let (prose, tests) = section.split_once("### The tests of these rules").expect("section 16 has both");
    let rows = table(tests, "| what this node does better | test |");
    for row in &rows {
        let [rule, tests] = row[..] else { panic!("two cells: {row:?}") };
        assert!(words(prose).contains(rule), "section 16 does not say {rule:?}");
        for test in tests.split(", ") {
            let named: Vec<_> = test.split('`').collect();
            let ["", file, " ", name, ""] = named[..] else { panic!("{rule}: no file and test: {test}") };
            let code = read(file);
            let (before, _) = code
                .split_once(&format!("fn {name}("))
                .unwrap_or_else(|| panic!("{rule}: {file} has no {name}"));
            let above = before.rsplit("fn ").next().unwrap_or_default();
            assert!(above.contains("#[test]") || above.contains("#[tokio::test"), "{name} is no test");
        }
    }
    for paragraph in prose.split("\n\n").filter(|paragraph| paragraph.starts_with("**")) {
        for clause in words(paragraph).split(". ").flat_map(|sentence| sentence.split("; ")) {
            let is_shown = rows.iter().any(|row| clause.contains(row[0]));
            assert!(is_shown, "no test shows: {clause}");
        }
    }
}

#[test]
fn every_configuration_in_the_guide_is_valid() {
    let blocks = blocks(&read("docs/network.md"), "toml");
    assert_eq!(blocks.len(), 6);
    for (_, block) in blocks {
        let mut file = tempfile::NamedTempFile::new().expect("the system has a folder for temporary files");
        file.write_all(block.as_bytes()).expect("the file can be written");
        if let Err(error) = settings::load(&[file.path().to_owned()], &[], std::iter::empty()) {
            panic!("{error}\n{block}");
        }
    }
}

#[test]
fn the_guide_has_every_key_with_its_default_and_what_a_change_takes() {
    let (guide, rules) = (read("docs/network.md"), read("host/src/settings/rules.rs"));
    let rows = table(&guide, "| key | default | change | meaning |");
    let mut rows = rows.iter();
    for rule in rules.lines() {
        let rule = rule.trim();
        let keys = ["live!(", "restart!("].map(|kind| rule.strip_prefix(kind).map(|rest| (kind, rest)));
        let Some((kind, rest)) = keys.into_iter().flatten().next() else { continue };
        let (key, _) = rest.split_once(')').expect("a rule names a key");
        let Some(section) =
            ["network", "limits", "http"].into_iter().find(|section| key.starts_with(section))
        else {
            continue;
        };
        let row = rows.clone().find(|row| row[0] == format!("`{key}`"));
        let row = row.unwrap_or_else(|| panic!("the guide does not have {key}"));
        assert_eq!(format!("{}!(", row[2]), kind, "{key}");
        if let Some(default) = default_of(section, key) {
            assert_eq!(row[1], format!("`{default}`"), "{key}");
        }
        assert!(!row[3].is_empty(), "{key} has no meaning");
    }
    let known = |row: &&Vec<&str>| rules.contains(&format!("!({})", row[0].trim_matches('`')));
    assert_eq!(rows.find(|row| !known(row)), None, "there is no such key");
}

/// The default of a key as it is written; none of a table, and of the one key that has no default.
fn default_of(section: &str, key: &str) -> Option<String> {
    let defaults = read("config/default.toml");
    let name = key.strip_prefix(section)?.strip_prefix('.')?;
    let text = part(&defaults, &format!("\n[{section}]\n"), "\n[");
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    assert!(value.is_some() || ["profiles", "getaddrs_max"].contains(&name), "{key} has no default");
    value.map(ToOwned::to_owned)
}

#[test]
fn the_guide_has_the_limits_of_a_plugin_with_their_defaults() {
    let (guide, defaults) = (read("docs/network.md"), read("config/default.toml"));
    let written = ["restart", "limits"].map(|table| {
        let text = part(&defaults, &format!("\n# [plugin.NAME.{table}]\n"), "\n#\n").to_owned();
        let keys = text.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));
        keys.map(|(key, value)| [format!("`{table}.{key}`"), format!("`{value}`")]).collect::<Vec<_>>()
    });
    let rows = table(&guide, "| key | default | meaning |");
    let rows: Vec<_> = rows.iter().map(|row| [row[0].to_owned(), row[1].to_owned()]).collect();
    assert_eq!(rows, written.concat());
}

#[test]
fn the_guide_has_the_times_of_every_scheme() {
    let (guide, defaults) = (read("docs/network.md"), read("config/default.toml"));
    let times = part(&defaults, "\n[network.profiles]\n", "\n[");
    let mut written = Vec::new();
    for (scheme, value) in times.lines().filter_map(|line| line.split_once(" = {")) {
        let values: Vec<_> = value.split('"').skip(1).step_by(2).collect();
        written.push([&[scheme.trim_matches('"')][..], &values[..]].concat());
    }
    let mut rows = table(&guide, "| scheme | connect_timeout | handshake_timeout | heartbeat_interval |");
    rows.iter_mut().for_each(|row| row[0] = row[0].trim_matches('`'));
    assert_eq!(rows, written);
}
