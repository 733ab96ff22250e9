//! The types that authors use, against a host made up for it.
#![expect(clippy::panic, reason = "the plug-in that is tried panics on purpose")]

mod author_kit;

use author_kit::*;
use backplane_plugin::abi::{self, AbiError, AbiRpcError, Manifest, Reconfigured, SendStatus};
use backplane_plugin::manifest::Package;
use backplane_plugin::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const PACKAGE: Package = Package {
    name: "backplane-try",
    version: "1.2.3",
    description: "Tried",
    license: "MIT",
    panic: "unwind",
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Text(String);

impl Message for Text {
    const NAME: &'static str = "text";
    const MAX_BYTES: u64 = 100;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

config! {
    #[derive(Debug)]
    struct TryConfig {
        /// Nested.
        inner: Inner,
    }
}

config! {
    #[derive(Debug)]
    struct Inner {
        /// A number
        /// on two lines.
        #[range(0..=200)]
        number: u8 = 0,
    }
}

struct Try;

/// Takes a number over, refuses 1, panics at 2.
struct Flexible;

impl Plugin for Flexible {
    type Config = TryConfig;

    fn create(_: Host, _: TryConfig) -> Result<Self, PluginError> {
        Ok(Self)
    }

    fn reconfigure(&self, config: TryConfig) -> Result<(), PluginError> {
        match config.inner.number {
            1 => Err(PluginError::new("not one")),
            2 => panic!("not two"),
            _ => Ok(()),
        }
    }
}

impl Plugin for Try {
    type Config = TryConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] =
        protocols![TryProtocol: SessionFlags::SEED | SessionFlags::REFINE];
    const METHODS: &'static [MethodEntry<Self>] = methods![add as "plus", panic = give_up];

    fn create(_: Host, _: TryConfig) -> Result<Self, PluginError> {
        Ok(Self)
    }
}

impl Try {
    async fn add(self: Arc<Self>, (a, b): (u8, u8)) -> Result<u32, RpcError> {
        Ok(u32::from(a) + u32::from(b))
    }
}

async fn give_up(_: Arc<Try>, []: [(); 0]) -> Result<(), RpcError> {
    panic!("asked to")
}

struct TryProtocol {
    texts: MessageSubscription<Text>,
}

/// What its drop panics with is told to the host.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("in the drop");
    }
}

fn panic_with(number: u32) {
    panic!("number {number}")
}

impl Protocol<Try> for TryProtocol {
    const NAME: &'static str = "try";
    const VERSION: u32 = 3;
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![Text];

    fn attach(_: Arc<Try>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { texts: channel.subscribe()? })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("nothing", async {});
        jobs.spawn("closed", async { Err(Closed) });
        jobs.spawn("send", async { Err(SendError::Closed) });
        jobs.spawn("full", async { Err(SendError::Full) });
        jobs.spawn("fails", async { Err(PluginError::new("out of luck")) });
        jobs.spawn("panics", async { panic_with(7) });
        jobs.spawn("drop", async {
            let _held = PanicsWhenDropped;
        });
        jobs.spawn("receive", async move {
            let Text(text) = self.texts.receive().await?;
            Err(PluginError::new(text))
        });
    }
}

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

fn made(host: &FakeHost) -> abi::PluginBox {
    abi::create::<Try>(host.object(), "{}".into()).into_result().expect("an empty configuration fits")
}

