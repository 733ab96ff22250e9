//! Which files may run: what is checked before anything of a plug-in is opened.
//!
//! ```text
//! writers (who could change it) -> vault (a copy that only the node can write) -> contents (what the copy holds)
//!     -> lock or signature (are these the bytes?) -> library (opens the copy)
//! ```
//!
//! All but the last step is `pass`, the last is `gate`; between them stands what the file says of itself (`plugin/file`).
//! Whoever only looks at a file reads it in place of making a copy. Under the policy `open` there is nothing to be held
//! against, but the copy is made all the same: the system's loader maps the file and knows it by its inode, and one that is
//! written over while it is mapped changes under the feet of the code, or ends the process.

mod contents;
mod examine;
mod gate;
mod lock;
mod pass;
mod pin;
mod pinning;
mod proof;
mod refusal;
mod sha256;
mod signature;
mod vault;
mod writers;

pub use contents::Contents;
pub use examine::{Examined, examine, open_in_place};
pub use gate::Gate;
pub use lock::Lock;
pub use pass::Passed;
pub(super) use pass::pass;
pub use pin::{Change, Pin};
pub use pinning::{PinError, Pinning, pin_all};
pub use proof::{Checked, Proof};
pub use refusal::Refusal;
pub use sha256::Sha256;
pub use signature::Signer;
pub use vault::Copied;
