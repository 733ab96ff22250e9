//! Messages that were recorded but that the host itself does not speak.

use backplane::address::Address;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DchatMsg {
    msg: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HolepunchRequest {
    nonce: u64,
    target_addr: Address,
    our_addrs: Vec<Address>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HolepunchConnect {
    nonce: u64,
    peer_addr: Address,
    observed_addr: Address,
    connect_at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HolepunchResult {
    nonce: u64,
    success: bool,
    error: Option<String>,
}
