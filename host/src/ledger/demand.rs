//! Who has to go when too much waits in the queues of a node: a plain function of what everybody holds.

use super::Budget;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Somebody who holds memory.
#[derive(Debug, Clone)]
pub struct Holder<T> {
    /// Who.
    pub who: T,
    /// How many bytes, by protocol.
    pub held: BTreeMap<Arc<str>, usize>,
}

/// Somebody who has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand<T> {
    /// Who.
    pub who: T,
    /// The protocol that had too much; none where all together had.
    pub protocol: Option<Arc<str>>,
    /// How many bytes of that are given back.
    pub held: usize,
}

/// Which of those that hold memory have to go: those that hold most, until all together keep to the budget, and then those that
/// hold most of each protocol that does not.
#[must_use]
pub fn most_demanding<T: Clone>(mut holders: Vec<Holder<T>>, budget: &Budget) -> Vec<Demand<T>> {
    let mut demands = largest(&mut holders, None, budget.limit());
    let protocols: BTreeSet<_> = holders.iter().flat_map(|holder| holder.held.keys().cloned()).collect();
    for protocol in protocols {
        demands.extend(largest(&mut holders, Some(&protocol), budget.limit_per_protocol()));
    }
    demands
}

/// Takes out those that hold most, of one protocol or of all, until the others have no more than `limit`.
fn largest<T: Clone>(
    holders: &mut Vec<Holder<T>>,
    protocol: Option<&Arc<str>>,
    limit: usize,
) -> Vec<Demand<T>> {
    let held = |holder: &Holder<T>| match protocol {
        Some(protocol) => holder.held.get(protocol).copied().unwrap_or_default(),
        None => holder.held.values().sum(),
    };
    let mut left: usize = holders.iter().map(held).sum();
    holders.sort_by_key(|holder| Reverse(held(holder)));
    let mut count = 0;
    while let Some(holder) = holders.get(count).filter(|_| left > limit) {
        left -= held(holder);
        count += 1;
    }
    let demand = |holder: Holder<T>| {
        let held = held(&holder);
        Demand { who: holder.who, protocol: protocol.cloned(), held }
    };
    holders.drain(..count).map(demand).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(who: &'static str, held: &[(&str, usize)]) -> Holder<&'static str> {
        let held = held.iter().map(|(protocol, bytes)| (Arc::from(*protocol), *bytes)).collect();
        Holder { who, held }
    }

    fn chosen(holders: Vec<Holder<&'static str>>, limit: usize, per_protocol: usize) -> Vec<(String, usize)> {
        let budget = Budget::new(0);
        budget.set_limits(limit, per_protocol);
        let told = |demand: Demand<_>| {
            (format!("{} {}", demand.who, demand.protocol.as_deref().unwrap_or("*")), demand.held)
        };
        most_demanding(holders, &budget).into_iter().map(told).collect()
    }

    fn expected(demands: &[(&str, usize)]) -> Vec<(String, usize)> {
        demands.iter().map(|(who, held)| ((*who).to_owned(), *held)).collect()
    }

    #[test]
    fn those_that_hold_most_go_first_and_no_more_than_need_be() {
        let holders = || {
            vec![
                holder("a", &[("chat", 10)]),
                holder("b", &[("chat", 30), ("echo", 40)]),
                holder("c", &[]),
                holder("d", &[("echo", 50)]),
            ]
        };
        for (limit, demands) in [
            (130, &[][..]),
            (70, &[("b *", 70)]),
            (59, &[("b *", 70), ("d *", 50)]),
            (0, &[("b *", 70), ("d *", 50), ("a *", 10)]),
        ] {
            assert_eq!(chosen(holders(), limit, limit), expected(demands), "{limit}");
        }
    }

    #[test]
    fn of_a_protocol_that_has_too_much_those_go_that_hold_most_of_it() {
        let holders = vec![
            holder("a", &[("chat", 60), ("echo", 1)]),
            holder("b", &[("chat", 50), ("echo", 30)]),
            holder("c", &[("echo", 35)]),
        ];
        assert_eq!(chosen(holders.clone(), 1000, 66), expected(&[("a chat", 60)]));
        let both = expected(&[("a chat", 60), ("c echo", 35)]);
        assert_eq!(chosen(holders.clone(), 1000, 60), both);
        assert_eq!(chosen(holders, 170, 60), expected(&[("b *", 80)]), "what is gone already counts no more");
    }
}
