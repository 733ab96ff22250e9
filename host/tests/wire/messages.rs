//! Every recorded address, version and message, both ways.

use crate::foreign::{DchatMsg, HolepunchConnect, HolepunchRequest, HolepunchResult};
use crate::recording::{Vector, check_all, load};
use backplane::address::Address;
use backplane::protocol::messages::{Addrs, AppVersion, GetAddrs, Ping, Pong, Verack, Version};
use backplane_plugin::{Message, MessageInfo, wire};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Debug;

/// Something to do with a vector, for whatever type it is of.
trait Check {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String>;
}

/// Decodes, compares with the value that was recorded, encodes again.
struct BothWays;

impl Check for BothWays {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String> {
        let value: T = wire::from_bytes(&vector.input()).map_err(|e| format!("does not decode: {e}"))?;
        let as_json = serde_json::to_value(&value).map_err(|e| e.to_string())?;
        // Addresses come with more than a value, and are looked at by `check_address`.
        if vector.type_name != "Url" && !is_recorded(&vector.value, &as_json) {
            return Err(format!("decodes to {as_json}, not {}", vector.value));
        }
        let encoded = hex::encode(wire::to_bytes(&value).map_err(|e| format!("does not encode: {e}"))?);
        if encoded == vector.hex { Ok(()) } else { Err(format!("encodes to {encoded}")) }
    }
}

/// Decodes, and must not succeed.
struct Refused;

impl Check for Refused {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String> {
        wire::from_bytes::<T>(&vector.input()).map_or(Ok(()), |value| Err(format!("decodes to {value:?}")))
    }
}

/// Runs the check for the type that the vector names.
fn check<C: Check>(vector: &Vector) -> Result<(), String> {
    match vector.type_name.as_str() {
        "Url" => C::check::<Address>(vector),
        "(Url,u64)" => C::check::<(Address, u64)>(vector),
        "semver::Version" => C::check::<AppVersion>(vector),
        "VersionMessage" => C::check::<Version>(vector),
        "VerackMessage" => C::check::<Verack>(vector),
        "PingMessage" => C::check::<Ping>(vector),
        "PongMessage" => C::check::<Pong>(vector),
        "GetAddrsMessage" => C::check::<GetAddrs>(vector),
        "AddrsMessage" => C::check::<Addrs>(vector),
        "DchatMsg" => C::check::<DchatMsg>(vector),
        "HolepunchRequest" => C::check::<HolepunchRequest>(vector),
        "HolepunchConnect" => C::check::<HolepunchConnect>(vector),
        "HolepunchResult" => C::check::<HolepunchResult>(vector),
        unknown => Err(format!("a vector of the type {unknown}, which no test knows")),
    }
}

/// Whether the value is the recorded one, in which large numbers are written as text.
fn is_recorded(recorded: &Value, value: &Value) -> bool {
    match (recorded, value) {
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        (Value::Array(recorded), Value::Array(values)) => {
            recorded.len() == values.len() && recorded.iter().zip(values).all(|(r, v)| is_recorded(r, v))
        }
        (Value::Object(recorded), Value::Object(values)) => {
            recorded.len() == values.len()
                && recorded.iter().all(|(key, r)| values.get(key).is_some_and(|v| is_recorded(r, v)))
        }
        _ => recorded == value,
    }
}

/// What is recorded of an address: the text that was read, and what came of it.
#[derive(Debug, Deserialize)]
struct RecordedAddress {
    text: String,
    canonical: String,
    scheme: String,
    host: Option<String>,
    host_str: Option<String>,
    port: Option<u16>,
    path: String,
}

fn check_address(vector: &Vector) -> Result<(), String> {
    let recorded = RecordedAddress::deserialize(&vector.value).map_err(|e| e.to_string())?;
    for text in [&recorded.text, &recorded.canonical] {
        let address: Address = text.parse().map_err(|e| format!("{text} does not parse: {e}"))?;
        let host = address.ip().map(|ip| format!("Ipv{}({ip})", if ip.is_ipv4() { 4 } else { 6 }));
        let same = address.as_str() == recorded.canonical
            && address.scheme() == recorded.scheme
            && address.host() == recorded.host_str.as_deref()
            && host == recorded.host.clone().filter(|host| host.starts_with("Ip"))
            && address.port() == recorded.port
            && address.path() == recorded.path;
        if !same {
            return Err(format!("{text} is read as {address} with {host:?}, {:?}", address.port()));
        }
    }
    Ok(())
}

fn is_a_value_of_the_host(vector: &Vector) -> bool {
    !vector.is_of_the_codec() && vector.type_name != "frame"
}

#[test]
fn encodes_and_decodes_every_vector_as_real_nodes_do() {
    let vectors = load("encodings.json", "vectors");
    let (checked, failures) =
        check_all(&vectors, is_a_value_of_the_host, |vector| match vector.kind.as_str() {
            "canonical" | "accepted_non_canonical" if vector.type_name != "Url" => check::<BothWays>(vector),
            "canonical" => check::<BothWays>(vector).and_then(|()| check_address(vector)),
            "accepted_non_canonical" => check::<BothWays>(vector),
            unknown => Err(format!("a vector of the kind {unknown}, which no test knows")),
        });
    assert_eq!(failures, [""; 0]);
    assert_eq!(checked, 99);
}

#[test]
fn refuses_what_real_nodes_refuse() {
    let vectors = load("refused.json", "negative");
    let (checked, failures) = check_all(&vectors, is_a_value_of_the_host, check::<Refused>);
    assert_eq!(failures, [""; 0]);
    assert_eq!(checked, 24);
}

#[test]
fn names_and_limits_are_those_of_real_nodes() {
    let recorded: Vec<Value> = load("encodings.json", "message_constants");
    let ours = [
        MessageInfo::of::<Version>(),
        MessageInfo::of::<Verack>(),
        MessageInfo::of::<Ping>(),
        MessageInfo::of::<Pong>(),
        MessageInfo::of::<GetAddrs>(),
        MessageInfo::of::<Addrs>(),
    ];
    for info in ours {
        let as_recorded = json!({
            "name": info.name,
            "max_bytes": info.max_bytes,
            "metering_score": info.metering.score,
            "threshold": info.metering.threshold,
            "sleep_step_ms": info.metering.sleep_step_ms,
            "expiry_ns": (u64::from(info.metering.expiry_ms) * 1_000_000).to_string(),
        });
        assert!(recorded.contains(&as_recorded), "{as_recorded}");
    }
}

#[test]
fn the_version_on_the_wire_is_the_one_that_was_written() {
    let version: AppVersion = "1.2.3-rc.1+build".parse().expect("this is a version");
    let bytes = wire::to_bytes(&version).expect("a version can be encoded");
    assert_eq!(wire::from_bytes(&bytes), Ok(version.clone()));
    assert_eq!(serde_json::to_value(&version).expect("a version is text"), json!("1.2.3-rc.1+build"));
    assert_eq!(Version::NAME, "version");
}
