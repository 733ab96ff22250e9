//! One client's socket: lines in, lines out, and how long each may take.

use super::backend::Backend;
use super::input::{Given, Input};
use super::session::{Answer, Next, Session};
use crate::service::{Subscription, Told};
use backplane_plugin::Host;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long a client may take to register.
const REGISTRATION: Duration = Duration::from_secs(60);
/// After so long without a word a client is asked whether it is there, and has as long again for an answer.
const SILENCE: Duration = Duration::from_secs(120);
/// How long a client may take to take what it is sent.
const WRITE: Duration = Duration::from_secs(30);
/// How long whoever gave a wrong password waits for the end.
const PENALTY: Duration = Duration::from_secs(2);
/// How often a line is given again that came too early.
const TRIES: u32 = 30;
/// How much is read at once.
const CHUNK: usize = 4096;

/// One client.
pub(super) struct Connection<S, B> {
    stream: S,
    host: Host,
    session: Session<B>,
    input: Input,
    /// Ends when the client has been silent for too long.
    silence: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_asked: bool,
}

/// What a client waits for.
enum Happened {
    Read(usize),
    Told(Told),
    TooSlow,
    Silence,
    Stop,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, B: Backend> Connection<S, B> {
    pub(super) fn new(stream: S, host: Host, session: Session<B>) -> Self {
        let silence = silence(&host);
        Self { stream, host, session, input: Input::default(), silence, is_asked: false }
    }

    /// Serves the client until it leaves or is sent away; why.
    pub(super) async fn serve(mut self, mut events: Subscription) -> &'static str {
        let host = self.host.clone();
        let mut registration = std::pin::pin!(host.sleep(REGISTRATION));
        let mut chunk = [0; CHUNK];
        loop {
            let happened = tokio::select! {
                biased;
                () = &mut registration, if !self.session.is_registered() => Happened::TooSlow,
                told = events.next() => told.map_or(Happened::Stop, Happened::Told),
                read = self.stream.read(&mut chunk) => Happened::Read(read.unwrap_or(0)),
                () = &mut self.silence => Happened::Silence,
            };
            let ended = match happened {
                Happened::Read(0) => Some("it closed the connection"),
                Happened::Read(count) => {
                    self.input.push(chunk.get(..count).unwrap_or_default());
                    self.read().await
                }
                Happened::Told(told) => {
                    let answer = self.session.told(&told);
                    self.write(answer).await
                }
                Happened::TooSlow => self.close("Registration took too long").await,
                Happened::Silence if self.is_asked => self.close("Ping timeout").await,
                Happened::Silence => {
                    self.silence = silence(&self.host);
                    self.is_asked = true;
                    let answer = self.session.ping();
                    self.write(answer).await
                }
                Happened::Stop => self.close("The node stops").await,
            };
            if let Some(why) = ended {
                return why;
            }
        }
    }

    /// Answers what has been read.
    async fn read(&mut self) -> Option<&'static str> {
        self.silence = silence(&self.host);
        self.is_asked = false;
        while let Some(given) = self.input.next() {
            let answer = match given {
                Given::Line(line) => self.ask(&line).await,
                Given::TooLong => self.session.too_long(),
            };
            let ended = self.write(answer).await;
            if ended.is_some() {
                return ended;
            }
        }
        None
    }

    /// What a line leads to; one that came too early is given again when it is time, and nothing is read until then.
    async fn ask(&mut self, line: &[u8]) -> Answer {
        for _ in 0..TRIES {
            let now = u64::try_from(self.host.unix_time().as_millis()).unwrap_or(u64::MAX);
            let answer = self.session.line(line, now);
            let Next::Wait(seconds) = answer.next else { return answer };
            self.host.sleep(Duration::from_secs(seconds)).await;
        }
        self.session.close("Excess flood")
    }

    async fn close(&mut self, why: &'static str) -> Option<&'static str> {
        let answer = self.session.close(why);
        self.write(answer).await.and(Some(why))
    }

    /// Sends an answer; why the connection is to end, if it is.
    async fn write(&mut self, answer: Answer) -> Option<&'static str> {
        if !answer.bytes.is_empty() {
            match self.host.timeout(WRITE, self.stream.write_all(&answer.bytes)).await {
                Some(Ok(())) => (),
                Some(Err(_)) => return Some("it closed the connection"),
                None => return Some("it took nothing that it was sent"),
            }
        }
        match answer.next {
            Next::Close { refused } => {
                if refused {
                    self.host.sleep(PENALTY).await;
                }
                // It is closed in either case.
                let _ = self.host.timeout(WRITE, self.stream.shutdown()).await;
                Some(if refused { "it gave a wrong password" } else { "it was done" })
            }
            Next::Go | Next::Wait(_) => None,
        }
    }
}

