//! Who is who.

use super::{ALICE, Client, ME, NOW, script};
use crate::irc::fake;
use crate::service::Event;

#[test]
fn who_pretends_to_be_another_one_has_another_nick() {
    let mut client = Client::in_lobby("");
    let impostor = fake::message_of("cccc", "alice", "m1", "give me your keys");
    let source = ":alice|cccc!chat@cccc-cccc-cccc-cccc";
    let shown = [format!("{source} JOIN #lobby"), format!("{source} PRIVMSG #lobby :give me your keys")];
    assert_eq!(client.hears(impostor), shown);
    assert_eq!(client.hears(fake::message("m2", "hi")), [format!("{ALICE} PRIVMSG #lobby :hi")]);
    // Nor can anybody be this user, or look like somebody with a suffix.
    let shown = client.hears(fake::message_of("dddd", "ME", "m3", "hi"));
    assert!(shown[0].starts_with(":ME|dddd!"), "{shown:?}");
    let shown = client.hears(fake::message_of("eeee", "alice|cccc", "m4", "hi"));
    assert!(shown[0].starts_with(":alice_cccc!"), "{shown:?}");
}

#[test]
fn another_name_is_another_nick_for_every_client() {
    let mut client = Client::in_lobby("");
    let mut second = client.second("");
    let renamed = fake::message_of("aaaa", "alice away", "m1", "bye");
    let shown = [
        format!("{ALICE} NICK :alice_away"),
        ":alice_away!chat@aaaa-aaaa-aaaa-aaaa PRIVMSG #lobby :bye".to_owned(),
    ];
    assert_eq!(client.hears(renamed.clone()), shown);
    assert_eq!(second.hears(renamed), shown);
}

#[test]
fn another_name_of_this_user_is_its_nick_everywhere() {
    let mut client = Client::in_lobby("");
    let mut second = client.second("");
    script(
        &mut client,
        &[
            ("NICK", &[":irc.backplane 431 me :No nickname given"]),
            ("NICK me", &[]),
            ("NICK 7of9", &[":irc.backplane 432 me 7of9 :Erroneous nickname"]),
            ("NICK ChanServ", &[":irc.backplane 432 me ChanServ :Erroneous nickname"]),
            ("NICK zoë", &[&format!("{ME} NICK :zoë")]),
        ],
    );
    let named = |name: &str| Event::Name { name: name.to_owned() };
    assert_eq!(client.told(named("zoë")), [""; 0]);
    assert_eq!(second.told(named("zoë")), [format!("{ME} NICK :zoë")]);
    // Whoever has the nick gives it up first.
    let source = "zoë!chat@0000-0000-0000-0000";
    let shown = [format!("{ALICE} NICK :alice|aaaa"), format!(":{source} NICK :alice")];
    assert_eq!(client.says("NICK alice"), shown);
    assert_eq!(second.told(named("alice")), shown);
}

#[test]
fn another_key_of_this_user_is_the_same_nick() {
    let mut client = Client::in_lobby("draft/chathistory");
    {
        let me = &mut client.chat.0.lock().me;
        (me.author, me.fingerprint) = ("9999".to_owned(), fake::fingerprint("9999"));
    }
    assert_eq!(client.told(Event::Name { name: "me".to_owned() }), [""; 0]);
    assert_eq!(client.says("NAMES #lobby")[0], ":irc.backplane 353 me = #lobby :me alice");
    // The one before is somebody else now.
    let shown = client.hears(fake::message_of("0000", "me", "m1", "old news"));
    assert_eq!(shown[0], ":me|0000!chat@0000-0000-0000-0000 JOIN #lobby");
}

#[test]
fn nicks_of_those_who_are_not_shown_any_more_are_forgotten() {
    let mut client = Client::in_lobby("");
    for number in 0..3000 {
        let name = format!("p{number}");
        client.hears(fake::message_of(&name, &name, &name, "hi"));
    }
    assert!(client.session.shown.len() < 1400, "{}", client.session.shown.len());
    assert_eq!(client.session.channels.members(), 300);
}

#[test]
fn whois_tells_key_fingerprint_and_names() {
    let mut client = Client::in_lobby("");
    {
        let mut chat = client.chat.0.lock();
        let alice = &mut chat.people[0].1;
        (alice.names, alice.same_name) = (vec!["alice".to_owned(), "al".to_owned()], true);
        alice.last = NOW - 90_000;
    }
    let expected = [
        ":irc.backplane 311 me alice chat aaaa-aaaa-aaaa-aaaa * :alice",
        ":irc.backplane 319 me alice :#lobby",
        ":irc.backplane 312 me alice irc.backplane :A node of Backplane",
        ":irc.backplane 276 me alice :has client certificate fingerprint aaaa-aaaa-aaaa-aaaa",
        ":irc.backplane 320 me alice :has the key aaaa",
        ":irc.backplane 320 me alice :has used the names alice, al",
        ":irc.backplane 320 me alice :shares the name with somebody else: look at the fingerprint",
        ":irc.backplane 317 me alice 90 :seconds since the last message",
        ":irc.backplane 318 me alice :End of WHOIS list",
    ];
    assert_eq!(client.says("WHOIS alice"), expected);
    assert_eq!(client.says("WHOIS irc.backplane alice"), expected);
    let unknown = [":irc.backplane 401 me bob :No such nick", ":irc.backplane 318 me bob :End of WHOIS list"];
    assert_eq!(client.says("WHOIS bob"), unknown);
    assert!(client.says("WHOIS me").contains(&":irc.backplane 320 me me :has the key 0000".to_owned()));
}

#[test]
fn clients_find_out_who_is_there() {
    let mut client = Client::in_lobby("");
    script(
        &mut client,
        &[
            (
                "WHO #lobby",
                &[
                    ":irc.backplane 352 me #lobby chat 0000-0000-0000-0000 irc.backplane me H :0 me",
                    ":irc.backplane 352 me #lobby chat aaaa-aaaa-aaaa-aaaa irc.backplane alice H :0 alice",
                    ":irc.backplane 315 me #lobby :End of WHO list",
                ],
            ),
            (
                "WHO alice",
                &[
                    ":irc.backplane 352 me * chat aaaa-aaaa-aaaa-aaaa irc.backplane alice H :0 alice",
                    ":irc.backplane 315 me alice :End of WHO list",
                ],
            ),
            ("WHO", &[":irc.backplane 315 me * :End of WHO list"]),
            ("ISON alice bob :me", &[":irc.backplane 303 me :alice me"]),
            ("AWAY :lunch", &[":irc.backplane 306 me :You have been marked as being away"]),
            (
                "USERHOST me alice bob",
                &[":irc.backplane 302 me :me=-chat@0000-0000-0000-0000 alice=+chat@aaaa-aaaa-aaaa-aaaa"],
            ),
            ("AWAY", &[":irc.backplane 305 me :You are no longer marked as being away"]),
            (
                "WHOWAS x",
                &[
                    ":irc.backplane 406 me x :There was no such nickname",
                    ":irc.backplane 369 me x :End of WHOWAS",
                ],
            ),
            ("TIME", &[":irc.backplane 391 me irc.backplane :2025-12-31T23:59:59.000Z"]),
        ],
    );
    assert!(client.says("VERSION")[0].starts_with(":irc.backplane 351 me backplane-chat-"));
    assert_eq!(client.says("LUSERS").len(), 2);
    assert!(client.says("MOTD").len() > 4);
}
