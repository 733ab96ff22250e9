//! One line of text, read strictly as the requests of JSON-RPC 2.0.

use super::error::MethodError;
use super::id::Id;
use super::reply::Reply;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

/// The most entries in one batch. A line of `[1,1,1…]` would otherwise be answered with fifty times its length.
pub(super) const MAX_BATCH: usize = 1024;

/// A call of one method.
#[derive(Debug)]
pub(super) struct Request {
    /// `None` makes it a notification, which is never answered.
    pub(super) id: Option<Id>,
    pub(super) method: String,
    /// An array or an object; an empty array when the request had none.
    pub(super) params: Value,
}

/// A request, or the reply that refuses it.
pub(super) type Entry = Result<Request, Reply>;

/// What a line held.
#[derive(Debug)]
pub(super) enum Incoming {
    Single(Entry),
    Batch(Vec<Entry>),
}

/// Reads one line. Whatever it holds, there is something to answer or to run.
pub(super) fn parse(line: &[u8]) -> Incoming {
    // This checks the grammar of the whole line and takes no memory; values are built below, one request at a time.
    let text = match serde_json::from_slice::<&RawValue>(line) {
        Ok(text) => text,
        Err(error) => return Incoming::Single(refuse(None, MethodError::parse_error(error.to_string()))),
    };
    match parse_batch(text) {
        None => Incoming::Single(parse_entry(text)),
        Some(entries) if entries.is_empty() => Incoming::Single(invalid(None, "the batch is empty")),
        Some(entries) if entries.len() > MAX_BATCH => {
            Incoming::Single(invalid(None, &format!("a batch holds at most {MAX_BATCH} requests")))
        }
        Some(entries) => Incoming::Batch(entries.into_iter().map(parse_entry).collect()),
    }
}

fn parse_batch(text: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text.get()).ok()
}

/// The members of a request, present or not, whatever their types.
#[derive(Deserialize)]
struct Members {
    #[serde(default, deserialize_with = "present")]
    jsonrpc: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    method: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
}

/// Keeps a member that is null apart from one that is missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

fn parse_entry(text: &RawValue) -> Entry {
    if !text.get().starts_with('{') {
        return invalid(None, "a request is an object");
    }
    let members = serde_json::from_str::<Members>(text.get()).map_err(|error| {
        let reason = error.to_string();
        Reply::refusing(match error.classify() {
            Category::Data => MethodError::invalid_request(reason),
            // The grammar was right: this is nested too deep, or a number or an escape stands for nothing.
            Category::Syntax | Category::Eof | Category::Io => MethodError::parse_error(reason),
        })
    })?;
    let id = match members.id.map(Id::new) {
        Some(None) => return invalid(None, "id must be a string, a number or null"),
        Some(id) => id,
        None => None,
    };
    if members.jsonrpc != Some("2.0".into()) {
        return invalid(id, "jsonrpc must be \"2.0\"");
    }
    let Some(Value::String(method)) = members.method else {
        return invalid(id, "method must be a string");
    };
    match members.params.unwrap_or_else(|| Value::Array(Vec::new())) {
        params @ (Value::Array(_) | Value::Object(_)) => Ok(Request { id, method, params }),
        _ => invalid(id, "params must be an array or an object"),
    }
}

fn invalid(id: Option<Id>, reason: &str) -> Entry {
    refuse(id, MethodError::invalid_request(reason))
}

