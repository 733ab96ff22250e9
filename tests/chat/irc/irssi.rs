//! irssi, as somebody uses it.

use super::node::{Friend, IrcNode};
use super::tmux::Terminal;
use serde_json::json;

#[tokio::test]
async fn irssi_joins_sees_history_and_talks() {
    let mut node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    alice.says("#lobby", "said before").await;
    backplane_tests::wait::eventually_some("the history on the clients' node", async || {
        let history = node.rpc.call("chat.history", json!({"room": "#lobby"})).await.unwrap();
        history["messages"].as_array().unwrap().first().cloned()
    })
    .await;
    let (host, port) = node.host_and_port();
    let irssi = Terminal::start(&format!("irssi --home={{home}}/irssi -c {host} -p {port} -n me")).await;
    irssi.shows("End of MOTD").await;
    irssi.types("/join #lobby").await;
    irssi.shows("< alice> said before").await;
    irssi.types("hello from irssi, grüße").await;
    irssi.shows("< me> hello from irssi, grüße").await;
    alice.sees("#lobby", "hello from irssi, grüße").await;
    irssi.types("/me waves").await;
    alice.sees("#lobby", "/me waves").await;
    let id = alice.says("#lobby", "welcome\nto the lobby").await;
    irssi.shows("< alice> welcome").await;
    irssi.shows("< alice> to the lobby").await;
    alice.asks("edit", json!({"id": id, "text": "be welcome"})).await;
    irssi.shows("< alice> * be welcome").await;
    alice.says("#lobby", "/me smiles").await;
    irssi.shows("* alice smiles").await;
    irssi.types("/whois alice").await;
    irssi.types("/window 1").await;
    irssi.shows(&alice.fingerprint().await).await;
    irssi.types("/msg alice psst").await;
    backplane_tests::wait::eventually_some("the words for alice", async || {
        let rooms = alice.asks("rooms", json!([])).await;
        let direct = rooms.as_array().unwrap().iter().find(|room| room["kind"] == "direct").cloned();
        direct.filter(|room| room["last"]["text"] == "psst")
    })
    .await;
    irssi.types("/quit").await;
    node.logs("an IRC client has gone").await;
}
