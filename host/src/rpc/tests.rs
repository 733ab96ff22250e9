//! Clients and servers of JSON-RPC against each other.

use super::line::{Line, LineReader, MAX_REPLY_BYTES, MAX_REQUEST_BYTES};
use super::stream::{self, Stream};
use super::{CallError, Client, MethodError, Methods, Server, connection, dnet, handler};
use crate::events::{self, Event, Events};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, duplex};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);
const PING: &str = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":1}\n";

async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

fn pong(id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": "pong" })
}

/// A server on a port of its own, or on `listen`, with a method `wait` that answers once `gate` lets it.
struct Running {
    url: String,
    gate: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    stop: CancellationToken,
    served: JoinSet<()>,
}

impl Running {
    async fn start(listen: &str, max_connections: usize) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let waiting = Arc::new(AtomicUsize::new(0));
        let methods = Arc::new(Methods::new());
        let (door, count) = (Arc::clone(&gate), Arc::clone(&waiting));
        let wait = handler(move |_| {
            let (door, count) = (Arc::clone(&door), Arc::clone(&count));
            async move {
                count.fetch_add(1, Ordering::SeqCst);
                door.acquire().await.map_err(|error| MethodError::internal(error.to_string()))?.forget();
                count.fetch_sub(1, Ordering::SeqCst);
                Ok(json!("done"))
            }
        });
        methods.register("wait", wait).unwrap();
        let server = Server::bind(listen).await.unwrap().max_connections(max_connections);
        let url = server.local_address().to_string();
        let stop = CancellationToken::new();
        let mut served = JoinSet::new();
        served.spawn(server.serve(methods, stop.clone()));
        Self { url, gate, waiting, stop, served }
    }

    async fn tcp() -> Self {
        Self::start("tcp://127.0.0.1:0", 8).await
    }

    async fn connect(&self) -> Lines {
        let stream = stream::dial(&self.url.parse().unwrap()).await.unwrap();
        let (source, sink) = tokio::io::split(stream);
        Lines { source: LineReader::new(source, MAX_REPLY_BYTES), sink }
    }

    async fn until_waiting(&self, count: usize) {
        let reached = async {
            while self.waiting.load(Ordering::SeqCst) != count {
                yield_now().await;
            }
        };
        soon("calls of `wait`", reached).await;
    }

    async fn end(mut self) {
        self.stop.cancel();
        soon("the server's end", self.served.join_next()).await;
    }
}

/// A client that sends any bytes.
struct Lines {
    source: LineReader<ReadHalf<Stream>>,
    sink: WriteHalf<Stream>,
}

impl Lines {
    async fn send(&mut self, text: &str) {
        soon("the server to read", self.sink.write_all(text.as_bytes())).await.unwrap();
    }

    /// The next line; `None` when the server has closed the connection.
    async fn receive(&mut self) -> Option<Value> {
        match soon("a reply", self.source.next()).await.unwrap()? {
            Line::Text(text) => Some(serde_json::from_slice(&text).unwrap()),
            Line::TooLong => panic!("the reply is too long"),
        }
    }

    async fn receive_code(&mut self) -> i64 {
        let reply = self.receive().await.unwrap();
        assert_eq!(reply.get("id"), Some(&Value::Null));
        reply.pointer("/error/code").and_then(Value::as_i64).unwrap()
    }
}

#[tokio::test]
async fn goes_on_after_input_that_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let unix = format!("unix://{}", folder.path().join("rpc.sock").display());
    for listen in ["tcp://127.0.0.1:0", "tcp://localhost:0", &unix] {
        let server = Running::start(listen, 8).await;
        let mut lines = server.connect().await;
        lines.send("hello\r\n").await;
        assert_eq!(lines.receive_code().await, -32700);
        lines.send("\n").await;
        assert_eq!(lines.receive_code().await, -32700);
        lines.send("[]\n").await;
        assert_eq!(lines.receive_code().await, -32600);
        lines.send(PING).await;
        assert_eq!(lines.receive().await, Some(pong(&json!(1))));
        server.end().await;
    }
    assert!(!folder.path().join("rpc.sock").exists());
}

#[tokio::test]
async fn skips_a_line_that_is_too_long() {
    let server = Running::tcp().await;
    let mut lines = server.connect().await;
    lines.send(&"x".repeat(3 * MAX_REQUEST_BYTES)).await;
    assert_eq!(lines.receive_code().await, -32600);
    lines.send("still the same line\n").await;
    lines.send(PING).await;
    assert_eq!(lines.receive().await, Some(pong(&json!(1))));
    server.end().await;
}

#[tokio::test]
async fn lets_a_fast_request_overtake_a_slow_one() {
    let server = Running::tcp().await;
    let mut lines = server.connect().await;
    lines.send("{\"jsonrpc\":\"2.0\",\"method\":\"wait\",\"id\":\"slow\"}\n").await;
    lines.send(PING).await;
    assert_eq!(lines.receive().await, Some(pong(&json!(1))));
    server.gate.add_permits(1);
    assert_eq!(lines.receive().await, Some(json!({"jsonrpc": "2.0", "id": "slow", "result": "done"})));
    server.end().await;
}

