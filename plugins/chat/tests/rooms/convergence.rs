//! Whatever is lost, repeated or mixed up on the way: nodes that reconcile have the same history and show the same.

use crate::history::raw;
use crate::kit::{NOW, Node, lobby};
use backplane_chat::hash::Hash;
use backplane_chat::room::{Body, Change, Draft, Kind, Opened, Reconciler, fold};
use backplane_chat::store::{Inserted, StoredMessage};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, HashMap};

const HOUR: u64 = 60 * 60 * 1000;

/// Something that happens in a network.
#[derive(Debug, Clone)]
enum Step {
    /// A node says something about a message that it knows.
    Say { node: Index, what: What, about: Index },
    /// A message that one node knows comes to a neighbour; perhaps not for the first time.
    Carry { link: Index, back: bool, message: Index },
    /// All that one node knows comes to a neighbour at once, in whatever order.
    CarryAll { link: Index, back: bool, order: u64 },
    /// The clock of a node is set.
    Clock { node: Index, hours: u64 },
}

#[derive(Debug, Clone, Copy)]
enum What {
    Text,
    Answer,
    Edit,
    Delete,
    React(&'static str, bool),
    Topic,
    /// An edit or a deletion of what another said, by a program that does not ask.
    Forge(Kind),
    /// Of a kind of a later version.
    Other,
}

fn what() -> impl Strategy<Value = What> {
    let react = (prop::sample::select(vec!["👍", "🎉"]), prop::bool::weighted(0.7));
    prop_oneof![
        3 => Just(What::Text),
        1 => Just(What::Answer),
        3 => Just(What::Edit),
        1 => Just(What::Delete),
        3 => react.prop_map(|(emoji, on)| What::React(emoji, on)),
        1 => Just(What::Topic),
        1 => prop::sample::select(vec![Kind::Edit, Kind::Delete]).prop_map(What::Forge),
        1 => Just(What::Other),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), what(), index()).prop_map(|(node, what, about)| Step::Say { node, what, about }),
        4 => (index(), any::<bool>(), index()).prop_map(|(link, back, message)| Step::Carry { link, back, message }),
        1 => (index(), any::<bool>(), any::<u64>()).prop_map(|(link, back, order)| Step::CarryAll { link, back, order }),
        1 => (index(), 0..12_u64).prop_map(|(node, hours)| Step::Clock { node, hours }),
    ]
}

/// How each node but the first is linked to one before it: a network in one piece. More links make circles.
fn links(nodes: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let tree = prop::collection::vec(any::<Index>(), nodes - 1);
    let more = prop::collection::vec((0..nodes, 0..nodes), 0..3);
    (tree, more).prop_map(|(tree, more)| {
        let tree = tree.into_iter().enumerate().map(|(node, to)| (node + 1, to.index(node + 1)));
        tree.chain(more.into_iter().filter(|(from, to)| from != to)).collect()
    })
}

struct Network {
    nodes: Vec<Node>,
    links: Vec<(usize, usize)>,
    all: HashMap<Hash, Opened>,
}

impl Network {
    fn new(nodes: usize, links: Vec<(usize, usize)>) -> Self {
        let nodes = (0..nodes).map(|number| Node::new(&format!("node {number}"))).collect();
        Self { nodes, links, all: HashMap::new() }
    }

    /// What a node knows, in an order that follows from the messages only.
    fn known(&self, node: usize) -> Vec<&Opened> {
        let items = self.nodes[node].store.items(&lobby().id, 0).unwrap();
        items.iter().map(|(_, id)| &self.all[id]).collect()
    }