#[test]
fn a_changed_configuration_is_read_first_and_then_taken_over_refused_or_kept_for_a_restart() {
    let flexible = abi::create::<Flexible>(FakeHost::default().object(), "{}".into()).into_result().unwrap();
    let number = |number: u8| format!("{{\"inner\":{{\"number\":{number}}}}}");
    let reconfigure = |config: &str, apply| {
        flexible
            .reconfigure(config.into(), apply)
            .into_result()
            .map_err(|error| PluginError::from(error).to_string())
    };
    for (config, apply, expected) in [
        (number(0), true, Ok(Reconfigured::Done)),
        (number(1), false, Ok(Reconfigured::Done)),
        (number(2), false, Ok(Reconfigured::Done)),
        (number(1), true, Err("not one")),
    ] {
        let expected = expected.map_err(ToOwned::to_owned);
        assert_eq!(reconfigure(&config, apply), expected, "{config} {apply}");
    }
    let panicked = reconfigure(&number(2), true).unwrap_err();
    assert!(panicked.starts_with("panicked at ") && panicked.ends_with("not two"), "{panicked}");
    let unfit = reconfigure("{\"inner\":{\"number\":300}}", false).unwrap_err();
    assert!(unfit.starts_with("inner.number: "), "{unfit}");

    let rigid = made(&FakeHost::default());
    assert_eq!(
        rigid.reconfigure(number(0).as_str().into(), false).into_result().unwrap(),
        Reconfigured::Done
    );
    let kept = rigid.reconfigure(number(0).as_str().into(), true).into_result().unwrap();
    assert_eq!(kept, Reconfigured::NeedsRestart);
}

#[test]
fn sending_waits_while_the_buffer_is_full() {
    let (host, channel) = fakes();
    channel.answer([SendStatus::Full, SendStatus::Full, SendStatus::Sent]);
    assert_eq!(run(channel.channel(&host).send(&text("hi"))), Ok(()));
    assert_eq!(channel.waits(), 2);
    assert_eq!(channel.sent(), [("text", false), ("text", false), ("text", false)]);
}

#[test]
fn sending_sleeps_through_the_host_and_is_prepaid_then() {
    let (host, channel) = fakes();
    channel.answer([SendStatus::Delayed { nanos: 5 }, SendStatus::Full, SendStatus::Sent]);
    assert_eq!(run(channel.channel(&host).send(&text("hi"))), Ok(()));
    assert_eq!(host.slept(), [5]);
    assert_eq!(channel.sent(), [("text", false), ("text", true), ("text", true)]);
}

#[test]
fn sending_says_why_it_cannot() {
    for (status, error) in [
        (SendStatus::Closed, SendError::Closed),
        (SendStatus::NotDeclared, SendError::NotDeclared("text")),
        (SendStatus::TooLarge, SendError::TooLarge { command: "text", bytes: 3 }),
    ] {
        let (host, channel) = fakes();
        channel.answer([status, status]);
        let sender = channel.channel(&host);
        assert_eq!(run(sender.send(&text("hi"))), Err(error.clone()));
        assert_eq!(sender.try_send(&text("hi")), Err(error));
    }
}

#[test]
fn trying_to_send_never_waits() {
    let (host, channel) = fakes();
    channel.answer([SendStatus::Full, SendStatus::Delayed { nanos: 5 }]);
    let sender = channel.channel(&host);
    assert_eq!(sender.try_send(&text("hi")), Err(SendError::Full));
    assert_eq!(sender.try_send(&text("hi")), Err(SendError::Full));
    assert_eq!((channel.waits(), host.slept()), (0, vec![]));
}

#[test]
fn messages_are_received_in_order_across_chunks_and_batches() {
    let (host, channel) = fakes();
    channel.queue([vec![vec![&b"\x011"[..], b"\x012"], vec![b"\x013"]], vec![vec![], vec![b"\x014"]]]);
    let texts = channel.channel(&host).subscribe::<Text>().expect("the fake has every command");
    let received: Vec<_> = std::iter::from_fn(|| run(texts.receive()).ok()).collect();
    assert_eq!(received, ["1", "2", "3", "4"].map(text));
    assert_eq!(channel.misbehaviour(), [""; 0]);
}

/// Bytes with a number before and after them; not metered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Blob(u8, Bytes, u8);

impl Message for Blob {
    const NAME: &'static str = "blob";
}

