//! One channel of the simulated host: the plug-in at one end, the test at the other.

use super::clock::Clock;
use super::commands::{Command, Commands};
use super::limits::TestLimits;
use super::outgoing::{Outgoing, Sent};
use super::queue::Queue;
use super::report::CloseReason;
use crate::abi::{Part, SendStatus};
use crate::registry::ProtocolInfo;
use crate::session::SessionKind;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// So many bytes are read at once, and handed over together.
const READ_BYTES: usize = 64 * 1024;

/// One channel.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) session: SessionKind,
    pub(crate) address: String,
    limits: TestLimits,
    clock: Arc<Clock>,
    state: Mutex<State>,
}

/// How far a protocol is on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Attached,
    Running,
    Ended,
}

#[derive(Debug, Default)]
struct State {
    commands: Commands,
    /// How far each protocol is.
    protocols: BTreeMap<&'static str, Stage>,
    /// What the peer has sent and nobody has read.
    incoming: VecDeque<Sent>,
    outgoing: Outgoing,
    closed: Option<CloseReason>,
    /// Whether its jobs have had their turn since it was closed.
    drained: bool,
    /// Whether its jobs have been dropped.
    ended: bool,
    /// Until when metering wants it to rest.
    rests: Duration,
    /// Since when a queue is full.
    full_since: Option<Duration>,
    /// How many messages came that no protocol of the channel has.
    passed_over: usize,
}

impl Link {
    pub(super) fn new(
        id: u32,
        (session, address): (SessionKind, String),
        limits: TestLimits,
        clock: Arc<Clock>,
    ) -> Self {
        Self { id, session, address, limits, clock, state: Mutex::default() }
    }

    pub(super) fn attach(&self, protocol: &ProtocolInfo) {
        let mut state = self.state.lock();
        state.commands.add(protocol);
        state.protocols.insert(protocol.name, Stage::Attached);
    }

    pub(super) fn start(&self, protocol: &'static str) {
        let mut state = self.state.lock();
        state.commands.open(protocol);
        state.protocols.insert(protocol, Stage::Running);
    }

    /// Ends a protocol: what comes for it is passed over.
    pub(super) fn end_protocol(&self, protocol: &'static str) {
        let mut state = self.state.lock();
        state.commands.close_of(protocol);
        state.protocols.insert(protocol, Stage::Ended);
    }

