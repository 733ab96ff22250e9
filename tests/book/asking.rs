//! A plug-in whose RPC method asks a peer, and waits for the answer no longer than it was told.

use backplane_plugin::testkit::TestHost;
use backplane_plugin::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Question {
    id: u64,
    text: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    id: u64,
    text: String,
}

impl Message for Question {
    const NAME: &'static str = "oracle.question";
    const MAX_BYTES: u64 = 1024;
    const METERING: Metering = Metering::per_ten_seconds(100);
}

impl Message for Answer {
    const NAME: &'static str = "oracle.answer";
    const MAX_BYTES: u64 = 1024;
    const METERING: Metering = Metering::per_ten_seconds(100);
}

struct Oracle {
    host: Host,
    waiting: Mutex<BTreeMap<u64, oneshot::Sender<String>>>,
}

impl Plugin for Oracle {
    type Config = NoConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolOracle: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![ask];

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        Ok(Self { host, waiting: Mutex::default() })
    }
}

const LIMIT: Duration = Duration::from_secs(5);

impl Oracle {
    async fn ask(self: Arc<Self>, (text,): (String,)) -> Result<String, RpcError> {
        let id = self.host.random();
        let (sender, answer) = oneshot::channel();
        self.waiting().insert(id, sender);
        let asked = self.host.broadcast(&Question { id, text })?;
        let answer = if asked == 0 { None } else { self.host.timeout(LIMIT, answer).await };
        self.waiting().remove(&id);
        match answer {
            Some(Ok(text)) => Ok(text),
            _ => Err(RpcError::new(1, "nobody answers")),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, oneshot::Sender<String>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ProtocolOracle {
    oracle: Arc<Oracle>,
    channel: Channel,
    questions: MessageSubscription<Question>,
    answers: MessageSubscription<Answer>,
}

impl Protocol<Oracle> for ProtocolOracle {
    const NAME: &'static str = "oracle";
    const MESSAGES: &'static [MessageInfo] = messages![Question, Answer];

    fn attach(oracle: Arc<Oracle>, channel: Channel) -> Result<Self, PluginError> {
        let (questions, answers) = (channel.subscribe()?, channel.subscribe()?);
        Ok(Self { oracle, channel, questions, answers })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("answer", Arc::clone(&self).answer());
        jobs.spawn("hear", self.hear());
    }
}

impl ProtocolOracle {
    async fn answer(self: Arc<Self>) -> Result<(), PluginError> {
        loop {
            let Question { id, text } = self.questions.receive().await?;
            if text.is_empty() {
                self.channel.misbehaved("a question without words");
                return Ok(());
            }
            self.channel.send(&Answer { id, text: format!("{text} Perhaps.") }).await?;
        }
    }

    async fn hear(self: Arc<Self>) -> Result<(), Closed> {
        loop {
            let Answer { id, text } = self.answers.receive().await?;
            // The first answer counts; nobody waits for the others, or for one that comes late.
            if let Some(asker) = self.oracle.waiting().remove(&id) {
                let _ = asker.send(text);
            }
        }
    }
}

#[test]
fn the_first_answer_is_the_callers() {
    let host = TestHost::<Oracle>::new(json!({})).unwrap();
    let peers = [SessionKind::Inbound; 2].map(|session| host.connect(session));
    let pending = host.ask("ask", json!(["Will it rain?"]));
    host.run();
    for (peer, text) in peers.iter().zip(["Yes.", "No."]) {
        let [question] = &peer.sent::<Question>()[..] else { panic!("{peer:?} was asked once") };
        peer.send(&Answer { id: question.id, text: text.to_owned() });
    }
    host.run();
    assert_eq!(pending.take(), Some(Ok(json!("Yes."))));
}

#[test]
fn a_peer_that_does_not_answer_is_waited_for_five_seconds() {
    let host = TestHost::<Oracle>::new(json!({})).unwrap();
    assert!(host.call("ask", json!(["Is anybody here?"])).is_err());
    let _silent = host.connect(SessionKind::Inbound);
    let pending = host.ask("ask", json!(["Will it rain?"]));
    host.advance(Duration::from_secs(4));
    assert!(!pending.is_ready());
    host.advance(Duration::from_secs(1));
    assert_eq!(pending.take().unwrap().unwrap_err().code, 1);
}

#[test]
fn a_question_without_words_is_held_against_the_peer() {
    let host = TestHost::<Oracle>::new(json!({})).unwrap();
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&Question { id: 1, text: "Why?".to_owned() });
    peer.send(&Question { id: 2, text: String::new() });
    host.run();
    assert_eq!(peer.sent::<Answer>(), [Answer { id: 1, text: "Why? Perhaps.".to_owned() }]);
    assert!(peer.closed().is_some());
}