#[test]
fn a_stream_of_messages_is_taken_in_order_however_often_the_buffer_is_full() {
    let (host, channel) = fakes();
    channel.answer([SendStatus::Full, SendStatus::Full]);
    let blobs = (0..5).map(|number| Blob(number, Bytes::new(), 9));
    assert_eq!(run(channel.channel(&host).send_all(blobs)), Ok(()));
    let taken: Vec<_> = channel.taken().into_iter().map(|(payload, _)| payload).collect();
    assert_eq!(taken, (0..5).map(|number| vec![number, 0, 9]).collect::<Vec<_>>());
    assert_eq!(channel.waits(), 2);
}

#[test]
fn a_metered_stream_is_sent_one_by_one() {
    let (host, channel) = fakes();
    channel.answer([SendStatus::Sent, SendStatus::Delayed { nanos: 5 }, SendStatus::Sent]);
    assert_eq!(run(channel.channel(&host).send_all(["a", "b"].map(text))), Ok(()));
    assert_eq!(channel.sent(), [("text", false), ("text", false), ("text", true)]);
}

#[test]
fn large_bytes_are_handed_over_as_they_lie_in_memory() {
    let (host, channel) = fakes();
    let body = Bytes::from(vec![7; 10_000]);
    let blobs = [Blob(1, Bytes::new(), 2), Blob(3, body.clone(), 4), Blob(5, Bytes::new(), 6)];
    channel.answer([SendStatus::Sent]);
    assert_eq!(run(channel.channel(&host).send_all(blobs)), Ok(()));
    let [(first, _), (payload, parts), (last, _)] = &channel.taken()[..] else { panic!("three are taken") };
    assert_eq!((&first[..], &last[..]), (&[1, 0, 2][..], &[5, 0, 6][..]));
    // A number, the length of the bytes in three bytes, and the number behind them.
    assert_eq!(payload[..], [3, 0xfd, 0x10, 0x27, 4]);
    assert_eq!((parts.len(), parts[0].at), (1, 4));
    assert_eq!(parts[0].bytes.as_ptr(), body.as_ptr());
}

#[test]
fn a_batch_has_what_is_there_and_ends_where_a_payload_does_not_decode() {
    let (host, channel) = fakes();
    channel.queue([
        vec![vec![&b"\x011"[..], b"\x012"], vec![b"\x013"]],
        vec![vec![b"\x014", b"\x05no", b"\x015"]],
    ]);
    let texts = channel.channel(&host).subscribe::<Text>().expect("the fake has every command");
    let batch = || run(texts.receive_batch()).map(Iterator::collect::<Vec<_>>);
    assert_eq!(batch(), Ok(["1", "2", "3"].map(text).to_vec()));
    assert_eq!(batch(), Ok(vec![text("4")]));
    assert_eq!(channel.misbehaviour().len(), 1);
    assert_eq!(batch(), Err(Closed));
}

#[test]
fn a_payload_that_does_not_decode_is_misbehaviour() {
    let (host, channel) = fakes();
    channel.queue([vec![vec![&b"\x05no"[..]]]]);
    let texts = channel.channel(&host).subscribe::<Text>().expect("the fake has every command");
    assert_eq!(run(texts.receive()), Err(Closed));
    let told = channel.misbehaviour();
    assert!(matches!(&told[..], [what] if what.starts_with("text: ")), "{told:?}");
}

#[test]
fn a_broadcast_crosses_once_as_encoded_bytes() {
    let host = FakeHost::default();
    assert_eq!(abi::host(host.object()).broadcast(&text("hi")), Ok(3));
    assert_eq!(host.broadcasts(), [("text".to_owned(), b"\x02hi".to_vec())]);
}

