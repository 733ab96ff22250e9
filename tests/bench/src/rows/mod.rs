//! What is measured, row by row.

mod channels;
mod streams;

use crate::Scale;
use crate::child::Failure;
use crate::connection::{PLAIN, SECURED};
use crate::table::{Goal, Row};
use channels::{Idle, handshakes, idle_cpu, idle_memory, start};
use streams::{Stream, boundary, fan_out, one_way, plugin_or_linked, round_trip};

/// The row whose work is done in this process, by one of the functions.
pub(crate) const BOUNDARY: &str = "cost of the boundary";

/// One row and how it is made.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&str, Scale) -> Result<Row, Failure>,
}

/// All rows, in the order of the table.
pub(crate) fn all() -> Vec<Measure> {
    let mut all = plain();
    all.extend(secured());
    all
}

/// Over TCP.
fn plain() -> Vec<Measure> {
    vec![
        Measure {
            name: "one-way 16 B",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: PLAIN, bytes: 16, count: 20_000_000, goal: 0.6 })
            },
        },
        Measure {
            name: "one-way 1 KiB",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: PLAIN, bytes: 1024, count: 4_000_000, goal: 0.75 })
            },
        },
        Measure {
            name: "one-way 64 KiB",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: PLAIN, bytes: 65_536, count: 80_000, goal: 0.8 })
            },
        },
        Measure {
            name: "round trip 16 B, threads = 0",
            run: |name, scale| round_trip(name, scale, 16, 0, 1.25),
        },
        Measure {
            name: "round trip 1 KiB, threads = 0",
            run: |name, scale| round_trip(name, scale, 1024, 0, 1.25),
        },
        Measure {
            name: "round trip 16 B, threads = 1",
            run: |name, scale| round_trip(name, scale, 16, 1, 2.0),
        },
        Measure {
            name: "round trip 1 KiB, threads = 1",
            run: |name, scale| round_trip(name, scale, 1024, 1, 2.0),
        },
        Measure { name: "fan-out to 32, 16 B", run: fan_out },
        Measure { name: "plug-in against built in", run: plugin_or_linked },
        Measure { name: BOUNDARY, run: boundary },
        Measure {
            name: "handshakes",
            run: |name, scale| handshakes(name, scale, PLAIN, Goal::RatioAtLeast(0.5)),
        },
        Measure {
            name: "idle channel, accepted",
            run: |name, _| idle_memory(name, &Idle { scheme: PLAIN, dialled: false, goal: 12.0 }),
        },
        Measure {
            name: "idle channel, dialled",
            run: |name, _| idle_memory(name, &Idle { scheme: PLAIN, dialled: true, goal: 12.0 }),
        },
        Measure { name: "10 000 idle channels, CPU", run: idle_cpu },
        Measure { name: "start with three plug-ins", run: start },
    ]
}

/// Over TLS over TCP.
fn secured() -> Vec<Measure> {
    vec![
        Measure {
            name: "tcp+tls one-way 16 B",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: SECURED, bytes: 16, count: 20_000_000, goal: 0.85 })
            },
        },
        Measure {
            name: "tcp+tls one-way 1 KiB",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: SECURED, bytes: 1024, count: 2_000_000, goal: 0.85 })
            },
        },
        Measure {
            name: "tcp+tls one-way 64 KiB",
            run: |name, scale| {
                one_way(name, scale, &Stream { scheme: SECURED, bytes: 65_536, count: 40_000, goal: 0.85 })
            },
        },
        Measure {
            name: "tcp+tls handshakes",
            run: |name, scale| handshakes(name, scale, SECURED, Goal::AtLeast(1000.0)),
        },
        Measure {
            name: "tcp+tls idle channel, accepted",
            run: |name, _| idle_memory(name, &Idle { scheme: SECURED, dialled: false, goal: 24.0 }),
        },
        Measure {
            name: "tcp+tls idle channel, dialled",
            run: |name, _| idle_memory(name, &Idle { scheme: SECURED, dialled: true, goal: 24.0 }),
        },
    ]
}