#[tokio::test]
async fn runs_no_more_than_32_requests_of_a_connection_at_a_time() {
    let server = Running::tcp().await;
    let mut lines = server.connect().await;
    lines.send(&"{\"jsonrpc\":\"2.0\",\"method\":\"wait\",\"id\":2}\n".repeat(33)).await;
    server.until_waiting(32).await;
    lines.send(PING).await;
    server.gate.add_permits(1);
    assert_eq!(lines.receive().await.unwrap().get("id"), Some(&json!(2)));
    // The place that became free was the 33rd's: the ping still waits behind it.
    server.until_waiting(32).await;
    server.gate.add_permits(1);
    let next = [lines.receive().await.unwrap(), lines.receive().await.unwrap()];
    assert!(next.contains(&pong(&json!(1))), "{next:?}");
    server.gate.add_permits(31);
    for _ in 0..31 {
        assert_eq!(lines.receive().await.unwrap().get("result"), Some(&json!("done")));
    }
    server.end().await;
}

#[tokio::test]
async fn finishes_a_request_whose_client_has_left() {
    let server = Running::tcp().await;
    let mut lines = server.connect().await;
    lines.send("{\"jsonrpc\":\"2.0\",\"method\":\"wait\",\"id\":1}\n{\"jsonrpc\"").await;
    server.until_waiting(1).await;
    drop(lines);
    server.gate.add_permits(1);
    server.until_waiting(0).await;
    let mut client = Client::connect(&server.url).await.unwrap();
    assert_eq!(client.call("ping", json!([])).await.unwrap(), json!("pong"));
    server.end().await;
}

#[tokio::test]
async fn tells_a_client_over_the_limit_and_closes() {
    let server = Running::start("tcp://127.0.0.1:0", 1).await;
    let mut first = server.connect().await;
    first.send(PING).await;
    assert_eq!(first.receive().await, Some(pong(&json!(1))));
    let mut second = server.connect().await;
    second.send(PING).await;
    assert_eq!(second.receive_code().await, -32000);
    assert_eq!(second.receive().await, None);
    let refused = Client::connect(&server.url).await.unwrap().call("ping", json!([])).await;
    assert!(matches!(&refused, Err(CallError::Method(error)) if error.code == -32000), "{refused:?}");
    drop(first);
    let room = async {
        while Client::connect(&server.url).await.unwrap().call("ping", json!([])).await.is_err() {
            yield_now().await;
        }
    };
    soon("room for another client", room).await;
    server.end().await;
}

#[tokio::test]
async fn finishes_running_requests_when_it_stops() {
    let mut server = Running::tcp().await;
    let mut lines = server.connect().await;
    lines.send("{\"jsonrpc\":\"2.0\",\"method\":\"wait\",\"id\":1}\n").await;
    server.until_waiting(1).await;
    server.stop.cancel();
    server.gate.add_permits(1);
    assert_eq!(lines.receive().await, Some(json!({"jsonrpc": "2.0", "id": 1, "result": "done"})));
    assert_eq!(lines.receive().await, None);
    soon("the server's end", server.served.join_next()).await;
    assert!(matches!(Client::connect(&server.url).await, Err(CallError::Connect { .. })));
}

fn hung() -> Arc<Methods> {
    let methods = Methods::new();
    methods.register("hang", handler(|_| std::future::pending())).unwrap();
    Arc::new(methods)
}

#[tokio::test(start_paused = true)]
async fn gives_up_a_hung_request_when_it_stops() {
    let (mut client, server) = duplex(1024);
    let stop = CancellationToken::new();
    client.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"hang\",\"id\":1}\n").await.unwrap();
    let stopping = async {
        yield_now().await;
        stop.cancel();
    };
    let served = connection::serve(Box::new(server), hung(), stop.clone());
    timeout(connection::STOP_GRACE * 2, async { tokio::join!(served, stopping) }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn answers_a_hung_request_with_an_internal_error() {
    let (mut client, server) = duplex(1024);
    let mut served = JoinSet::new();
    served.spawn(connection::serve(Box::new(server), hung(), CancellationToken::new()));
    client.write_all(b"[{\"jsonrpc\":\"2.0\",\"method\":\"hang\",\"id\":1},").await.unwrap();
    client.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":2}]\n").await.unwrap();
    client.shutdown().await.unwrap();
    let mut output = String::new();
    client.read_to_string(&mut output).await.unwrap();
    let replies: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(replies.pointer("/0/error/code"), Some(&json!(-32603)), "{output}");
    assert_eq!(replies.pointer("/1"), Some(&pong(&json!(2))), "{output}");
}

