//! All attacks.

mod addresses;
mod alive;
mod connections;
mod flow;
mod frames;
mod handshake;
mod limits;
mod negotiation;
mod payloads;
mod rooms;
mod tls;

use crate::attack::Attack;

/// All attacks, in the order of the table.
#[must_use]
pub fn all() -> Vec<Attack> {
    let families =
        [frames, handshake, payloads, alive, addresses, negotiation, flow, connections, limits, tls, rooms];
    families.into_iter().flat_map(|family| family()).collect()
}

pub use addresses::all as addresses;
pub use alive::all as alive;
pub use connections::all as connections;
pub use flow::all as flow;
pub use frames::all as frames;
pub use handshake::all as handshake;
pub use limits::all as limits;
pub use negotiation::all as negotiation;
pub use payloads::all as payloads;
pub use rooms::all as rooms;
pub use tls::all as tls;