    fn ends(&self, link: Index, back: bool) -> (usize, usize) {
        let (from, to) = *link.get(&self.links);
        if back { (to, from) } else { (from, to) }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Say { node, what, about } => self.say(node.index(self.nodes.len()), *what, *about),
            Step::Carry { link, back, message } => {
                let (from, to) = self.ends(*link, *back);
                let known = self.known(from);
                if !known.is_empty() {
                    self.nodes[to].take(known[message.index(known.len())]);
                }
            }
            Step::CarryAll { link, back, order } => {
                let (from, to) = self.ends(*link, *back);
                let mut messages: Vec<Opened> = self.known(from).into_iter().cloned().collect();
                shuffle(&mut messages, *order);
                self.nodes[to].store.insert_all(&messages, NOW).unwrap();
            }
            Step::Clock { node, hours } => node.get_mut(&mut self.nodes).clock = NOW + hours * HOUR,
        }
    }

    fn say(&mut self, node: usize, what: What, about: Index) {
        let own = self.nodes[node].author();
        let known: Vec<Opened> = self.known(node).into_iter().cloned().collect();
        let of = |wanted: &dyn Fn(&Opened) -> bool| {
            let fitting: Vec<&Opened> = known.iter().filter(|message| wanted(message)).collect();
            (!fitting.is_empty()).then(|| *about.get(&fitting))
        };
        let node = &mut self.nodes[node];
        let text = format!("{what:?} by {} at {}", node.name, node.clock);
        let any = of(&|_| true);
        let mine = of(&|message| message.envelope().author == own);
        let draft = match (what, any, mine) {
            (What::Answer, Some(any), _) => Draft::Text { text: &text, reply: Some(*any.id()) },
            (What::Edit, _, Some(mine)) => Draft::Edit { message: mine.envelope(), text: &text },
            (What::Delete, _, Some(mine)) => Draft::Delete { message: mine.envelope() },
            (What::React(emoji, on), Some(any), _) => Draft::React { message: *any.id(), emoji, on },
            (What::Topic, _, _) => Draft::Topic(&text),
            (What::Forge(kind), Some(any), _) => {
                let text = if kind == Kind::Edit { text } else { String::new() };
                let reference = Some(any.envelope().digest());
                return self.raw(
                    node_index(&own, &self.nodes),
                    Body { kind: kind.number(), name: String::new(), text, reference },
                );
            }
            (What::Other, any, _) => {
                let reference = any.map(|any| *any.id());
                return self.raw(
                    node_index(&own, &self.nodes),
                    Body { kind: 200, name: String::new(), text, reference },
                );
            }
            _ => Draft::Text { text: &text, reply: None },
        };
        let said = node.say_in(&lobby(), draft);
        self.all.insert(*said.id(), said);
    }

    fn raw(&mut self, node: usize, body: Body) {
        let said = raw::of_body(&mut self.nodes[node], &body, |_| {});
        self.nodes[node].take(&said);
        self.all.insert(*said.id(), said);
    }

    /// Neighbours reconcile until none has anything for another.
    fn settle(&self) {
        for _ in 0..=self.nodes.len() {
            for (one, other) in &self.links {
                let (one, other) = (&self.nodes[*one], &self.nodes[*other]);
                assert!(one.reconcile(other, &lobby()) < 10);
            }
        }
    }
}

fn node_index(author: &Hash, nodes: &[Node]) -> usize {
    nodes.iter().position(|node| node.author() == *author).unwrap()
}

fn shuffle<T>(things: &mut [T], mut order: u64) {
    for place in (1..things.len()).rev() {
        order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        things.swap(place, usize::try_from((order >> 33) % (place as u64 + 1)).unwrap());
    }
}

/// What all nodes have in common of a message that is shown: not when it came, to whom it is one's own, and who has read it.
fn common(message: StoredMessage) -> StoredMessage {
    StoredMessage {
        received: 0,
        clock: None,
        own: false,
        sent: 0,
        seen: 0,
        mention: false,
        reactions: message
            .reactions
            .into_iter()
            .map(|reaction| backplane_chat::store::Reaction { own: false, ..reaction })
            .collect(),
        ..message
    }
}

type Model = Vec<(Hash, String, bool, bool, BTreeMap<String, u64>)>;