fn silence(host: &Host) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let host = host.clone();
    Box::pin(async move { host.sleep(SILENCE).await })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::irc::fake::{self, Fake};
    use crate::service::events::Events;
    use crate::service::{ChatError, Event};
    use backplane_plugin::testkit::TestHost;
    use backplane_plugin::{NoConfig, Plugin, PluginError};
    use parking_lot::Mutex;
    use serde_json::json;
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};
    use tokio::io::DuplexStream;

    thread_local! {
        /// The host of the plug-in that was made last.
        static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
    }

    /// A plug-in that only gives its host away.
    struct Bare;

    impl Plugin for Bare {
        type Config = NoConfig;

        fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
            HOST.set(Some(host));
            Ok(Self)
        }
    }

    /// The other end of a connection on a simulated host.
    struct Client {
        host: TestHost<Bare>,
        chat: Fake,
        events: Events,
        stream: DuplexStream,
        end: Arc<Mutex<Option<&'static str>>>,
    }

    impl Client {
        fn connect(password: &str) -> Self {
            let host = TestHost::<Bare>::new(json!({})).unwrap();
            let inner = HOST.take().expect("the plug-in was made");
            let (chat, events, end) = (Fake::new(), Events::default(), Arc::default());
            let (stream, other) = tokio::io::duplex(8192);
            let session = Session::new(chat.clone(), Arc::default(), password);
            let serving = Connection::new(other, inner.clone(), session).serve(events.subscribe());
            let ended: Arc<Mutex<_>> = Arc::clone(&end);
            inner.spawn("client", async move { *ended.lock() = Some(serving.await) });
            host.run();
            Self { host, chat, events, stream, end }
        }

        fn registered() -> Self {
            let mut client = Self::connect("");
            client.says("NICK me\r\nUSER me 0 * :Me\r\n");
            assert!(client.reads().contains(" 376 me "));
            client
        }

        fn says(&mut self, bytes: &str) {
            let mut context = Context::from_waker(Waker::noop());
            let written = Pin::new(&mut self.stream).poll_write(&mut context, bytes.as_bytes());
            assert!(matches!(written, Poll::Ready(Ok(count)) if count == bytes.len()), "{written:?}");
            self.host.run();
        }

        /// What has come so far.
        fn reads(&mut self) -> String {
            let mut text = Vec::new();
            let mut context = Context::from_waker(Waker::noop());
            loop {
                let mut bytes = [0; 1024];
                let mut buffer = tokio::io::ReadBuf::new(&mut bytes);
                match Pin::new(&mut self.stream).poll_read(&mut context, &mut buffer) {
                    Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                        text.extend_from_slice(buffer.filled())
                    }
                    _ => break,
                }
                self.host.run();
            }
            String::from_utf8(text).unwrap()
        }

        fn end(&self) -> Option<&'static str> {
            *self.end.lock()
        }
    }

    #[test]
    fn who_does_not_register_is_sent_away() {
        let mut client = Client::connect("");
        client.says("NICK me\r\n");
        client.host.advance(Duration::from_secs(59));
        assert_eq!(client.end(), None);
        client.host.advance(Duration::from_secs(1));
        assert_eq!(client.reads(), ":irc.backplane ERROR :Closing link: Registration took too long\r\n");
        assert_eq!(client.end(), Some("Registration took too long"));
    }

    #[test]
    fn who_is_silent_is_asked_and_then_sent_away() {
        let mut client = Client::registered();
        client.host.advance(SILENCE);
        assert_eq!(client.reads(), ":irc.backplane PING :irc.backplane\r\n");
        client.says("PONG irc.backplane\r\n");
        client.host.advance(SILENCE);
        assert_eq!((client.reads().as_str(), client.end()), (":irc.backplane PING :irc.backplane\r\n", None));
        client.host.advance(SILENCE);
        assert_eq!(client.reads(), ":irc.backplane ERROR :Closing link: Ping timeout\r\n");
    }

    #[test]
    fn who_takes_nothing_is_given_up() {
        let mut client = Client::registered();
        client.says("JOIN #lobby\r\n");
        for number in 0..40 {
            let message = fake::message(&format!("m{number}"), &"x".repeat(400));
            client.events.tell(&Event::Message { message });
        }
        client.host.run();
        assert_eq!(client.end(), None);
        client.host.advance(WRITE);
        assert_eq!(client.end(), Some("it took nothing that it was sent"));
    }

    #[test]
    fn a_wrong_password_costs_a_moment() {
        let mut client = Client::connect("secret");
        client.says("PASS guess\r\nNICK me\r\nUSER me 0 * :Me\r\n");
        assert!(client.reads().contains(" 464 * "));
        assert_eq!(client.end(), None);
        client.host.advance(PENALTY);
        assert_eq!(client.end(), Some("it gave a wrong password"));
    }

    #[test]
    fn lines_that_come_too_early_wait_and_keep_their_order() {
        let mut client = Client::registered();
        client.says("JOIN #lobby\r\n");
        client.chat.0.lock().refusal = Some(ChatError::SlowDown { seconds: 3 });
        client.says("PRIVMSG #lobby :one\r\nPRIVMSG #lobby :two\r\n");
        let texts = |client: &Client| -> Vec<String> {
            let chat = client.chat.0.lock();
            chat.messages.iter().filter(|message| message.own).map(|message| message.text.clone()).collect()
        };
        assert_eq!(texts(&client), [""; 0]);
        client.host.advance(Duration::from_secs(3));
        assert_eq!(texts(&client), ["one", "two"]);
    }

    #[test]
    fn clients_are_told_that_the_node_stops() {
        let mut client = Client::registered();
        client.events.end();
        client.host.run();
        assert_eq!(client.reads(), ":irc.backplane ERROR :Closing link: The node stops\r\n");
    }

    #[test]
    fn who_quits_or_hangs_up_is_gone() {
        let mut client = Client::registered();
        client.says("QUIT :bye\r\n");
        assert_eq!(client.end(), Some("it was done"));
        let client = Client::registered();
        drop(client.stream);
        client.host.run();
        assert_eq!(*client.end.lock(), Some("it closed the connection"));
    }
}