fn refuse(id: Option<Id>, error: MethodError) -> Entry {
    Err(Reply { id: id.unwrap_or_else(Id::null), outcome: Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code and the id of the refusal, or the id and `None`.
    fn outcome(entry: Entry) -> (Option<i64>, Option<String>) {
        match entry {
            Ok(request) => (None, request.id.map(|id| id.as_str().to_owned())),
            Err(reply) => (reply.outcome.err().map(|error| error.code), Some(reply.id.as_str().to_owned())),
        }
    }

    fn single(line: &str) -> (Option<i64>, Option<String>) {
        match parse(line.as_bytes()) {
            Incoming::Single(entry) => outcome(entry),
            Incoming::Batch(_) => panic!("{line} was read as a batch"),
        }
    }

    #[test]
    fn keeps_every_kind_of_id_as_it_came() {
        for id in ["1", "-7", "0", "1.5", "1e3", "null", "\"abc\"", "\"17\"", "\"\"", r#""\u00e9""#]
            .into_iter()
            .chain(["9007199254740993", "18446744073709551615", "123456789012345678901234567890"])
        {
            let line = format!(r#"{{"jsonrpc":"2.0","method":"ping","id": {id} }}"#);
            assert_eq!(single(&line), (None, Some(id.to_owned())));
        }
        assert_eq!(single(r#"{"jsonrpc":"2.0","method":"ping"}"#), (None, None));
    }

    #[test]
    fn takes_missing_params_as_an_empty_array() {
        let Incoming::Single(Ok(request)) = parse(br#"{"jsonrpc":"2.0","method":"ping","id":1}"#) else {
            panic!("a good request was refused")
        };
        assert_eq!(request.params, Value::Array(Vec::new()));
        assert_eq!(request.method, "ping");
    }

    #[test]
    fn refuses_with_the_code_that_the_specification_names() {
        for (line, code, id) in [
            ("", -32700, "null"),
            ("hello", -32700, "null"),
            ("{", -32700, "null"),
            (r#"{"jsonrpc":"2.0","method":"ping","id":1} x"#, -32700, "null"),
            (r#"{"jsonrpc":"2.0","method":"ping","params":[1e999],"id":1}"#, -32700, "null"),
            (r#"[{"jsonrpc":"2.0","method":"ping","id":1},{"jsonrpc"]"#, -32700, "null"),
            ("1", -32600, "null"),
            ("null", -32600, "null"),
            ("[]", -32600, "null"),
            ("{}", -32600, "null"),
            (r#"{"jsonrpc":"1.0","method":"ping","id":1}"#, -32600, "1"),
            (r#"{"jsonrpc":2.0,"method":"ping","id":1}"#, -32600, "1"),
            (r#"{"method":"ping","id":"a"}"#, -32600, "\"a\""),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600, "1"),
            (r#"{"jsonrpc":"2.0","method":null,"id":1}"#, -32600, "1"),
            (r#"{"jsonrpc":"2.0","method":"ping","params":1,"id":1}"#, -32600, "1"),
            (r#"{"jsonrpc":"2.0","method":"ping","params":null,"id":1}"#, -32600, "1"),
            (r#"{"jsonrpc":"2.0","method":"ping","id":true}"#, -32600, "null"),
            (r#"{"jsonrpc":"2.0","method":"ping","id":[1]}"#, -32600, "null"),
            (r#"{"jsonrpc":"2.0","method":"ping","id":1,"id":2}"#, -32600, "null"),
        ] {
            assert_eq!(single(line), (Some(code), Some(id.to_owned())), "{line}");
        }
        assert_eq!(single(&"[".repeat(100_000)), (Some(-32700), Some("null".to_owned())));
    }

    #[test]
    fn refuses_bytes_that_are_no_utf8() {
        let Incoming::Single(Err(reply)) = parse(b"{\"jsonrpc\":\"\xff\"}") else { panic!("it was taken") };
        assert_eq!(reply.outcome.unwrap_err().code, -32700);
    }

    #[test]
    fn refuses_values_nested_too_deep_without_recursing() {
        let deep = format!(
            r#"{{"jsonrpc":"2.0","method":"ping","params":{}{},"id":1}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(single(&deep), (Some(-32700), Some("null".to_owned())));
    }

    #[test]
    fn reads_each_entry_of_a_batch_on_its_own() {
        let line = br#"[1, [], {"foo":"boo"}, {"jsonrpc":"2.0","method":"a","id":5}, {"jsonrpc":"2.0","method":"b"}]"#;
        let Incoming::Batch(entries) = parse(line) else { panic!("a batch was refused") };
        let null = || Some("null".to_owned());
        assert_eq!(
            entries.into_iter().map(outcome).collect::<Vec<_>>(),
            [
                (Some(-32600), null()),
                (Some(-32600), null()),
                (Some(-32600), null()),
                (None, Some("5".to_owned())),
                (None, None)
            ]
        );
    }

    #[test]
    fn refuses_a_batch_that_is_too_large() {
        let batch = |count: usize| format!("[{}1]", "1,".repeat(count - 1));
        assert_eq!(single(&batch(MAX_BATCH + 1)), (Some(-32600), Some("null".to_owned())));
        assert!(
            matches!(parse(batch(MAX_BATCH).as_bytes()), Incoming::Batch(entries) if entries.len() == MAX_BATCH)
        );
    }
}
