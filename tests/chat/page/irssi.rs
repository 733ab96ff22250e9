//! Somebody with irssi talks with somebody in a browser.

use super::folk::Person;
use crate::irc::node::IrcNode;
use crate::irc::tmux::Terminal;

#[tokio::test]
async fn irssi_and_the_page_talk() {
    let ada = Person::start("Ada", &[]).await;
    let browser = ada.browser("#lobby").await;
    browser.say("Is anybody on IRC?").await;
    let node = IrcNode::start(&[&format!("network.peers={}", ada.peers())]).await;
    let (host, port) = node.host_and_port();
    let irssi = Terminal::start(&format!("irssi --home={{home}}/irssi -c {host} -p {port} -n me")).await;
    irssi.shows("End of MOTD").await;
    irssi.types("/join #lobby").await;
    irssi.shows("< Ada> Is anybody on IRC?").await;
    irssi.types("I am, with irssi").await;
    browser.shows_text(".row", "I am, with irssi").await;
    browser.shows_text(".row .author", "me").await;
    browser.say("<b>Good</b>").await;
    irssi.shows("< Ada> <b>Good</b>").await;
    irssi.types("/me likes it").await;
    // The page shows what somebody does as such, too.
    browser.shows_text(".row", "likes it").await;
    browser.has_no_text("/me likes it").await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
