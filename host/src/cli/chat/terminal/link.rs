//! The connection to the node: kept, made again when it is lost, with several questions under way.

use crate::causes::chain;
use crate::cli::chat::app::{Input, Problem};
use crate::cli::chat::ask::Ask;
use crate::cli::chat::told;
use crate::clock;
use crate::rpc::{CallError, Client, Incoming, Replies, Requests};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout};

/// How long to wait before the next attempt: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// A node that answers nothing for this long is as good as gone. It answers a call within a minute itself.
const PATIENCE: Duration = Duration::from_secs(75);

/// Keeps a connection until nobody listens to it any more.
pub(super) async fn keep(url: &str, mut asks: Receiver<Ask>, inputs: Sender<Input>) {
    let mut pause = PAUSES.0;
    while !inputs.is_closed() {
        let connected = timeout(PATIENCE, async { told::subscribe(Client::connect(url).await?).await }).await;
        let reason = match connected.unwrap_or(Err(CallError::Timeout(PATIENCE))) {
            Ok((requests, replies)) => {
                pause = PAUSES.0;
                let mut link = Link { requests, replies, inputs: &inputs, under_way: BTreeMap::new() };
                let reason = link.talk(&mut asks).await;
                link.abandon().await;
                reason
            }
            Err(error) => chain(&error),
        };
        if inputs.send(Input::Disconnected(reason)).await.is_err() {
            return;
        }
        rest(pause, &mut asks, &inputs).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Waits, with nobody there who could answer.
async fn rest(pause: Duration, asks: &mut Receiver<Ask>, inputs: &Sender<Input>) {
    let until = clock::now() + pause;
    loop {
        tokio::select! {
            biased;
            () = sleep_until(until) => return,
            Some(ask) = asks.recv() => {
                // Whoever does not listen any more is told nothing.
                let _ = inputs.send(Input::Answered(ask, Err(Problem::Lost))).await;
            }
        }
    }
}

struct Link<'a> {
    requests: Requests,
    replies: Replies,
    inputs: &'a Sender<Input>,
    /// By the id of the call: what was asked, and until when it is waited for.
    under_way: BTreeMap<u64, (Ask, Instant)>,
}

impl Link<'_> {
    /// Carries questions and answers until the connection ends: why.
    async fn talk(&mut self, asks: &mut Receiver<Ask>) -> String {
        if self.inputs.send(Input::Connected).await.is_err() {
            return String::new();
        }
        loop {
            let oldest = self.under_way.values().map(|(_, until)| *until).min();
            let patience = async {
                match oldest {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let incoming = tokio::select! {
                biased;
                () = patience => return CallError::Timeout(PATIENCE).to_string(),
                ask = asks.recv() => match ask {
                    Some(ask) => match self.ask(ask).await {
                        Ok(()) => continue,
                        Err(error) => return chain(&error),
                    },
                    None => return String::new(),
                },
                incoming = self.replies.next() => incoming,
            };
            let taken = match incoming {
                Ok(incoming) => self.take(incoming).await,
                Err(CallError::Closed) => Err("the node has closed the connection".to_owned()),
                Err(error) => Err(chain(&error)),
            };
            if let Err(reason) = taken {
                return reason;
            }
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), CallError> {
        let (method, params) = ask.request();
        let (id, written) = self.requests.send(method, params).await;
        self.under_way.insert(id, (ask, clock::now() + PATIENCE));
        written.map_err(CallError::Broken)
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), String> {
        let input = match incoming {
            Incoming::Reply { id: None, outcome } => {
                return Err(outcome.err().map_or_else(String::new, |error| error.to_string()));
            }
            Incoming::Reply { id: Some(id), outcome } => {
                let Some((ask, _)) = self.under_way.remove(&id) else { return Ok(()) };
                Input::Answered(ask, outcome.map_err(Problem::Refused))
            }
            Incoming::Notification { params, .. } => {
                let told = told::parameter(params).map(told::read);
                Input::Told(match told {
                    Some(Ok(told)) => told,
                    // What cannot be read may have been anything.
                    Some(Err(_)) | None => told::Told::Lost(1),
                })
            }
        };
        self.inputs.send(input).await.map_err(|_| String::new())
    }

    /// Nothing of what is under way will be answered.
    async fn abandon(&mut self) {
        for (_, (ask, _)) in std::mem::take(&mut self.under_way) {
            // Whoever does not listen any more is told nothing.
            let _ = self.inputs.send(Input::Answered(ask, Err(Problem::Lost))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;

    struct Node {
        stream: BufReader<TcpStream>,
    }

    impl Node {
        async fn accept(listener: &TcpListener) -> Self {
            let (stream, _) = listener.accept().await.unwrap();
            let mut node = Self { stream: BufReader::new(stream) };
            assert_eq!(node.request().await["method"], json!(told::SUBSCRIBE));
            node.tell(json!({"event": "subscribed"})).await;
            node
        }

        async fn request(&mut self) -> serde_json::Value {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.unwrap();
            serde_json::from_str(&line).unwrap()
        }

        async fn say(&mut self, value: serde_json::Value) {
            self.stream.write_all(format!("{value}\n").as_bytes()).await.unwrap();
        }

        async fn tell(&mut self, event: serde_json::Value) {
            self.say(json!({"method": told::SUBSCRIBE, "params": [event]})).await;
        }
    }

    #[tokio::test]
    async fn a_lost_connection_is_made_again_and_nobody_waits_for_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let (asks, asked) = mpsc::channel(8);
        let (inputs, mut input) = mpsc::channel(8);
        let scene = async {
            let mut node = Node::accept(&listener).await;
            assert!(matches!(input.recv().await, Some(Input::Connected)));
            asks.send(Ask::Status).await.unwrap();
            asks.send(Ask::Rooms).await.unwrap();
            let ids = [node.request().await["id"].clone(), node.request().await["id"].clone()];
            node.tell(json!({"event": "chat.peers", "data": {"peers": 2}})).await;
            node.say(json!({"id": ids[1], "result": []})).await;
            assert!(matches!(input.recv().await, Some(Input::Told(told::Told::Peers(2)))));
            assert!(matches!(input.recv().await, Some(Input::Answered(Ask::Rooms, Ok(_)))));
            drop(node);
            assert!(matches!(input.recv().await, Some(Input::Answered(Ask::Status, Err(Problem::Lost)))));
            assert!(matches!(input.recv().await, Some(Input::Disconnected(_))));
            let _node = Node::accept(&listener).await;
            assert!(matches!(input.recv().await, Some(Input::Connected)));
        };
        tokio::select! {
            biased;
            () = keep(&url, asked, inputs) => panic!("the link has ended"),
            () = scene => {}
        }
    }

    #[tokio::test]
    async fn tells_why_a_node_cannot_be_talked_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let (_asks, asked) = mpsc::channel(8);
        let (inputs, mut input) = mpsc::channel(8);
        let scene = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut node = Node { stream: BufReader::new(stream) };
            let id = node.request().await["id"].clone();
            node.say(json!({"id": id, "error": {"code": -32601, "message": "method not found"}})).await;
            match input.recv().await {
                Some(Input::Disconnected(reason)) => assert!(reason.contains("method not found"), "{reason}"),
                other => panic!("{other:?}"),
            }
        };
        tokio::select! {
            biased;
            () = keep(&url, asked, inputs) => panic!("the link has ended"),
            () = scene => {}
        }
    }
}
