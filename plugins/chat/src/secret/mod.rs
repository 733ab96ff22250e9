//! Everything secret: the own key pair, the keys of rooms, and what is done with them.
//!
//! Nothing in here draws randomness: it comes as an argument, so that a simulation is deterministic. In a node it is
//! `Host::random`, which is `rand::rng` (ChaCha12, seeded by the system, see `host/src/random.rs`): fit for keys and nonces. The
//! one of the plug-in API's testkit is not, and is for tests only.
//!
//! Secrets are wiped from memory when they are dropped, and no `Debug` shows one.

mod direct;
mod fingerprint;
mod identity;
mod key;
mod private;
mod seal;

pub use direct::{NotADirectKey, Pair, pair};
pub use fingerprint::Fingerprint;
pub use identity::{Identity, IdentityError, IdentityText, NotAnIdentity};
pub use key::{Key, draw};
pub use private::private;
pub use seal::{NONCE_BYTES, SEALING_BYTES, open, seal};