/// What ought to be shown: by the plain rule, out of all messages.
fn expected(all: &[&Opened]) -> Model {
    let mut listed: Vec<&&Opened> = all.iter().filter(|message| message.kind().is_listed()).collect();
    listed.sort_by_key(|message| message.position());
    let shown = |message: &&&Opened| {
        let about: Vec<&&Opened> = all.iter().filter(|other| other.target() == Some(*message.id())).collect();
        let changes = about.iter().filter_map(|change| {
            let author = change.envelope().author;
            match change.kind() {
                Kind::Edit if message.kind() == Kind::Text => {
                    Some(Change::Edit(change.position(), &change.body().text))
                }
                Kind::Delete => Some(Change::Delete),
                Kind::React => Some(Change::React(change.position(), author, &change.body().text, true)),
                Kind::Unreact => Some(Change::React(change.position(), author, &change.body().text, false)),
                _ => None,
            }
        });
        let shown = fold(&message.body().text, changes);
        let reactions =
            shown.reactions.into_iter().map(|(emoji, authors)| (emoji, authors.len() as u64)).collect();
        (*message.id(), shown.text, shown.edited, shown.deleted, reactions)
    };
    listed.iter().map(shown).collect()
}

fn as_model(shown: &[StoredMessage]) -> Model {
    let model = |message: &StoredMessage| {
        let reactions =
            message.reactions.iter().map(|reaction| (reaction.emoji.clone(), reaction.count)).collect();
        (message.id, message.text.clone(), message.edited, message.deleted, reactions)
    };
    shown.iter().map(model).collect()
}

