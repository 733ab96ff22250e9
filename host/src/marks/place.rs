//! Where the marks of this process go.

use super::table::Table;
use std::sync::OnceLock;

static PLACE: OnceLock<&'static Table> = OnceLock::new();
/// Where they go in a process that has no other place for them.
static MEMORY: Table = Table::new();

/// The table of this process.
pub(super) fn current() -> &'static Table {
    PLACE.get_or_init(|| &MEMORY)
}

/// Lets all marks of this process go to a table, which has to be zero. Whether it was soon enough: after the first mark
/// they stay where they are.
pub fn place(table: &'static Table) -> bool {
    PLACE.set(table).is_ok()
}
