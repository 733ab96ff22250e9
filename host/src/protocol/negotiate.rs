//! Which protocols two peers share, and what may pass while that changes: a plain state machine.

use super::offers::Offers;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The feature of the version message that says: this node negotiates protocols.
pub const FEATURE: &str = "backplane";
/// Its version.
pub const FEATURE_VERSION: u32 = 1;
/// The feature that carries the random number of the sender's process.
pub const NONCE_FEATURE: &str = "backplane.nonce";
/// The feature that carries the bit of the session that the sender dialled for.
pub const SESSION_FEATURE: &str = "backplane.session";

/// The revision of the first list that a node sends on a channel.
pub const FIRST_REVISION: u32 = 1;

/// How a protocol stands on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The sides do not share it.
    Gone,
    /// It has ended here, and the peer may not have heard so yet: what still comes is passed over.
    Muted,
    /// The peer may send it; this side may not yet, since the peer may not have heard of the offer.
    Ready,
    /// Both sides may send it.
    Running,
}

/// How a peer breaks the rules of the negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A list is out of its turn.
    #[error("a list with revision {got} where {expected} comes next")]
    Revision {
        /// Its revision.
        got: u32,
        /// The next one.
        expected: u32,
    },
    /// A list answers one that was never sent.
    #[error("an answer to list {got}, and the last one was {last}")]
    Answer {
        /// What it answers.
        got: u32,
        /// The last list that was sent.
        last: u32,
    },
    /// A list changes nothing and answers nothing.
    #[error("a list that says nothing new")]
    Idle,
}

/// One side of a channel between two nodes that negotiate.
///
/// Each list of a side has a revision and says which revision of the other side it has heard. A side sends its next
/// list only when the last one has been answered, so that at most one change of a side is under way:
///
/// * what a side offers anew it is ready to receive before the list goes out, and sends once the list is answered;
/// * what it withdraws it has ceased to send before the list goes out, and passes over until the list is answered.
///
/// So whatever arrives is known to the side that it arrives at.
#[derive(Debug, Clone)]
pub struct Negotiation {
    /// What the last list offers.
    offered: Offers,
    /// What the one before offered, until the last one is answered.
    before: Option<Offers>,
    /// The revision of the last list.
    revision: u32,
    /// What is in the last list and has ended here since.
    stopped: BTreeSet<Arc<str>>,
    /// What the peer offers.
    theirs: Offers,
    /// The revision of its list.
    heard: u32,
}

impl Negotiation {
    /// The state when both sides have sent their first list, which answer each other.
    #[must_use]
    pub const fn new(ours: Offers, theirs: Offers) -> Self {
        Self {
            offered: ours,
            before: None,
            revision: FIRST_REVISION,
            stopped: BTreeSet::new(),
            theirs,
            heard: FIRST_REVISION,
        }
    }

    /// The revision of the last list that this side has sent.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The revision of the peer's last list.
    #[must_use]
    pub const fn heard(&self) -> u32 {
        self.heard
    }

