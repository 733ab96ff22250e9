//! Whether two descriptions of a plug-in say the same.

use backplane_plugin::manifest::FileManifest;
use serde_json::Value;

/// The first thing in which the file and the tables of the opened library differ.
pub(in crate::plugin) fn difference(file: &FileManifest, tables: &FileManifest) -> Option<Difference> {
    let value = |manifest| serde_json::to_value(manifest).unwrap_or_default();
    differ("", &value(file), &value(tables))
}

fn differ(place: &str, file: &Value, tables: &Value) -> Option<Difference> {
    let nothing = Value::Null;
    match (file, tables) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            let side =
                |side: &serde_json::Map<String, Value>, key: &str| side.get(key).cloned().unwrap_or_default();
            let dot = if place.is_empty() { "" } else { "." };
            keys.into_iter()
                .find_map(|key| differ(&format!("{place}{dot}{key}"), &side(one, key), &side(other, key)))
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len())).find_map(|at| {
            let side = |side: &[Value]| side.get(at).cloned().unwrap_or(nothing.clone());
            differ(&format!("{place}[{at}]"), &side(one), &side(other))
        }),
        _ if file == tables => None,
        _ => Some(Difference { place: place.to_owned(), file: file.to_string(), tables: tables.to_string() }),
    }
}

/// Something that the file says otherwise than the library's tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its file says {place} = {file}, its tables say {tables}")]
pub struct Difference {
    /// What it is, such as `protocols[0].name`.
    pub place: String,
    /// What the file says, as JSON.
    pub file: String,
    /// What the tables say, as JSON.
    pub tables: String,
}

#[cfg(test)]
mod tests {
    use super::super::taken::tests::manifest;
    use super::*;
    use backplane_plugin::manifest::FilePage;

    fn page() -> FilePage {
        FilePage { path: "index.html".to_owned(), media_type: "text/html".to_owned(), bytes: 1 }
    }

    #[test]
    fn names_the_first_thing_that_differs() {
        let file = manifest("chat", &[("chat", 39, &["line"])], &[("send", &["send"])]);
        assert_eq!(difference(&file, &file), None);
        for (change, expected) in [
            (
                (|m| m.version = "2.0.0".to_owned()) as fn(&mut FileManifest),
                "its file says version = \"1.0.0\", its tables say \"2.0.0\"",
            ),
            (|m| m.abi.minor = 77, "abi.minor = "),
            (|m| m.protocols[0].assumed = true, "protocols[0].assumed = false, its tables say true"),
            (
                |m| m.protocols[0].messages[0].max_bytes = 9,
                "protocols[0].messages[0].max_bytes = 0, its tables say 9",
            ),
            (|m| m.protocols[0].messages.clear(), "protocols[0].messages[0] = {"),
            (|m| m.methods.push(m.methods[0].clone()), "methods[1] = null, its tables say {"),
            (|m| m.pages.push(page()), "pages[0] = null, its tables say {"),
            (|m| m.methods[0].aliases.clear(), "methods[0].aliases[0] = \"send\", its tables say null"),
        ] {
            let mut tables = file.clone();
            change(&mut tables);
            let told = difference(&file, &tables).unwrap().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
