//! A plug-in with sockets of its own, inside a whole node.

use backplane_tests::node::TestNode;
use backplane_tests::wait::{eventually_some, within};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const LISTENER: &[&str] = &["backplane_listener"];

/// Where the plug-in of a node listens.
async fn address(node: &TestNode) -> SocketAddr {
    eventually_some("the plug-in to listen", async || {
        let answer = node.call("listener.address", json!([])).await.ok()?;
        answer.as_str().map(|address| address.parse().unwrap())
    })
    .await
}

/// A connection on which a line has come back.
async fn repeated(address: SocketAddr) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    within("the line", async {
        stream.write_all(b"hello\n").await.unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        assert_eq!(line, "hello\n");
    })
    .await;
    stream
}

#[tokio::test]
async fn a_plugin_listens_in_a_job_and_its_port_is_free_when_it_is_restarted_or_stopped() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let listen = format!("plugin.listener.config.listen={free}");
    let node = TestNode::start(LISTENER, &[&listen]).await;
    assert_eq!(address(&node).await, free);
    let mut first = repeated(free).await;
    let second = repeated(free).await;
    let plugins = node.node().plugins();
    let jobs = |node: &TestNode| node.plugin("listener").usage.unwrap().jobs;
    assert_eq!(jobs(&node), 3);
    drop(second);
    eventually_some("the job of the one that has left to end", async || (jobs(&node) == 2).then_some(()))
        .await;

    let reason = backplane::plugin::Reason::Sound("for the test".to_owned());
    within("the restart", plugins.restart("listener", reason)).await.unwrap();
    // What the old instance held is gone, and the new one has the same port.
    let mut rest = Vec::new();
    within("the end of the connection", first.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, b"");
    assert_eq!(address(&node).await, free);
    repeated(free).await;
    assert_eq!(node.plugin("listener").panics, 0);

    node.stop().await;
    eventually_some("the port to be free", async || TcpListener::bind(free).await.ok()).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_the_failure_of_the_job() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = format!("plugin.listener.config.listen={}", taken.local_addr().unwrap());
    let node = TestNode::start(LISTENER, &[&listen]).await;
    eventually_some("the job to end", async || {
        (node.plugin("listener").usage.unwrap().jobs == 0).then_some(())
    })
    .await;
    assert_eq!(node.call("listener.address", json!([])).await, Ok(Value::Null));
    assert_eq!(node.plugin("listener").state, "running");
    node.stop().await;
}