    /// Whether the last list has been answered, so that the next one may be sent.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.before.is_none()
    }

    /// What the last list offers.
    #[must_use]
    pub const fn offered(&self) -> &Offers {
        &self.offered
    }

    /// Notes that a protocol has ended here. It cannot run again before the peer has heard so.
    pub fn stop(&mut self, name: &Arc<str>) {
        if self.offered.contains(name) {
            self.stopped.insert(Arc::clone(name));
        }
    }

    /// Whether a list has to be sent now, so that this side offers what it wants to. What is offered is then
    /// [`offered`](Self::offered).
    #[must_use]
    pub fn offer(&mut self, wanted: &Offers) -> bool {
        if !self.is_answered() {
            return false;
        }
        let next = wanted.filtered(|name, version| {
            // Another version under the same name is another protocol: the old one has to go first.
            let is_other = self.offered.get(name).is_some_and(|offered| *offered != version);
            !is_other && !self.stopped.contains(name)
        });
        if next == self.offered {
            return false;
        }
        self.stopped.clear();
        self.before = Some(std::mem::replace(&mut self.offered, next));
        self.revision = self.revision.wrapping_add(1);
        true
    }

    /// Takes a list of the peer: whether it has to be answered.
    ///
    /// # Errors
    ///
    /// When it breaks the rules.
    pub fn hear(&mut self, revision: u32, heard: u32, theirs: Offers) -> Result<bool, Breach> {
        let answers = heard == self.revision && !self.is_answered();
        let is_early = heard == self.revision.wrapping_sub(1) && !self.is_answered();
        if !answers && !is_early && heard != self.revision {
            return Err(Breach::Answer { got: heard, last: self.revision });
        }
        let is_new = revision == self.heard.wrapping_add(1);
        if !is_new && revision != self.heard {
            return Err(Breach::Revision { got: revision, expected: self.heard.wrapping_add(1) });
        }
        if !is_new && !answers {
            return Err(Breach::Idle);
        }
        if answers {
            self.before = None;
        }
        if is_new {
            (self.heard, self.theirs) = (revision, theirs);
        }
        Ok(is_new)
    }

    /// How a protocol stands.
    #[must_use]
    pub fn standing(&self, name: &str) -> Standing {
        let Some(version) = self.offered.get(name) else {
            let was_offered = self.before.as_ref().is_some_and(|before| before.contains(name));
            return if was_offered { Standing::Muted } else { Standing::Gone };
        };
        if self.stopped.contains(name) {
            return Standing::Muted;
        }
        if self.before.as_ref().is_some_and(|before| !before.contains(name)) {
            return Standing::Ready;
        }
        if self.theirs.get(name) == Some(version) { Standing::Running } else { Standing::Gone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const NAMES: [&str; 3] = ["a", "b", "c"];

    fn offers(names: &[&str]) -> Offers {
        names.iter().map(|name| (Arc::from(*name), 1)).collect()
    }

    /// What goes over the wire.
    #[derive(Debug, Clone)]
    enum Frame {
        List { revision: u32, heard: u32, offers: Offers },
        Command(&'static str),
    }

    /// One node of a simulated pair.
    #[derive(Debug)]
    struct Side {
        negotiation: Negotiation,
        wanted: Offers,
        /// On the wire to this node.
        wire: VecDeque<Frame>,
        /// Read, and not yet acted upon: lists are handled later than commands are looked up.
        lists: VecDeque<Frame>,
        /// How many lists it has sent.
        sent: usize,
    }

    impl Side {
        fn new(ours: &Offers, theirs: &Offers) -> Self {
            let negotiation = Negotiation::new(ours.clone(), theirs.clone());
            let wanted = ours.clone();
            Self { negotiation, wanted, wire: VecDeque::new(), lists: VecDeque::new(), sent: 0 }
        }

        /// Sends what is due.
        fn settle(&mut self, answer: bool, other: &mut Self) {
            if self.negotiation.offer(&self.wanted) || answer {
                let (revision, heard) = (self.negotiation.revision(), self.negotiation.heard());
                let offers = self.negotiation.offered().clone();
                self.sent += 1;
                other.wire.push_back(Frame::List { revision, heard, offers });
            }
        }

        fn send(&self, name: &'static str, other: &mut Self) {
            if self.negotiation.standing(name) == Standing::Running {
                other.wire.push_back(Frame::Command(name));
            }
        }

        /// Reads one frame; whether there was one.
        fn read(&mut self) -> Result<bool, TestCaseError> {
            match self.wire.pop_front() {
                None => return Ok(false),
                Some(Frame::Command(name)) => {
                    prop_assert_ne!(self.negotiation.standing(name), Standing::Gone, "{}", name);
                }
                Some(list) => self.lists.push_back(list),
            }
            Ok(true)
        }

        /// Acts upon one list; whether there was one.
        fn act(&mut self, other: &mut Self) -> Result<bool, TestCaseError> {
            let Some(Frame::List { revision, heard, offers }) = self.lists.pop_front() else {
                return Ok(false);
            };
            prop_assert!(self.lists.len() < 2, "a peer has two lists under way at most");
            let answer = self.negotiation.hear(revision, heard, offers);
            prop_assert!(answer.is_ok(), "{:?}", answer);
            self.settle(answer.unwrap_or_default(), other);
            Ok(true)
        }

        fn running(&self) -> Vec<&'static str> {
            NAMES.into_iter().filter(|name| self.negotiation.standing(name) == Standing::Running).collect()
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        /// A node's plug-ins change.
        Want(Offers),
        /// A protocol fails on the channel, or its plug-in is replaced.
        Stop(&'static str),
        Send(&'static str),
        Read,
        Act,
    }

    fn offers_strategy() -> impl Strategy<Value = Offers> {
        let offer = (proptest::sample::select(&NAMES).prop_map(Arc::from), 1..3_u32);
        proptest::collection::vec(offer, 0..4).prop_map(|offers| offers.into_iter().collect())
    }

    fn step() -> impl Strategy<Value = Step> {
        let name = proptest::sample::select(&NAMES);
        prop_oneof![
            2 => offers_strategy().prop_map(Step::Want),
            1 => name.clone().prop_map(Step::Stop),
            4 => name.prop_map(Step::Send),
            4 => Just(Step::Read),
            3 => Just(Step::Act),
        ]
    }

    fn take(step: Step, one: &mut Side, other: &mut Side) -> Result<(), TestCaseError> {
        match step {
            Step::Want(wanted) => {
                one.wanted = wanted;
                one.settle(false, other);
            }
            Step::Stop(name) => {
                one.negotiation.stop(&Arc::from(name));
                one.settle(false, other);
            }
            Step::Send(name) => one.send(name, other),
            Step::Read => {
                one.read()?;
            }
            Step::Act => {
                one.act(other)?;
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn whatever_changes_both_sides_end_with_what_both_want_and_nothing_unknown_is_sent(
            first in [offers_strategy(), offers_strategy()],
            steps in proptest::collection::vec((any::<bool>(), step()), 0..120),
        ) {
            let [ours, theirs] = first;
            let (mut one, mut other) = (Side::new(&ours, &theirs), Side::new(&theirs, &ours));
            let changes = steps.iter().filter(|(_, step)| matches!(step, Step::Want(_) | Step::Stop(_))).count();
            for (is_other, step) in steps {
                if is_other { take(step, &mut other, &mut one)? } else { take(step, &mut one, &mut other)? }
            }
            while one.read()? || one.act(&mut other)? || other.read()? || other.act(&mut one)? {}
            let shared: Vec<_> = NAMES
                .into_iter()
                .filter(|name| one.wanted.get(name).is_some_and(|version| other.wanted.get(name) == Some(version)))
                .collect();
            prop_assert_eq!(one.running(), shared.clone());
            prop_assert_eq!(other.running(), shared);
            for name in NAMES {
                prop_assert_ne!(one.negotiation.standing(name), Standing::Muted);
                prop_assert_ne!(other.negotiation.standing(name), Standing::Ready);
            }
            // A change costs at most two lists, and one that is stopped while it is wanted two more.
            prop_assert!(one.sent + other.sent <= 4 * changes, "{} lists for {changes} changes", one.sent + other.sent);
        }
    }

    #[test]
    fn a_protocol_is_sent_only_after_the_peer_has_heard_of_it() {
        let mut negotiation = Negotiation::new(offers(&["a"]), offers(&["a", "b"]));
        assert_eq!(["a", "b"].map(|name| negotiation.standing(name)), [Standing::Running, Standing::Gone]);
        assert!(negotiation.offer(&offers(&["a", "b"])));
        assert_eq!(negotiation.standing("b"), Standing::Ready);
        assert_eq!(negotiation.hear(1, 2, Offers::default()), Ok(false));
        assert_eq!(negotiation.standing("b"), Standing::Running);
    }

    #[test]
    fn what_was_withdrawn_is_passed_over_until_the_peer_answers() {
        let mut negotiation = Negotiation::new(offers(&["a"]), offers(&["a"]));
        assert!(negotiation.offer(&offers(&[])));
        assert_eq!(negotiation.standing("a"), Standing::Muted);
        assert!(!negotiation.offer(&offers(&["a"])), "one change at a time");
        assert_eq!(negotiation.hear(2, 1, offers(&["a", "b"])), Ok(true), "it was on its way");
        assert_eq!(negotiation.standing("a"), Standing::Muted);
        assert_eq!(negotiation.hear(2, 2, Offers::default()), Ok(false));
        assert_eq!(negotiation.standing("a"), Standing::Gone);
        assert!(negotiation.offer(&offers(&["a"])));
    }

    #[test]
    fn a_protocol_that_ended_here_is_offered_again_only_after_the_peer_knows() {
        let mut negotiation = Negotiation::new(offers(&["a"]), offers(&["a"]));
        negotiation.stop(&"a".into());
        assert_eq!(negotiation.standing("a"), Standing::Muted);
        assert!(negotiation.offer(&offers(&["a"])));
        assert!(negotiation.offered().is_empty());
    }

    #[test]
    fn lists_out_of_turn_are_breaches() {
        let mut negotiation = Negotiation::new(offers(&["a"]), offers(&["a"]));
        assert_eq!(negotiation.hear(1, 1, Offers::default()), Err(Breach::Idle));
        assert_eq!(negotiation.hear(3, 1, Offers::default()), Err(Breach::Revision { got: 3, expected: 2 }));
        assert_eq!(negotiation.hear(2, 2, Offers::default()), Err(Breach::Answer { got: 2, last: 1 }));
        assert_eq!(negotiation.hear(2, 0, Offers::default()), Err(Breach::Answer { got: 0, last: 1 }));
    }
}
