//! Which node was found at which address, kept over restarts.

use crate::address::{Address, NodeId};
use crate::durable;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// How many addresses are remembered.
const MOST: usize = 4096;
/// The most that is read of a file: more than that many addresses need.
const MAX_BYTES: u64 = 16 << 20;

/// Which node was found at which address. Who was not found for longest is forgotten first.
#[derive(Debug)]
pub struct KnownNodes {
    own: NodeId,
    found: Mutex<BTreeMap<Address, Found>>,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    node_id: NodeId,
    /// In seconds since 1970.
    seen: u64,
}

/// One address in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    address: Address,
    node_id: String,
    seen: u64,
}

impl KnownNodes {
    /// Nothing is known but who this node is.
    #[must_use]
    pub fn new(own: NodeId) -> Self {
        Self { own, found: Mutex::default() }
    }

    /// Who this node is.
    #[must_use]
    pub const fn own(&self) -> NodeId {
        self.own
    }

    /// Which node was last found at an address.
    #[must_use]
    pub fn at(&self, address: &Address) -> Option<NodeId> {
        self.found.lock().get(address).map(|found| found.node_id)
    }

    /// Notes which node is at an address: the one that was there before, if it is another.
    pub fn note(&self, address: &Address, node_id: NodeId, now: u64) -> Option<NodeId> {
        let mut found = self.found.lock();
        let before = found.insert(address.clone(), Found { node_id, seen: now });
        if found.len() > MOST {
            let oldest = found.iter().min_by_key(|(_, found)| found.seen).map(|(address, _)| address.clone());
            oldest.and_then(|oldest| found.remove(&oldest));
        }
        before.map(|before| before.node_id).filter(|before| *before != node_id)
    }

    /// Reads what an earlier process has written. No file is an empty one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged: nothing is taken from it then.
    pub fn load(&self, path: &Path) -> io::Result<()> {
        let Some(bytes) = durable::read(path, MAX_BYTES)? else { return Ok(()) };
        let lines: Vec<Line> = serde_json::from_slice(&bytes)?;
        let read =
            |line: Line| Some((line.address, Found { node_id: line.node_id.parse().ok()?, seen: line.seen }));
        let read: BTreeMap<_, _> = lines.into_iter().take(MOST).filter_map(read).collect();
        *self.found.lock() = read;
        Ok(())
    }

    /// Writes what is known: aside first, so that a node that is killed leaves the old file or the new one.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let line = |(address, found): (&Address, &Found)| Line {
            address: address.clone(),
            node_id: found.node_id.to_string(),
            seen: found.seen,
        };
        let lines: Vec<_> = self.found.lock().iter().map(line).collect();
        durable::replace(path, |file| serde_json::to_writer(file, &lines).map_err(io::Error::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownNodes {
        KnownNodes::new(NodeId::new([0; 32]))
    }

    fn at(port: usize) -> Address {
        format!("tcp+tls://node.example:{port}").parse().unwrap()
    }

    #[test]
    fn another_node_at_an_address_is_told_once() {
        let (known, [one, other]) = (known(), [1, 2].map(|byte| NodeId::new([byte; 32])));
        assert_eq!(known.note(&at(1), one, 1), None);
        assert_eq!(known.note(&at(1), one, 2), None);
        assert_eq!(known.note(&at(2), other, 2), None);
        assert_eq!(known.note(&at(1), other, 3), Some(one));
        assert_eq!(known.note(&at(1), other, 4), None);
    }

    #[test]
    fn who_was_found_longest_ago_is_forgotten_first() {
        let (known, [one, other]) = (known(), [1, 2].map(|byte| NodeId::new([byte; 32])));
        for port in 0..=MOST {
            known.note(&at(port), one, port as u64);
        }
        assert_eq!(known.found.lock().len(), MOST);
        assert_eq!(known.note(&at(0), other, 9), None, "it was forgotten");
        assert_eq!(known.note(&at(MOST), other, 9), Some(one));
    }

    #[test]
    fn what_is_known_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node-ids.json");
        let (before, [one, other]) = (known(), [1, 2].map(|byte| NodeId::new([byte; 32])));
        before.note(&at(1), one, 1);
        before.save(&path).unwrap();
        let after = known();
        after.load(&path).unwrap();
        assert_eq!(after.note(&at(1), other, 2), Some(one));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node-ids.json");
        let (known, one) = (known(), NodeId::new([1; 32]));
        known.load(&path).unwrap();
        known.note(&at(1), one, 1);
        std::fs::write(&path, "[{\"address\":").unwrap();
        assert!(known.load(&path).is_err());
        assert_eq!(known.note(&at(1), NodeId::new([2; 32]), 2), Some(one));
    }
}