fn network() -> impl Strategy<Value = (usize, Vec<(usize, usize)>, Vec<Step>)> {
    (2..6_usize).prop_flat_map(|nodes| (Just(nodes), links(nodes), prop::collection::vec(step(), 1..60)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn after_reconciliation_all_nodes_have_and_show_the_same((nodes, links, steps) in network()) {
        let mut network = Network::new(nodes, links);
        steps.iter().for_each(|step| network.play(step));
        network.settle();
        let all: Vec<&Opened> = network.all.values().collect();
        let expected = expected(&all);
        let mut ids: Vec<(u64, Hash)> = all.iter().map(|message| (message.envelope().time, *message.id())).collect();
        ids.sort_unstable();
        let topic = |node: &Node| node.store.room(&lobby().id).unwrap().topic;
        let first = &network.nodes[0];
        let views: Vec<_> = first.shown().into_iter().map(common).collect();
        for node in &network.nodes {
            prop_assert_eq!(&node.store.items(&lobby().id, 0).unwrap(), &ids);
            let shown = node.shown();
            prop_assert_eq!(&as_model(&shown), &expected);
            prop_assert_eq!(&shown.into_iter().map(common).collect::<Vec<_>>(), &views);
            prop_assert_eq!(node.store.heads(&lobby().id).unwrap(), first.store.heads(&lobby().id).unwrap());
            prop_assert_eq!(node.store.missing(&lobby().id, 10).unwrap(), Vec::<Hash>::new());
            prop_assert_eq!(topic(node), topic(first));
        }
        // And whoever comes now finds nothing new.
        for node in &network.nodes {
            prop_assert!(all.iter().all(|message| node.take(message) == Inserted::Known));
        }
    }

    #[test]
    fn nodes_with_different_floors_agree_above_the_higher_one(
        (nodes, links, steps) in network(),
        floors in prop::collection::vec(0..24_u64, 6),
    ) {
        const DAY: u64 = 24 * HOUR;
        let mut network = Network::new(nodes, links);
        for step in &steps {
            network.nodes.iter_mut().for_each(|node| node.clock += HOUR / 6);
            network.play(step);
        }
        for (node, hours) in network.nodes.iter().zip(&floors) {
            node.store.retain(&lobby().id, 1, 0, NOW + DAY + hours * HOUR).unwrap();
        }
        network.settle();
        for (one, other) in &network.links {
            let (one, other) = (&network.nodes[*one].store, &network.nodes[*other].store);
            let floor = |store: &backplane_chat::store::Store| store.room(&lobby().id).unwrap().floor;
            let since = floor(one).max(floor(other));
            prop_assert_eq!(one.items(&lobby().id, since).unwrap(), other.items(&lobby().id, since).unwrap());
        }
        for node in &network.nodes {
            let kept = network.known(node_index(&node.author(), &network.nodes));
            prop_assert_eq!(as_model(&node.shown()), expected(&kept));
        }
    }

    #[test]
    fn a_reconciliation_finds_all_that_one_of_two_has(
        both in prop::collection::vec(any::<(u16, u32)>(), 0..300),
        one in prop::collection::vec(any::<(u16, u32)>(), 0..300),
        other in prop::collection::vec(any::<(u16, u32)>(), 0..40),
    ) {
        // Few times and many ids, as in a busy second.
        let item = |(time, number): &(u16, u32)| {
            let id = backplane_chat::hash::hash("an id", &[&number.to_le_bytes()]);
            (u64::from(*time) % 50_000, id)
        };
        let mut all: BTreeMap<Hash, (u64, u8)> = BTreeMap::new();
        for (side, items) in [(3, &both), (1, &one), (2, &other)] {
            for (time, id) in items.iter().map(item) {
                all.entry(id).or_insert((time, side));
            }
        }
        let of = |side: u8| {
            let items = all.iter().filter(|(_, (_, has))| has & side > 0).map(|(id, (time, _))| (*time, *id));
            Reconciler::new(items.collect::<Vec<_>>())
        };
        let (asks, answers) = (of(1), of(2));
        let mut next = Some(asks.initiate().unwrap());
        let (mut have, mut need) = (Vec::new(), Vec::new());
        while let Some(payload) = next {
            let difference = asks.proceed(&answers.answer(&payload).unwrap()).unwrap();
            have.extend(difference.have);
            need.extend(difference.need);
            next = difference.next;
        }
        have.sort_unstable();
        need.sort_unstable();
        let only = |side: u8| all.iter().filter(|(_, (_, has))| *has == side).map(|(id, _)| *id).collect::<Vec<_>>();
        prop_assert_eq!((have, need), (only(1), only(2)));
    }

    #[test]
    fn a_payload_of_nonsense_is_refused_or_answered_within_bounds(
        payload in prop::collection::vec(any::<u8>(), 0..400),
        items in prop::collection::vec(any::<u32>(), 0..100),
    ) {
        let items: Vec<_> = items.iter().map(|number| (u64::from(*number), backplane_chat::hash::hash("", &[&number.to_le_bytes()]))).collect();
        for first in [None, Some(0x61)] {
            let payload: Vec<u8> = first.into_iter().chain(payload.iter().copied()).collect();
            drop(Reconciler::new(items.clone()).proceed(&payload));
            if let Ok(answer) = Reconciler::new(items.clone()).answer(&payload) {
                prop_assert!(answer.len() <= 48 * 1024);
            }
        }
    }
}

#[test]
fn a_large_history_is_reconciled_in_few_rounds_of_bounded_payloads() {
    let item =
        |number: u64| (NOW + 50 * number, backplane_chat::hash::hash("an id", &[&number.to_le_bytes()]));
    // One was away: the other has a tenth more, and both have some that were lost on the way.
    let one = (0..20_000).filter(|number| number % 1000 != 1);
    let other = (0..22_000).filter(|number| number % 1000 != 2);
    let (asks, answers) = (Reconciler::new(one.map(item)), Reconciler::new(other.map(item)));
    let (mut next, mut have, mut need, mut rounds) = (Some(asks.initiate().unwrap()), 0, 0, 0);
    while let Some(payload) = next {
        let answer = answers.answer(&payload).unwrap();
        assert!(payload.len() <= 48 * 1024 && answer.len() <= 48 * 1024);
        let difference = asks.proceed(&answer).unwrap();
        have += difference.have.len();
        need += difference.need.len();
        next = difference.next;
        rounds += 1;
    }
    assert_eq!((have, need), (20, 2000 - 2 + 20));
    assert!(rounds < 10, "{rounds}");
}