#[test]
fn the_manifest_says_what_was_registered() {
    let Manifest { name, version, description, license, api_version, protocols, methods } =
        abi::manifest::<Try>(PACKAGE).into_result().expect("registering does not panic");
    let texts = [name, version, description, license, api_version].map(String::from);
    assert_eq!(texts, ["try", "1.2.3", "Tried", "MIT", env!("CARGO_PKG_VERSION")]);
    let [protocol] = &protocols[..] else { panic!("one protocol was registered") };
    let name = protocol.name.as_str();
    assert_eq!((name, protocol.version, protocol.sessions, protocol.assumed), ("try", 3, 24, true));
    let [message] = &protocol.messages[..] else { panic!("it has one message") };
    assert_eq!((message.name.as_str(), message.max_bytes), ("text", 100));
    assert_eq!(message.metering(), Metering::per_ten_seconds(4));
    let names: Vec<_> = methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["add", "panic"]);
    assert_eq!(methods[0].aliases[..], ["plus"]);
}

/// What a method answers.
fn ask(method: u32, params: &str) -> Result<String, AbiRpcError> {
    let answer = run(made(&FakeHost::default()).rpc(method, params.into())).into_result();
    answer.map(String::from)
}

#[test]
fn a_method_answers_with_json() {
    assert_eq!(ask(0, "[200, 100]").map_err(|error| error.code), Ok("300".to_owned()));
}

#[test]
fn parameters_that_do_not_fit_are_refused_with_a_reason() {
    for params in ["[1]", "[1, 2, 3]", "[1, 256]", "{\"a\": 1}", "[1, \"2\"]", "nonsense"] {
        let error = ask(0, params).expect_err(params);
        assert_eq!((error.code, error.message.as_str()), (-32602, "invalid params"), "{params}");
        assert!(error.data.len() > 5, "{params}: no reason in {:?}", error.data);
    }
}

#[test]
fn a_method_that_is_missing_or_panics_is_an_error() {
    assert_eq!(ask(9, "[]").expect_err("there is none").code, -32601);
    let error = ask(1, "[]").expect_err("it panics");
    assert_eq!(error.code, -32603);
    assert!(error.data.contains("asked to"), "{:?}", error.data);
}

#[test]
fn a_wrong_configuration_names_the_key() {
    for (config, key) in
        [(r#"{"inner": {"number": 256}}"#, "inner.number"), (r#"{"inner": {"numbr": 1}}"#, "inner.numbr")]
    {
        let made = abi::create::<Try>(FakeHost::default().object(), config.into());
        let error = made.map(drop).into_result().map_err(PluginError::from).expect_err(config);
        assert!(error.is_config());
        assert_eq!(error.place(), Some(key), "{error}");
    }
}

#[test]
fn jobs_end_well_when_the_channel_is_closed_and_badly_otherwise() {
    let (host, channel) = fakes();
    channel.queue([vec![vec![&b"\x02hi"[..]]]]);
    let plugin = made(&host);
    let protocol = plugin.attach(0, channel.object()).into_result().expect("it can be attached");
    let jobs = FakeJobs::default();
    assert!(protocol.start(jobs.object()).is_ok());
    let outcome = |(name, job): (String, abi::Job)| {
        let end =
            run(job).into_result().map_err(|error: AbiError| PluginError::from(error).message().to_owned());
        (name, end.err().unwrap_or_default())
    };
    let ends: Vec<_> = jobs.take().into_iter().map(outcome).collect();
    let expected = [
        ("nothing", ""),
        ("closed", ""),
        ("send", ""),
        ("full", "the outgoing buffer is full"),
        ("fails", "out of luck"),
        ("panics", "number 7"),
        ("drop", "in the drop"),
        ("receive", "hi"),
    ];
    assert_eq!(ends, expected.map(|(name, end)| (name.to_owned(), end.to_owned())));
}

#[test]
fn a_job_whose_drop_panics_before_its_end_is_told_to_the_host() {
    let host = FakeHost::default();
    let held = PanicsWhenDropped;
    abi::host(host.object()).spawn("pending", async move {
        let _held = held;
        std::future::pending::<()>().await;
    });
    drop(host.jobs());
    assert_eq!(host.panics(), [("pending".to_owned(), "in the drop".to_owned())]);
}
