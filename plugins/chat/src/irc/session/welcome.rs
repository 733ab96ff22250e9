//! What a client is told once it is registered.

use super::Session;
use super::queries::VERSION;
use crate::irc::backend::Backend;
use crate::irc::book::AUTHORS;
use crate::irc::caps::Cap;
use crate::irc::line::{LINE, Line, SERVER};
use crate::irc::nick;
use crate::service::{ChatError, LONGEST_PAGE, Myself, Named, RoomKind};
use irc_proto::Response;

/// The longest name of a room, in bytes.
const CHANNEL: usize = 64;
/// The longest topic that can be set, in bytes: less than a room's, to fit into a line.
const TOPIC: usize = 390;

impl<B: Backend> Session<B> {
    /// The client is this user, whatever nick it asked for: what it asked for becomes the name of one who has none yet.
    pub(super) fn welcome(&mut self, wanted: &str) -> Result<(), ChatError> {
        let mut myself = self.chat.myself();
        if is_nameless(&myself) && nick::of_name(wanted) == wanted && nick::is_free(wanted) {
            myself.name = self.chat.rename(wanted)?;
        }
        let named = self.chat.names(AUTHORS)?;
        self.me = self.book.lock().set_own(&myself.author, &myself.fingerprint, &myself.name);
        // Who was heard first, wherever it was, has the nick.
        for Named { author, fingerprint, name } in named {
            self.book.lock().introduce(&author, &fingerprint, &name);
        }
        let source = self.me.source();
        self.reply(Response::RPL_WELCOME, &format!("Welcome to Backplane, {source}"));
        self.reply(Response::RPL_YOURHOST, &format!("Your host is {SERVER}, running version {VERSION}"));
        self.reply(Response::RPL_CREATED, "This server is a node of a network without a centre");
        let line = self.numeric(Response::RPL_MYINFO).param(SERVER).param(VERSION).param("i").param("bns");
        self.out.push(line);
        self.supported();
        self.lusers();
        self.motd();
        if nick::folded(wanted) != nick::folded(&self.me.nick) {
            let text =
                format!("You are {} here, the name of this node's user; /nick changes it", self.me.nick);
            self.out.push(Line::server("NOTICE").param(&self.me.nick).text(text));
        }
        if !self.caps.has(Cap::ChatHistory) {
            self.play_back_unread()?;
        }
        Ok(())
    }

    fn supported(&mut self) {
        let tokens = [
            "CASEMAPPING=ascii".to_owned(),
            "CHANTYPES=#".to_owned(),
            "CHANMODES=b,,,ns".to_owned(),
            "PREFIX=".to_owned(),
            "NETWORK=Backplane".to_owned(),
            "UTF8ONLY".to_owned(),
            format!("NICKLEN={}", nick::LONGEST),
            format!("CHANNELLEN={CHANNEL}"),
            format!("TOPICLEN={TOPIC}"),
            format!("LINELEN={LINE}"),
            "TARGMAX=PRIVMSG:1,NOTICE:1,TAGMSG:1,JOIN:,PART:,NAMES:,WHOIS:1".to_owned(),
            format!("CHATHISTORY={LONGEST_PAGE}"),
            "MSGREFTYPES=msgid,timestamp".to_owned(),
        ];
        let line = tokens.into_iter().fold(self.numeric(Response::RPL_ISUPPORT), Line::param);
        self.out.push(line.text("are supported by this server"));
    }

    pub(super) fn lusers(&mut self) {
        self.reply(Response::RPL_LUSERCLIENT, "There is 1 user on 1 server: this node's");
        let rooms = self.chat.rooms().map_or(0, |rooms| rooms.len());
        self.reply_about(Response::RPL_LUSERCHANNELS, &rooms.to_string(), "rooms joined");
    }

    pub(super) fn motd(&mut self) {
        self.reply(Response::RPL_MOTDSTART, &format!("- {SERVER} Message of the day -"));
        let mut text = vec![format!("- This is your own node. Your fingerprint is {}.", self.me.fingerprint)];
        for room in self.chat.rooms().unwrap_or_default() {
            let name = if room.kind == RoomKind::Direct { continue } else { &room.name };
            text.push(format!("- {name} (people: {}, unread: {})", room.people, room.unread));
        }
        text.push("- /join a room, /list them, /whois somebody to see a fingerprint.".to_owned());
        text.iter().for_each(|line| self.reply(Response::RPL_MOTD, line));
        self.reply(Response::RPL_ENDOFMOTD, "End of MOTD command");
    }
}

/// Whether somebody has the name that is made of the key.
fn is_nameless(myself: &Myself) -> bool {
    let digits = myself.name.strip_prefix("anon-");
    digits.is_some_and(|digits| digits.len() == 4 && myself.author.starts_with(digits))
}
