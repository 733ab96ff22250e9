//! The list of the plug-ins that have pages, for people.

use crate::plugin::Front;
use std::fmt::Write;

/// The page that lists them.
pub(super) fn page(fronts: &[Front]) -> String {
    let mut items = String::new();
    for Front { name, description, idle } in fronts {
        let (name, description) = (escaped(name), escaped(description));
        let item = match idle {
            None => format!("<a href=\"/{name}/\">{name}</a>: {description}"),
            Some(state) => format!("{name}: {description} ({})", escaped(&state.to_string())),
        };
        // Texts grow.
        let _ = writeln!(items, "<li>{item}</li>");
    }
    let list = if items.is_empty() {
        "<p>No plug-in of this node has pages.</p>\n".to_owned()
    } else {
        format!("<ul>\n{items}</ul>\n")
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Backplane</title>\n<h1>Backplane</h1>\n{list}</html>\n"
    )
}

/// A text as it stands in a page, or in the value of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::State;

    #[test]
    fn lists_what_runs_with_a_link_and_what_does_not_with_its_reason() {
        let front =
            |name: &str, idle| Front { name: name.to_owned(), description: "Says <\"'&>".to_owned(), idle };
        let page = page(&[front("chat", None), front("a<b", Some(State::Withdrawn))]);
        assert!(
            page.contains("<li><a href=\"/chat/\">chat</a>: Says &lt;&quot;&#39;&amp;&gt;</li>"),
            "{page}"
        );
        assert!(page.contains("<li>a&lt;b: Says"), "{page}");
        assert!(page.contains("(disabled: its protocols have been withdrawn)</li>"), "{page}");
    }

    #[test]
    fn says_so_when_there_is_nothing() {
        assert!(page(&[]).contains("No plug-in of this node has pages."));
    }
}
