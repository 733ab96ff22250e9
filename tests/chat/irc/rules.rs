//! Who may be a client, and how many.

use super::node::IrcNode;
use super::raw::Raw;
use backplane_tests::wait::eventually_some;
use serde_json::json;

/// `\0me\0secret` in base 64.
const GOOD: &str = "AG1lAHNlY3JldA==";
/// `\0me\0guess` in base 64.
const BAD: &str = "AG1lAGd1ZXNz";

#[tokio::test]
async fn the_password_of_the_configuration_opens_the_door() {
    let node = IrcNode::start(&["plugin.chat.config.irc_password=secret"]).await;
    let mut client = Raw::connect(&node).await;
    client.says("CAP LS 302").await;
    assert!(client.hears(" CAP * LS ").await.contains("sasl=PLAIN"));
    client.says("CAP REQ :sasl\r\nAUTHENTICATE PLAIN").await;
    client.hears("AUTHENTICATE +").await;
    client.says(&format!("AUTHENTICATE {BAD}")).await;
    client.hears(" 904 ").await;
    client.says("AUTHENTICATE PLAIN").await;
    client.hears("AUTHENTICATE +").await;
    client.says(&format!("AUTHENTICATE {GOOD}\r\nNICK me\r\nUSER me 0 * :Me\r\nCAP END")).await;
    client.hears(" 903 ").await;
    client.hears(" 001 me ").await;

    let mut other = Raw::connect(&node).await;
    other.says("PASS secret\r\nNICK me\r\nUSER me 0 * :Me").await;
    other.hears(" 001 me ").await;

    let mut stranger = Raw::connect(&node).await;
    stranger.says("PASS guess\r\nNICK me\r\nUSER me 0 * :Me\r\nJOIN #lobby").await;
    stranger.hears(" 464 ").await;
    stranger.hears("ERROR").await;
    assert_eq!(stranger.line().await, None);
}

#[tokio::test]
async fn clients_share_one_user_and_hear_one_another() {
    let mut node = IrcNode::start(&[]).await;
    let mut one = Raw::registered(&node, "server-time").await;
    let mut two = Raw::registered(&node, "server-time").await;
    for client in [&mut one, &mut two] {
        client.says("JOIN #lobby").await;
        client.hears(" 366 ").await;
    }
    one.says("PRIVMSG #lobby :from the one").await;
    let heard = two.hears("from the one").await;
    assert!(heard.contains(" :me!chat@"), "{heard}");
    two.says("NICK zoë").await;
    assert!(one.hears(" NICK ").await.ends_with(" NICK :zoë"));
    assert_eq!(node.rpc.call("chat.name", json!([])).await.unwrap(), "zoë");
    // What is said elsewhere on this node is heard, too.
    node.rpc.call("chat.send", json!(["#lobby", "from the command line"])).await.unwrap();
    one.hears(":zoë!").await;
    node.rpc.call("chat.leave", json!(["#lobby"])).await.unwrap();
    one.hears(" PART #lobby ").await;
}

#[tokio::test]
async fn there_is_room_for_so_many_clients_and_no_more() {
    let mut node = IrcNode::start(&[]).await;
    let mut clients = Vec::new();
    for _ in 0..32 {
        clients.push(Raw::registered(&node, "batch").await);
    }
    let mut late = Raw::connect(&node).await;
    assert!(late.hears("ERROR").await.ends_with("too many clients"));
    assert_eq!(late.line().await, None);
    clients.pop().unwrap().says("QUIT :bye").await;
    node.logs("an IRC client has gone").await;
    eventually_some("the place that became free", async || {
        let mut late = Raw::connect(&node).await;
        late.says("NICK me\r\nUSER me 0 * :Me").await;
        late.line().await.filter(|line| line.contains(" 001 "))
    })
    .await;
}

#[tokio::test]
async fn a_line_without_an_end_costs_nothing() {
    let node = IrcNode::start(&[]).await;
    let mut client = Raw::registered(&node, "batch").await;
    let noise = vec![b'x'; 64 * 1024];
    for _ in 0..64 {
        client.sends(&noise).await;
    }
    client.says("").await;
    client.hears(" 417 me ").await;
    client.says("PING :still here").await;
    client.hears("PONG irc.backplane :still here").await;
}

#[tokio::test]
async fn a_restarted_plugin_serves_clients_at_the_same_address() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("plugin.chat.config.irc_listen=tcp://127.0.0.1:{port}");
    let mut node = IrcNode::start(&[&listen]).await;
    let mut client = Raw::registered(&node, "batch").await;
    client.says("JOIN #lobby\r\nPRIVMSG #lobby :before the restart").await;
    client.all().await;
    node.rpc.call("plugin.restart", json!(["chat"])).await.unwrap();
    while client.line().await.is_some() {}
    node.logs("listening for IRC clients").await;
    let mut client = Raw::registered(&node, "batch").await;
    client.says("JOIN #lobby").await;
    client.hears("before the restart").await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_tried_again() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("plugin.chat.config.irc_listen=tcp://{}", taken.local_addr().unwrap());
    let starting = IrcNode::start_until(&[&listen], "cannot listen for IRC clients yet").await;
    drop(taken);
    let node = starting.listens().await;
    Raw::registered(&node, "batch").await;
}
