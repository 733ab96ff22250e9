//! The protocol `chat.room` on one channel.

use super::intake::Misbehaviour;
use super::messages::{Announce, Fetch, Messages, Rooms, Sync};
use super::news::News;
use super::outbox::Outbox;
use super::signal::turn;
use super::wanted::ChannelId;
use crate::Chat;
use backplane_plugin::{
    Channel, Closed, MessageInfo, MessageSubscription, PluginError, Protocol, ProtocolJobsManager, SendError,
    SessionKind, messages,
};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// `chat.room` on one channel.
#[derive(Debug)]
pub(crate) struct ProtocolRoom {
    chat: Arc<Chat>,
    channel: Channel,
    rooms: MessageSubscription<Rooms>,
    announce: MessageSubscription<Announce>,
    fetch: MessageSubscription<Fetch>,
    messages: MessageSubscription<Messages>,
    sync: MessageSubscription<Sync>,
}

/// What has come.
enum Incoming {
    Rooms(Rooms),
    Announce(Announce),
    Fetch(Fetch),
    Messages(Messages),
    Sync(Sync),
}

/// The neighbour, as long as the protocol runs.
struct Present<'a> {
    protocol: &'a ProtocolRoom,
    outbox: Arc<Outbox<Sync>>,
}

impl Protocol<Chat> for ProtocolRoom {
    const NAME: &'static str = "chat.room";
    const MESSAGES: &'static [MessageInfo] = messages![Rooms, Announce, Fetch, Messages, Sync];

    fn attach(chat: Arc<Chat>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self {
            rooms: channel.subscribe()?,
            announce: channel.subscribe()?,
            fetch: channel.subscribe()?,
            messages: channel.subscribe()?,
            sync: channel.subscribe()?,
            channel,
            chat,
        })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("talk", self.talk());
    }
}

impl ProtocolRoom {
    /// Sends and receives, in one job: a channel on which nothing happens costs little.
    async fn talk(self: Arc<Self>) -> Result<(), SendError> {
        let present = Present::enter(&self);
        let shared = self.chat.service.shared();
        let tell = |news| self.tell(news);
        let mut sending = pin!(shared.send_all(&self.channel, &present.outbox, &tell));
        let mut receiving = pin!(self.receive());
        poll_fn(|cx| {
            if receiving.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            sending.as_mut().poll(cx)
        })
        .await
    }

    async fn receive(&self) -> Result<(), Closed> {
        loop {
            let incoming = poll_fn(|cx| self.poll_next(cx)).await?;
            match self.handle(incoming).await {
                Ok(news) => self.tell(news),
                Err(misbehaviour) => {
                    self.channel.misbehaved(misbehaviour);
                    return Err(Closed);
                }
            }
            turn().await;
        }
    }

    /// What has come, rooms first: the rest is about them.
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        if let Poll::Ready(message) = self.rooms.poll_receive(cx) {
            return Poll::Ready(message.map(Incoming::Rooms));
        }
        if let Poll::Ready(message) = self.sync.poll_receive(cx) {
            return Poll::Ready(message.map(Incoming::Sync));
        }
        if let Poll::Ready(message) = self.messages.poll_receive(cx) {
            return Poll::Ready(message.map(Incoming::Messages));
        }
        if let Poll::Ready(message) = self.announce.poll_receive(cx) {
            return Poll::Ready(message.map(Incoming::Announce));
        }
        self.fetch.poll_receive(cx).map(|message| message.map(Incoming::Fetch))
    }

    async fn handle(&self, incoming: Incoming) -> Result<Vec<News>, Misbehaviour> {
        let (shared, channel) = (self.chat.service.shared(), self.id());
        match incoming {
            Incoming::Rooms(rooms) => shared.rooms_of(channel, rooms),
            Incoming::Announce(announce) => shared.announced(channel, announce),
            Incoming::Fetch(fetch) => shared.asked(channel, fetch).map(|()| Vec::new()),
            Incoming::Sync(message) => shared.reconcile(channel, message).await,
            Incoming::Messages(messages) => {
                let (slices, in_bulk) = shared.slices(channel, messages)?;
                for slice in slices {
                    match shared.take(channel, slice, in_bulk) {
                        Ok(news) => self.tell(news),
                        Err((misbehaviour, news)) => {
                            self.tell(news);
                            return Err(misbehaviour);
                        }
                    }
                    turn().await;
                }
                shared.gossip.lock().ask(channel, shared.now());
                shared.due.set();
                Ok(Vec::new())
            }
        }
    }

    fn tell(&self, news: Vec<News>) {
        self.chat.service.tell(news);
    }

    fn id(&self) -> ChannelId {
        self.channel.info().id
    }
}

impl<'a> Present<'a> {
    fn enter(protocol: &'a ProtocolRoom) -> Self {
        let shared = protocol.chat.service.shared();
        let dialled = protocol.channel.info().session != SessionKind::Inbound;
        let outbox = shared.gossip.lock().enter(protocol.id(), dialled, shared.now());
        protocol.tell(vec![News::Peers]);
        Self { protocol, outbox }
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        let shared = self.protocol.chat.service.shared();
        shared.gossip.lock().leave(self.protocol.id(), shared.now());
        self.protocol.tell(vec![News::Peers]);
    }
}
