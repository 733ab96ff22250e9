//! The `call` command: one JSON-RPC call to a running node.

use super::{Failure, output, printable};
use crate::causes::chain;
use crate::rpc::{CallError, Client};
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  backplane call ping
  backplane call rpc.methods
  backplane call chat.send '[\"hello\"]'
  backplane call --rpc unix:///run/backplane.sock p2p.get_info
  BACKPLANE_RPC=tcp://127.0.0.1:22223 backplane call --raw ping";

/// Call a method of a running node.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Where the node listens for calls: tcp://host:port or unix:///path
    #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", default_value = "tcp://127.0.0.1:22222")]
    rpc: String,
    /// Print a result that is a string as it is, without quotes
    #[arg(long)]
    raw: bool,
    /// The method's name; `rpc.methods` lists them
    #[arg(value_name = "METHOD")]
    method: String,
    /// The parameters: a JSON array or object, in quotes that keep the shell away from it
    #[arg(value_name = "PARAMS")]
    params: Option<String>,
}

/// Makes the call and prints its result.
///
/// # Errors
/// Usage when the address or the parameters do not parse, run time when the call fails.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let result = call(&args).await?;
    output::lines([render(&result, args.raw)])
}

async fn call(args: &Args) -> Result<Value, Failure> {
    let params = args.params.as_deref().map_or_else(|| Ok(json!([])), parse_params)?;
    let mut client = Client::connect(&args.rpc).await.map_err(|error| connect_failure(&error))?;
    client.call(&args.method, params).await.map_err(|error| call_failure(&args.method, &error))
}

fn parse_params(text: &str) -> Result<Value, Failure> {
    let problem = match serde_json::from_str::<Value>(text) {
        Ok(params @ (Value::Array(_) | Value::Object(_))) => return Ok(params),
        Ok(_) => "it is neither".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Failure::Usage(format!(
        "PARAMS must be a JSON array or object, got {text} ({problem}); \
         put it in single quotes so that the shell leaves it alone, for example '[\"hello\"]'"
    )))
}

/// Why there is no connection.
pub(super) fn connect_failure(error: &CallError) -> Failure {
    match error {
        CallError::Address(_) => Failure::Usage(format!("--rpc: {}", chain(error))),
        _ => Failure::Runtime(chain(error)),
    }
}

/// Why a call gave no result, with what the node says beside.
pub(super) fn call_failure(method: &str, error: &CallError) -> Failure {
    let detail = match error {
        CallError::Method(refusal) => refusal.data.as_ref().map(|data| match data {
            Value::String(text) => format!(": {text}"),
            other => format!(": {other}"),
        }),
        _ => None,
    };
    Failure::Runtime(format!("{method}: {}{}", chain(error), detail.unwrap_or_default()))
}

fn render(result: &Value, raw: bool) -> String {
    match result {
        Value::String(text) if raw => text.clone(),
        // What is told may have been said by peers.
        other => printable::json(&format!("{other:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::{MethodError, Methods, Server, handler};
    use clap::{Args as _, Command, FromArgMatches};
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;

    fn args(words: &[&str]) -> Args {
        let matches = Args::augment_args(Command::new("call").no_binary_name(true)).get_matches_from(words);
        Args::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn explains_itself_with_examples() {
        let mut command = Args::augment_args(Command::new("call"));
        command.clone().debug_assert();
        let help = command.render_help().to_string();
        assert!(help.contains(EXAMPLES) && help.contains("BACKPLANE_RPC"), "{help}");
    }

    #[test]
    fn takes_arrays_and_objects_only() {
        assert_eq!(parse_params(r#"["a"]"#).unwrap(), json!(["a"]));
        assert_eq!(parse_params(r#"{"a":1}"#).unwrap(), json!({"a": 1}));
        for text in ["hello", "7", "\"hello\"", "[hello]", "null", ""] {
            let Err(Failure::Usage(message)) = parse_params(text) else { panic!("{text} was taken") };
            assert!(message.contains("single quotes") && message.contains("'[\"hello\"]'"), "{message}");
        }
    }

    #[test]
    fn prints_strings_plain_only_when_asked() {
        assert_eq!(render(&json!("pong"), true), "pong");
        assert_eq!(render(&json!("pong"), false), "\"pong\"");
        assert_eq!(render(&json!({"a": 1}), true), "{\n  \"a\": 1\n}");
        assert_eq!(render(&json!("\u{9b}2J"), false), "\"\\u009b2J\"");
    }

    #[tokio::test]
    async fn names_the_method_and_the_code_of_an_error_object() {
        let methods = Arc::new(Methods::new());
        let refuse = handler(|_| async { Err(MethodError::invalid_params("expected [text]")) });
        methods.register("refuse", refuse).unwrap();
        let server = Server::bind("tcp://127.0.0.1:0").await.unwrap();
        let url = server.local_address().to_string();
        let stop = CancellationToken::new();
        let both = async {
            assert_eq!(call(&args(&["--rpc", &url, "ping"])).await.unwrap(), json!("pong"));
            let Err(Failure::Runtime(unknown)) = call(&args(&["--rpc", &url, "nope", "{}"])).await else {
                panic!("an unknown method was answered")
            };
            assert_eq!(unknown, "nope: method not found (-32601)");
            let Err(Failure::Runtime(refused)) = call(&args(&["--rpc", &url, "refuse"])).await else {
                panic!("the refusal was lost")
            };
            assert_eq!(refused, "refuse: invalid params (-32602): expected [text]");
            stop.cancel();
        };
        tokio::join!(server.serve(methods, stop.clone()), both);
    }

    #[tokio::test]
    async fn names_the_address_that_it_cannot_use() {
        let Err(Failure::Usage(message)) = call(&args(&["--rpc", "http://a:1", "ping"])).await else {
            panic!("the address was taken")
        };
        assert!(message.contains("--rpc") && message.contains("http://a:1"), "{message}");
        let Err(Failure::Runtime(message)) = call(&args(&["--rpc", "unix:///nonexistent/s", "ping"])).await
        else {
            panic!("the address answered")
        };
        assert!(message.starts_with("cannot connect to unix:///nonexistent/s: "), "{message}");
    }
}
