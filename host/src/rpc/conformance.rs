//! What a connection answers, held against the specification's examples, then against a recorded node.

use super::{MethodError, Methods, connection, handler};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

/// The requests and replies of the specification's section 7; an empty reply is none.
const EXAMPLES: &[(&str, &str)] = &[
    (
        r#"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#,
        r#"{"jsonrpc": "2.0", "result": 19, "id": 1}"#,
    ),
    (
        r#"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#,
        r#"{"jsonrpc": "2.0", "result": -19, "id": 2}"#,
    ),
    (
        r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
        r#"{"jsonrpc": "2.0", "result": 19, "id": 3}"#,
    ),
    (
        r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
        r#"{"jsonrpc": "2.0", "result": 19, "id": 4}"#,
    ),
    (r#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#, ""),
    (r#"{"jsonrpc": "2.0", "method": "foobar"}"#, ""),
    (
        r#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
        r#"{"jsonrpc": "2.0", "error": {"code": -32601, "message": "method not found"}, "id": "1"}"#,
    ),
    (
        r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
        r#"{"jsonrpc": "2.0", "error": {"code": -32700, "message": "parse error"}, "id": null}"#,
    ),
    (
        r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#,
        r#"{"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null}"#,
    ),
    (
        r#"[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]"#,
        r#"{"jsonrpc": "2.0", "error": {"code": -32700, "message": "parse error"}, "id": null}"#,
    ),
    ("[]", r#"{"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null}"#),
    ("[1]", r#"[{"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null}]"#),
    (
        "[1,2,3]",
        r#"[{"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null},
            {"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null},
            {"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null}]"#,
    ),
    (
        r#"[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
            {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]"#,
        r#"[{"jsonrpc": "2.0", "result": 7, "id": "1"},
            {"jsonrpc": "2.0", "result": 19, "id": "2"},
            {"jsonrpc": "2.0", "error": {"code": -32600, "message": "invalid request"}, "id": null},
            {"jsonrpc": "2.0", "error": {"code": -32601, "message": "method not found"}, "id": "5"},
            {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]"#,
    ),
    (
        r#"[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]"#,
        "",
    ),
];

fn pong(id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": "pong" })
}

/// What a connection answers to `input` before it ends.
async fn exchange(methods: Arc<Methods>, input: &str) -> Vec<Value> {
    let (mut client, server) = duplex(1 << 16);
    let served = connection::serve(Box::new(server), methods, CancellationToken::new());
    let asked = async {
        client.write_all(input.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let mut output = String::new();
        client.read_to_string(&mut output).await.unwrap();
        output
    };
    let ((), output) =
        timeout(PATIENCE, async { tokio::join!(served, asked) }).await.expect("the connection ends");
    assert!(output.is_empty() || output.ends_with("\r\n"), "{output:?}");
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn specification_methods() -> Arc<Methods> {
    let methods = Methods::new();
    let number = |params: &Value, at: &str| params.pointer(at).and_then(Value::as_i64);
    let subtract = handler(move |params| async move {
        let minuend = number(&params, "/0").or(number(&params, "/minuend")).unwrap();
        let subtrahend = number(&params, "/1").or(number(&params, "/subtrahend")).unwrap();
        Ok(json!(minuend - subtrahend))
    });
    let sum = handler(|params| async move {
        Ok(json!(params.as_array().unwrap().iter().filter_map(Value::as_i64).sum::<i64>()))
    });
    methods.register("subtract", subtract).unwrap();
    methods.register("sum", sum).unwrap();
    methods.register("get_data", handler(|_| async { Ok(json!(["hello", 5])) })).unwrap();
    for notified in ["update", "notify_hello", "notify_sum"] {
        methods.register(notified, handler(|_| async { Ok(Value::Null) })).unwrap();
    }
    Arc::new(methods)
}

fn without_data(mut reply: Value) -> Value {
    if let Some(error) = reply.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("data");
    }
    if let Value::Array(entries) = &mut reply {
        entries.iter_mut().for_each(|entry| *entry = without_data(entry.take()));
    }
    reply
}

#[tokio::test]
async fn answers_the_examples_of_the_specification() {
    for (request, reply) in EXAMPLES {
        let replies = exchange(specification_methods(), &request.replace('\n', " ")).await;
        let replies: Vec<_> = replies.into_iter().map(without_data).collect();
        let expected: Vec<Value> =
            serde_json::Deserializer::from_str(reply).into_iter().map(Result::unwrap).collect();
        assert_eq!(replies, expected, "{request}");
    }
}

/// What we answer where the recorded node closes the connection or answers less exactly.
fn better_answer(note: &str) -> Option<Vec<Value>> {
    let error = |id: Value, code: i64, message: &str| {
        vec![json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})]
    };
    Some(match note {
        "two requests in one write (first reply)" => vec![pong(&json!(10)), pong(&json!(11))],
        "string id" => vec![pong(&json!("17"))],
        "id missing: connection dropped" => vec![],
        "not JSON: connection dropped" | "empty line: connection dropped" => {
            error(Value::Null, -32700, "parse error")
        }
        "jsonrpc 1.0: dropped" | "scalar params: dropped" => error(json!(1), -32600, "invalid request"),
        "fractional id: dropped" => vec![pong(&json!(1.5))],
        "non-numeric string id: dropped" => vec![pong(&json!("abc"))],
        "batch array: dropped" => vec![json!([pong(&json!(1))])],
        "null id: dropped" => vec![pong(&Value::Null)],
        "huge id 2^53+1 loses precision (f64)" => vec![pong(&json!(9_007_199_254_740_993_u64))],
        _ => return None,
    })
}

#[tokio::test]
async fn answers_the_recorded_calls_alike_or_better() {
    let transcript: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/transcript_rpc.json")).unwrap();
    let mut played = 0;
    for call in transcript.get("calls").and_then(Value::as_array).unwrap() {
        let text = |key| call.get(key).and_then(Value::as_str).unwrap_or_default();
        let (sent, received) = (text("sent"), text("received"));
        let ours = ["\"ping\"", "\"nope\""].iter().any(|method| sent.contains(method));
        if sent.is_empty() || !(ours || received == "<connection closed>") {
            continue;
        }
        let expected =
            better_answer(text("note")).unwrap_or_else(|| vec![serde_json::from_str(received).unwrap()]);
        let mut replies: Vec<_> =
            exchange(Arc::new(Methods::new()), sent).await.into_iter().map(without_data).collect();
        replies.sort_by_key(|reply| reply.get("id").and_then(Value::as_i64));
        assert_eq!(replies, expected, "{sent}");
        played += 1;
    }
    assert_eq!(played, 18);
}

#[tokio::test]
async fn passes_the_error_object_of_a_method_through() {
    let methods = Methods::new();
    let own =
        handler(|_| async { Err(MethodError::new(17, "no such room").with_data(json!({"room": "a"}))) });
    methods.register("chat.join", own).unwrap();
    let replies =
        exchange(Arc::new(methods), r#"{"jsonrpc":"2.0","method":"chat.join","params":{},"id":"x"}"#).await;
    let error = json!({"code": 17, "message": "no such room", "data": {"room": "a"}});
    assert_eq!(replies, [json!({"jsonrpc": "2.0", "id": "x", "error": error})]);
}
