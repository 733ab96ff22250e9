//! What IRC needs of chat: a part of the [`Service`], which tests stand in for.

use crate::service::{ChatError, History, Message, Myself, Named, Person, Place, Room, Sent, Service};

/// Chat, as a session of IRC uses it.
pub(crate) trait Backend {
    fn myself(&self) -> Myself;
    fn rename(&self, name: &str) -> Result<String, ChatError>;
    fn rooms(&self) -> Result<Vec<Room>, ChatError>;
    fn room(&self, room: &str) -> Result<Room, ChatError>;
    fn join(&self, name: &str, passphrase: Option<&str>) -> Result<Room, ChatError>;
    fn direct(&self, author: &str) -> Result<Room, ChatError>;
    fn names(&self, most: usize) -> Result<Vec<Named>, ChatError>;
    fn people(&self, room: &str) -> Result<Vec<Person>, ChatError>;
    fn history(&self, room: &str, place: &Place, limit: usize) -> Result<History, ChatError>;
    fn message(&self, id: &str) -> Result<Message, ChatError>;
    fn send(&self, room: &str, text: &str, reply: Option<&str>) -> Result<Sent, ChatError>;
    fn read(&self, room: &str, id: &str) -> Result<(), ChatError>;
    fn delete(&self, id: &str) -> Result<Sent, ChatError>;
    fn react(&self, id: &str, emoji: &str, on: bool) -> Result<Sent, ChatError>;
    fn topic(&self, room: &str, text: &str) -> Result<Sent, ChatError>;
}

macro_rules! as_it_is {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        impl Backend for Service {
            fn myself(&self) -> Myself {
                Self::myself(self)
            }

            $(fn $name(&self, $($argument: $type),*) -> Result<$result, ChatError> {
                Self::$name(self, $($argument),*)
            })*
        }
    };
}

as_it_is! {
    rename(name: &str) -> String;
    rooms() -> Vec<Room>;
    room(room: &str) -> Room;
    join(name: &str, passphrase: Option<&str>) -> Room;
    direct(author: &str) -> Room;
    names(most: usize) -> Vec<Named>;
    people(room: &str) -> Vec<Person>;
    history(room: &str, place: &Place, limit: usize) -> History;
    message(id: &str) -> Message;
    send(room: &str, text: &str, reply: Option<&str>) -> Sent;
    read(room: &str, id: &str) -> ();
    delete(id: &str) -> Sent;
    react(id: &str, emoji: &str, on: bool) -> Sent;
    topic(room: &str, text: &str) -> Sent;
}