    /// The protocols that have started and not ended.
    pub(super) fn running(&self) -> Vec<&'static str> {
        let state = self.state.lock();
        let running = state.protocols.iter().filter(|(_, stage)| **stage == Stage::Running && !state.ended);
        running.map(|(name, _)| *name).collect()
    }

    /// Whether jobs of this protocol may be spawned: not after its end.
    pub(crate) fn takes_jobs(&self, protocol: &str) -> bool {
        let state = self.state.lock();
        !state.ended && state.protocols.get(protocol).is_some_and(|stage| *stage != Stage::Ended)
    }

    pub(crate) fn subscribe(&self, protocol: &str, command: &str) -> Option<Arc<Queue>> {
        let mut state = self.state.lock();
        let closed = state.closed.is_some();
        state.commands.of(protocol, command).map(|command| Commands::subscribe(command, closed))
    }

    pub(crate) fn send(
        &self,
        (protocol, name): (&str, &str),
        payload: &[u8],
        parts: &[Part],
        prepaid: bool,
    ) -> SendStatus {
        let state = &mut *self.state.lock();
        let Some(command) = state.commands.of(protocol, name) else { return SendStatus::NotDeclared };
        let sent = Sent::new(name, payload, parts);
        if let Some(refused) = self.refusal(command, sent.payload.len()) {
            return refused;
        }
        if state.outgoing.is_full(&self.limits) {
            return SendStatus::Full;
        }
        if !prepaid && let Some(delayed) = self.delay(command) {
            return delayed;
        }
        state.outgoing.put(sent);
        SendStatus::Sent
    }

    /// Sends what goes to many channels and cannot wait; whether it is on its way.
    pub(crate) fn broadcast(&self, name: &str, payload: &[u8]) -> bool {
        let state = &mut *self.state.lock();
        let Some(command) = state.commands.find(name) else { return false };
        if self.refusal(command, payload.len()).is_some() || self.delay(command).is_some() {
            return false;
        }
        if state.outgoing.has_overflowed(&self.limits) {
            state.close(CloseReason::TooSlow);
            return false;
        }
        state.outgoing.put(Sent::new(name, payload, &[]));
        true
    }

    fn refusal(&self, command: &Command, bytes: usize) -> Option<SendStatus> {
        if !command.open {
            return Some(SendStatus::Closed);
        }
        (bytes as u64 > command.most(&self.limits)).then_some(SendStatus::TooLarge)
    }

    fn delay(&self, command: &mut Command) -> Option<SendStatus> {
        let cost = command.info.metering;
        // Twice as long as a receiver would: no peer that counts the same way is driven over its limit.
        let delay = command.sent.push(self.clock.now(), &cost).saturating_mul(2);
        let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        (nanos > 0).then_some(SendStatus::Delayed { nanos })
    }

    pub(crate) fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        self.state.lock().outgoing.poll_room(&self.limits, cx)
    }

    /// Closes the channel. Only the first reason counts.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.state.lock().close(reason);
    }

    pub(crate) fn closed(&self) -> Option<CloseReason> {
        self.state.lock().closed.clone()
    }

    /// Lets the jobs of a channel that was closed have one more turn: whether it was closed, and whether it is over then.
    pub(super) fn wind_down(&self) -> (bool, bool) {
        let state = &mut *self.state.lock();
        let closed = state.closed.is_some() && !state.ended;
        state.ended |= closed && state.drained;
        state.drained |= closed;
        (closed, closed && state.ended)
    }

    /// What the peer has sent arrives in its time.
    pub(super) fn arrive(&self, command: &str, payload: Vec<u8>) {
        self.state.lock().incoming.push_back(Sent { command: command.to_owned(), payload });
    }

    pub(super) fn stall(&self) {
        self.state.lock().outgoing.stall();
    }

    pub(super) fn resume(&self) {
        self.state.lock().outgoing.resume();
    }

    /// The payloads of a command that the peer has read, and with `take` forgets.
    pub(super) fn sent(&self, command: &str, take: bool) -> Vec<Vec<u8>> {
        let read = &mut self.state.lock().outgoing.read;
        let payloads = |sent: &[Sent]| {
            sent.iter().filter(|sent| sent.command == command).map(|sent| sent.payload.clone()).collect()
        };
        let found = payloads(read);
        if take {
            read.retain(|sent| sent.command != command);
        }
        found
    }

    /// The commands of all that the peer has read.
    pub(super) fn commands_sent(&self) -> Vec<String> {
        self.state.lock().outgoing.read.iter().map(|sent| sent.command.clone()).collect()
    }

    /// How many messages of the peer's the plug-in has not received, and how many nobody wanted.
    pub(super) fn not_received(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.incoming.len() + state.commands.waiting(), state.passed_over)
    }

    /// Reads from the peer, unless the plug-in or metering holds it up; whether something was read.
    pub(super) fn read(&self) -> bool {
        let state = &mut *self.state.lock();
        let now = self.clock.now();
        if state.closed.is_some() || state.rests > now || self.is_held_up(state, now) {
            return false;
        }
        let mut runs: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        let mut bytes = 0;
        while bytes < READ_BYTES {
            let Some(Sent { command, payload }) = state.incoming.pop_front() else { break };
            bytes += payload.len() + command.len();
            let Some(most) = state.commands.wanted(&command).map(|found| found.most(&self.limits)) else {
                state.passed_over += 1;
                continue;
            };
            if payload.len() as u64 > most {
                state.close(CloseReason::TooLarge { command, bytes: payload.len() });
                return true;
            }
            match runs.iter_mut().find(|(name, _)| *name == command) {
                Some((_, payloads)) => payloads.push(payload),
                None => runs.push((command, vec![payload])),
            }
        }
        for (command, payloads) in &runs {
            match state.commands.dispatch(command, payloads, now) {
                Ok(delay) => state.rests = state.rests.max(now.saturating_add(delay)),
                Err(reason) => {
                    state.close(reason);
                    break;
                }
            }
        }
        bytes > 0
    }

    fn is_held_up(&self, state: &mut State, now: Duration) -> bool {
        let Some((protocol, command)) = state.commands.full(&self.limits) else {
            state.full_since = None;
            return false;
        };
        let since = *state.full_since.get_or_insert(now);
        if now.saturating_sub(since) >= self.limits.slow_consumer {
            let (protocol, command) = (protocol.to_owned(), command.to_owned());
            state.close(CloseReason::Overrun { protocol, command });
        }
        true
    }

    /// When something happens that only time brings.
    pub(super) fn next(&self) -> Option<Duration> {
        let state = self.state.lock();
        if state.closed.is_some() {
            return None;
        }
        if let Some(since) = state.full_since {
            return Some(since.saturating_add(self.limits.slow_consumer));
        }
        (!state.incoming.is_empty()).then_some(state.rests)
    }
}

impl State {
    fn close(&mut self, reason: CloseReason) {
        if self.closed.is_none() {
            self.closed = Some(reason);
            self.commands.close();
            self.outgoing.close();
        }
    }
}