#[tokio::test]
async fn tells_apart_why_a_call_failed() {
    assert!(matches!(Client::connect("nonsense").await, Err(CallError::Address(_))));
    let server = Running::tcp().await;
    let mut client = Client::connect(&server.url).await.unwrap();
    let unknown = client.call("nope", json!([])).await;
    assert!(matches!(&unknown, Err(CallError::Method(error)) if error.code == -32601), "{unknown:?}");
    let mut client = client.with_deadline(Duration::from_millis(20));
    assert!(matches!(client.call("wait", json!([])).await, Err(CallError::Timeout(_))));
    // The late reply to the call before is not taken for this one's.
    server.gate.add_permits(1);
    let mut client = client.with_deadline(PATIENCE);
    assert_eq!(client.call("ping", json!([])).await.unwrap(), json!("pong"));
    let url = server.url.clone();
    server.end().await;
    assert!(matches!(client.call("ping", json!([])).await, Err(CallError::Closed | CallError::Broken(_))));
    let gone = Client::connect(&url).await.unwrap_err();
    assert_eq!(gone.to_string(), format!("cannot connect to {url}"));
}

/// A connection to methods with the events of network tools, with its other end.
fn watched(events: &Events, room: usize) -> (Lines, JoinSet<()>) {
    let methods = Methods::new();
    dnet::register(&methods, events);
    let (client, server) = duplex(room);
    let mut served = JoinSet::new();
    served.spawn(connection::serve(Box::new(server), Arc::new(methods), CancellationToken::new()));
    let client: Stream = Box::new(client);
    let (source, sink) = tokio::io::split(client);
    (Lines { source: LineReader::new(source, MAX_REPLY_BYTES), sink }, served)
}

const SUBSCRIBE: &str = "{\"jsonrpc\":\"2.0\",\"method\":\"dnet.subscribe_events\",\"params\":[],\"id\":7}\n";

fn sleeping(slot: usize) -> Event {
    Event::OutboundSlotSleeping { slot }
}

/// The slot of a notification.
fn slot(line: &Value) -> usize {
    let slot = line.pointer("/params/0/info/slot").and_then(Value::as_u64);
    usize::try_from(slot.unwrap_or_else(|| panic!("another line: {line}"))).unwrap()
}

async fn until_subscribed(events: &Events, count: usize) {
    let subscribed = async {
        while events.subscribers() != count {
            yield_now().await;
        }
    };
    soon("the subscription", subscribed).await;
}

#[tokio::test]
async fn a_stream_has_no_reply_and_the_connection_still_serves_requests() {
    let events = Events::new();
    let (mut lines, mut served) = watched(&events, 1 << 16);
    lines.send(SUBSCRIBE).await;
    until_subscribed(&events, 1).await;
    events.tell(|| sleeping(1));
    lines.send("{\"jsonrpc\":\"2.0\",\"method\":\"dnet.switch\",\"params\":[true],\"id\":1}\n").await;
    assert_eq!(lines.receive().await, Some(json!({"jsonrpc": "2.0", "result": true, "id": 1})));
    events.tell(|| sleeping(2));
    let notification = json!({
        "jsonrpc": "2.0",
        "method": "dnet.subscribe_events",
        "params": [{"event": "outbound_slot_sleeping", "info": {"slot": 2}}],
    });
    assert_eq!(lines.receive().await, Some(notification));
    lines.send(PING).await;
    assert_eq!(lines.receive().await, Some(pong(&json!(1))));
    drop(lines);
    soon("the connection's end", served.join_next()).await;
    until_subscribed(&events, 0).await;
}

#[tokio::test]
async fn a_slow_subscriber_loses_the_oldest_events_only_and_nobody_waits_for_it() {
    let events = Events::new();
    events.switch(true);
    let (mut lines, _served) = watched(&events, 1024);
    lines.send(SUBSCRIBE).await;
    until_subscribed(&events, 1).await;
    let told = 4 * events::QUEUE;
    (0..told).for_each(|number| events.tell(|| sleeping(number)));
    let mut heard = Vec::new();
    while heard.last() != Some(&(told - 1)) {
        heard.push(slot(&lines.receive().await.unwrap()));
    }
    let newest: Vec<_> = (told - events::QUEUE..told).collect();
    assert!(heard.ends_with(&newest) && heard.is_sorted(), "{heard:?}");
    assert!(heard.len() < told, "nothing was lost");
}

#[tokio::test]
async fn a_client_has_no_more_than_8_streams() {
    let events = Events::new();
    let (mut lines, _served) = watched(&events, 1 << 16);
    lines.send(&SUBSCRIBE.repeat(9)).await;
    let refused = lines.receive().await.unwrap();
    assert_eq!((refused.pointer("/error/code"), refused.get("id")), (Some(&json!(-32600)), Some(&json!(7))));
    until_subscribed(&events, 8).await;
}
