//! Asks for whatever is missing for what is seen.

use super::timeline::{Anchor, Freshness};
use super::{App, Connection, Effect};
use crate::cli::chat::ask::{Ask, Place};

/// How near to the end of what is at hand the view may come before more is asked for.
const NEAR: usize = 20;

impl App {
    pub(super) fn settle(&mut self) {
        if self.connection != Connection::Live {
            return;
        }
        // What is seen matters only where more could be read.
        let is_part = |state: &super::RoomState| state.timeline.is_part();
        let seen = self.rooms.current().is_some_and(is_part).then(|| self.seen()).flatten();
        let attentive = self.is_attentive();
        let Some(state) = self.rooms.current_mut() else { return };
        let room = state.room.room.clone();
        let mut asks = Vec::new();
        if state.people_freshness == Freshness::Stale {
            state.people_freshness = Freshness::Reading;
            asks.push(Ask::People { room: room.clone() });
        }
        if let Some(place) = wanted(state, seen) {
            asks.push(Ask::History { room: room.clone(), place });
        }
        let newest = state.timeline.messages().last().map(|message| message.id.clone());
        if let Some(id) = newest
            && attentive
            && state.timeline.freshness == Freshness::Fresh
            && state.room.unread > 0
            && state.told_read.as_ref() != Some(&id)
        {
            state.told_read = Some(id.clone());
            asks.push(Ask::Read { room, id });
        }
        self.effects.extend(asks.into_iter().map(Effect::Ask));
    }
}

/// The part of the history that is to be read next.
fn wanted(state: &mut super::RoomState, seen: Option<(usize, usize)>) -> Option<Place> {
    let timeline = &mut state.timeline;
    match timeline.freshness {
        Freshness::Reading => None,
        Freshness::Stale => {
            let place = match &timeline.anchor {
                Anchor::Bottom => Place::Latest,
                Anchor::At { cursor, .. } => {
                    let at = timeline.place_of(cursor).ok().and_then(|at| timeline.messages().get(at));
                    at.map_or(Place::Latest, |message| Place::Around(message.id.clone()))
                }
            };
            timeline.await_part(place.clone());
            Some(place)
        }
        Freshness::Fresh => {
            let (first, last) = seen?;
            let messages = timeline.messages();
            if timeline.has_older() && first < NEAR && !timeline.reading_older {
                let cursor = messages.first()?.cursor.clone();
                timeline.reading_older = true;
                return Some(Place::Before(cursor));
            }
            if timeline.has_newer() && last + NEAR >= messages.len() && !timeline.reading_newer {
                let cursor = messages.last()?.cursor.clone();
                timeline.reading_newer = true;
                return Some(Place::After(cursor));
            }
            None
        }
    }
}
