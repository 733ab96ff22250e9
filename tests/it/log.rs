//! What the log of the program says.

use backplane_tests::node::Dirs;
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};

#[tokio::test]
async fn each_line_about_a_channel_says_which_one() {
    let dirs = Dirs::with(&["backplane_chat"]);
    let sets = [MAGIC_SETTING, "network.inbound=tcp://127.0.0.1:0", "log.level=info,plugin::chat=debug"];
    let mut program = Program::start(&run_arguments(&dirs, &sets));
    let address = program.logs_address("listening for peers").await;
    let mut peer = RawPeer::dial(&address, MAGIC).await;
    peer.shake_hands().await;
    peer.send("DchatMsg", b"\x02hi").await;
    let heard = program.logs("received a line").await;
    assert!(heard.contains("plugin::chat") && heard.contains("channel{id="), "{heard}");
    drop(peer);
    let closed = program.logs("channel closed").await;
    assert!(closed.contains("session=inbound peer=tcp://127.0.0.1:"), "{closed}");
}
