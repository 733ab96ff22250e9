//! Writes what a configuration takes, in the words of JSON Schema.

use super::writer::Writer;
use crate::config::{ConfigKey, Literal, Schema};

/// An object with what `schema` says, and what `key` says of it.
pub(super) const fn write<const N: usize>(out: &mut Writer<N>, schema: &Schema, key: Option<&ConfigKey>) {
    out.raw("{");
    let mut at = kind(out, schema, key);
    if let Some(key) = key {
        if !matches!(key.default, Literal::Table) {
            out.key(at, "default");
            literal(out, &key.default);
            at += 1;
        }
        if !key.doc.is_empty() {
            out.key(at, "description");
            lines(out, key.doc);
        }
    }
    out.raw("}");
}

/// The members that say which values there are; how many members that were.
const fn kind<const N: usize>(out: &mut Writer<N>, schema: &Schema, key: Option<&ConfigKey>) -> usize {
    match schema {
        Schema::Any => return 0,
        Schema::Boolean => out.raw("\"type\":\"boolean\""),
        Schema::Text => out.raw("\"type\":\"string\""),
        Schema::Number => {
            out.raw("\"type\":\"number\"");
            return range(out, key, None);
        }
        Schema::Integer { min, max } => {
            out.raw("\"type\":\"integer\"");
            return range(out, key, Some((Literal::Integer(*min), Literal::Integer(*max))));
        }
        Schema::Optional(schema) => {
            out.raw("\"anyOf\":[");
            write(out, schema, None);
            out.raw(",{\"type\":\"null\"}]");
        }
        Schema::List(schema) => {
            out.raw("\"type\":\"array\",\"items\":");
            write(out, schema, None);
        }
        Schema::Table(keys) => {
            out.raw("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
            let mut at = 0;
            while at < keys.len() {
                out.key(at, keys[at].name);
                write(out, &keys[at].schema, Some(&keys[at]));
                at += 1;
            }
            out.raw("}");
        }
    }
    1
}

/// The bounds of a number: those of the key, else those of its type.
const fn range<const N: usize>(
    out: &mut Writer<N>,
    key: Option<&ConfigKey>,
    of_type: Option<(Literal, Literal)>,
) -> usize {
    let bounds = match key {
        Some(ConfigKey { range: Some(range), .. }) => Some(*range),
        _ => of_type,
    };
    if let Some((min, max)) = &bounds {
        out.key(1, "minimum");
        literal(out, min);
        out.key(1, "maximum");
        literal(out, max);
    }
    1
}

const fn literal<const N: usize>(out: &mut Writer<N>, literal: &Literal) {
    match *literal {
        Literal::Table | Literal::Nothing => out.raw("null"),
        Literal::Boolean(flag) => out.raw(if flag { "true" } else { "false" }),
        Literal::Integer(number) => out.integer(number),
        Literal::Number(number) => out.number(number),
        Literal::Text(text) => out.string(text),
        Literal::Texts(texts) => {
            out.raw("[");
            let mut at = 0;
            while at < texts.len() {
                out.comma(at);
                out.string(texts[at]);
                at += 1;
            }
            out.raw("]");
        }
        Literal::Signed(numbers) => {
            out.raw("[");
            let mut at = 0;
            while at < numbers.len() {
                out.comma(at);
                out.integer(numbers[at] as i128);
                at += 1;
            }
            out.raw("]");
        }
        Literal::Unsigned(numbers) => {
            out.raw("[");
            let mut at = 0;
            while at < numbers.len() {
                out.comma(at);
                out.integer(numbers[at] as i128);
                at += 1;
            }
            out.raw("]");
        }
    }
}

/// The lines of a documentation as one.
const fn lines<const N: usize>(out: &mut Writer<N>, doc: &[&str]) {
    out.raw("\"");
    let mut at = 0;
    while at < doc.len() {
        if at > 0 {
            out.raw(" ");
        }
        out.escaped(doc[at].trim_ascii());
        at += 1;
    }
    out.raw("\"");
}
