//! Rounds of reconciliations: the snapshots that they need, and what follows from each.

use super::intake::Misbehaviour;
use super::messages::Sync;
use super::news::News;
use super::sessions::Asked;
use super::signal::turn;
use super::snapshots::Snapshot;
use super::wanted::ChannelId;
use crate::hash::Hash;
use crate::shared::Shared;
use std::sync::Arc;

impl Shared {
    /// Begins what is due: what is told of that.
    pub(crate) async fn begin_due(&self) -> Vec<News> {
        let mut news = Vec::new();
        loop {
            let now = self.now();
            let Some((channel, room)) = self.gossip.lock().sessions.due(now) else { return news };
            if self.gossip.lock().sessions.only_for_gaps(channel, &room)
                && self.store.missing(&room, 1).is_ok_and(|missing| missing.is_empty())
            {
                let moment = self.moment();
                self.gossip.lock().sessions.put_off(channel, &room, moment);
                continue;
            }
            let floor = self.gossip.lock().floor(channel, &room);
            if self.begin(channel, &room, floor).await {
                news.push(News::Room(room));
            }
        }
    }

    /// Begins to reconcile a room with a neighbour; whether it did.
    async fn begin(&self, channel: ChannelId, room: &Hash, floor: u64) -> bool {
        let snapshot = self.snapshot(room, floor).await;
        let moment = self.moment();
        let mut gossip = self.gossip.lock();
        let Some(snapshot) = snapshot else {
            // The store fails; the next time is as good.
            gossip.sessions.put_off(channel, room, moment);
            return false;
        };
        let begun = gossip.sessions.begin((channel, room), snapshot, moment);
        let Some((payload, outbox)) = begun.zip(gossip.outbox(channel)) else { return false };
        outbox.sync(Sync { room: *room, round: 0, floor, payload });
        true
    }

    /// A neighbour sends a round of a reconciliation.
    pub(crate) async fn reconcile(
        &self,
        channel: ChannelId,
        message: Sync,
    ) -> Result<Vec<News>, Misbehaviour> {
        if self.room(&message.room).is_none() {
            return Ok(Vec::new());
        }
        if message.round.is_multiple_of(2) {
            self.question(channel, message).await?;
            return Ok(Vec::new());
        }
        self.learn(channel, message).await
    }

    /// The neighbour's question is answered.
    async fn question(&self, channel: ChannelId, message: Sync) -> Result<(), Misbehaviour> {
        let (now, room) = (self.now(), message.room);
        let asked = self.gossip.lock().sessions.asked(channel, &room, message.round, now);
        let (round, snapshot) = match asked {
            Asked::Nothing => return Ok(()),
            Asked::Answer(round, snapshot) => (round, snapshot),
            Asked::New => {
                if !self.gossip.lock().may_sync(channel, now) {
                    return Ok(());
                }
                let floor = self.gossip.lock().floor(channel, &room).max(message.floor);
                let Some(snapshot) = self.snapshot(&room, floor).await else { return Ok(()) };
                let moment = self.moment();
                let accepted =
                    self.gossip.lock().sessions.accept((channel, &room), Arc::clone(&snapshot), moment);
                if !accepted {
                    return Ok(());
                }
                (1, snapshot)
            }
        };
        let payload =
            snapshot.messages.answer(&message.payload).map_err(|_| "its reconciliation cannot be read")?;
        if let Some(outbox) = self.gossip.lock().outbox(channel) {
            outbox.sync(Sync { room, round, floor: snapshot.floor, payload });
        }
        Ok(())
    }

    /// The neighbour has answered: what each lacks goes its way.
    async fn learn(&self, channel: ChannelId, message: Sync) -> Result<Vec<News>, Misbehaviour> {
        let (moment, room) = (self.moment(), message.room);
        let way = (message.round, message.floor);
        let step = self.gossip.lock().sessions.answered((channel, &room), way, &message.payload, moment);
        let step = step.map_err(|_| "its reconciliation cannot be read")?;
        if let Some(floor) = step.again_from {
            self.begin(channel, &room, floor).await;
            return Ok(Vec::new());
        }
        let need = self.lacking(step.need);
        let mut gossip = self.gossip.lock();
        if let Some(outbox) = gossip.outbox(channel) {
            outbox.lacks(&room, step.have);
            if let Some((round, payload)) = step.next {
                outbox.sync(Sync { room, round, floor: message.floor, payload });
            }
        }
        gossip.needs(channel, &room, &need, moment.0);
        Ok(vec![News::Room(room)])
    }

    /// The messages of a room from a floor on; `None` when the store fails.
    async fn snapshot(&self, room: &Hash, floor: u64) -> Option<Arc<Snapshot>> {
        if let Some(snapshot) = self.snapshots.lock().fresh(room, floor, self.now()) {
            return Some(snapshot);
        }
        turn().await;
        let items = self
            .store
            .items(room, floor)
            .inspect_err(|error| {
                tracing::warn!(error = error as &dyn std::error::Error, "a history cannot be read");
            })
            .ok()?;
        turn().await;
        let snapshot = Arc::new(Snapshot::new(floor, items));
        self.snapshots.lock().keep(room, &snapshot, self.now());
        turn().await;
        Some(snapshot)
    }
}
