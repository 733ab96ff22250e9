//! A plug-in that panics takes nothing else with it.

use backplane_plugin::RpcError;
use backplane_tests::node::TestNode;
use backplane_tests::wait::eventually;
use serde_json::json;

const PLUGINS: &[&str] = &["backplane_chat", "backplane_faulty"];

/// Two connected nodes, the first of which has a plug-in that panics in `place`.
struct Pair {
    faulty: TestNode,
    sound: TestNode,
}

impl Pair {
    async fn start(place: &str) -> Self {
        let panic_in = format!("plugin.faulty.config.panic_in={place}");
        let faulty = TestNode::start(PLUGINS, &[&panic_in]).await;
        let sound = TestNode::start(PLUGINS, &[&faulty.as_peer()]).await;
        faulty.speaks("chat", 1).await;
        sound.speaks("chat", 1).await;
        Self { faulty, sound }
    }

    /// Chat goes both ways over the one channel that there is.
    async fn chats(&self) {
        assert_eq!(self.faulty.say("from the faulty node").await, 1);
        self.sound.hears("from the faulty node").await;
        assert_eq!(self.sound.say("from the sound node").await, 1);
        self.faulty.hears("from the sound node").await;
        assert_eq!(self.faulty.plugin("chat").panics, 0);
    }

    /// The one panic is counted, the channel is the one that was there before it, and chat goes on.
    async fn survives(&self) {
        let channel = self.faulty.channels()[0].id();
        eventually("the panic is counted", || self.faulty.plugin("faulty").panics > 0).await;
        self.chats().await;
        assert_eq!(self.faulty.channels()[0].id(), channel, "another channel");
        assert_eq!(self.faulty.plugin("faulty").panics, 1);
        assert_eq!(self.sound.plugin("faulty").panics, 0);
    }
}

/// A panic that keeps the plug-in from running at all.
async fn is_left_out(place: &str, message: &str) {
    let pair = Pair::start(place).await;
    let status = pair.faulty.plugin("faulty");
    assert_eq!(status.state, "failed");
    let reason = status.reason.expect("a failed plug-in has a reason");
    assert!(reason.contains(message) && reason.contains("faulty/src/lib.rs:"), "{reason}");
    pair.survives().await;
}

/// A panic that ends the protocol on its channel, and so on the other side.
async fn ends_its_protocol(place: &str) {
    let pair = Pair::start(place).await;
    pair.survives().await;
    assert_eq!(pair.faulty.plugin("faulty").state, "running");
    pair.faulty.speaks("faulty", 0).await;
    pair.sound.speaks("faulty", 0).await;
}

#[tokio::test]
async fn a_panic_in_the_constructor_leaves_the_plugin_out() {
    is_left_out("create", "told to panic in Create").await;
}

#[tokio::test]
async fn a_panic_in_attach_ends_the_protocol_on_that_channel() {
    ends_its_protocol("attach").await;
}

#[tokio::test]
async fn a_panic_in_start_ends_the_protocol_on_that_channel() {
    ends_its_protocol("start").await;
}

#[tokio::test]
async fn a_panic_in_a_job_ends_the_protocol_on_that_channel() {
    ends_its_protocol("job_poll").await;
}

#[tokio::test]
async fn a_panic_in_the_drop_of_a_job_is_survived() {
    ends_its_protocol("job_drop").await;
}

#[tokio::test]
async fn a_panic_in_the_drop_of_a_protocol_is_survived() {
    ends_its_protocol("protocol_drop").await;
}

#[tokio::test]
async fn a_panic_in_an_rpc_method_is_answered_as_an_internal_error() {
    for (place, broken, sound) in
        [("rpc_call", "faulty.call", "faulty.future"), ("rpc_future", "faulty.future", "faulty.call")]
    {
        let pair = Pair::start(place).await;
        let error = pair.faulty.call(broken, json!([])).await.unwrap_err();
        assert_eq!(error.code, RpcError::internal("").code, "{error:?}");
        assert!(format!("{error:?}").contains("told to panic"), "{error:?}");
        pair.faulty.call(sound, json!([])).await.unwrap();
        pair.survives().await;
        pair.faulty.speaks("faulty", 1).await;
    }
}

#[tokio::test]
async fn a_panic_in_the_stop_of_a_plugin_does_not_keep_the_node_from_stopping() {
    for place in ["stop", "plugin_drop"] {
        let pair = Pair::start(place).await;
        pair.chats().await;
        pair.faulty.stop().await;
        eventually("the channel has ended", || pair.sound.channels().is_empty()).await;
        assert_eq!(pair.faulty.node().plugins().methods().len(), 0, "a plug-in has not been stopped");
        assert!(pair.sound.lines().await.contains(&"from the faulty node".to_owned()));
    }
}
