//! What `export_plugin!` writes into a library's file, read back, and the mistakes that keep a plug-in from compiling.

use backplane_plugin::abi::{ABI_MAJOR, ABI_MINOR};
use backplane_plugin::manifest::{
    self, AbiVersion, FileManifest, FileMetering, Limits, Package, SectionError,
};
use backplane_plugin::serde_json::json;
use backplane_plugin::*;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const PACKAGE: Package = Package {
    name: "backplane-rooms",
    version: "1.2.3",
    description: "Rooms, \"quoted\"\nand more",
    license: "MIT",
    panic: "unwind",
};

#[derive(Debug, Serialize, Deserialize)]
struct Enter(String);

impl Message for Enter {
    const NAME: &'static str = "rooms.enter";
    const MAX_BYTES: u64 = 100;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

#[derive(Debug, Serialize, Deserialize)]
struct Leave;

impl Message for Leave {
    const NAME: &'static str = "rooms.leave";
}

config! {
    /// The configuration.
    #[derive(Debug, PartialEq)]
    struct RoomsConfig {
        /// How many rooms
        /// there may be.
        #[range(1..=100)]
        max_rooms: u32 = 10,
        /// The share of each.
        #[range(0.25..=1.0)]
        share: f64 = 0.5,
        open: bool = true,
        rooms: Vec<String> = &["lobby", "two \"words\""],
        greeting: Option<String> = None,
        motto: String = "be kind",
        deep: DeepConfig,
    }
}

config! {
    #[derive(Debug, PartialEq)]
    struct DeepConfig {
        /// How deep.
        depth: i64 = -3,
        codes: Vec<u64> = &[1, 2],
    }
}

struct Rooms;

impl Plugin for Rooms {
    type Config = RoomsConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] =
        protocols![Door: SessionFlags::DEFAULT | SessionFlags::SEED];
    const METHODS: &'static [MethodEntry<Self>] = methods![list as "rooms" as "ls"];
    const PAGES: &'static [Page] = pages!["page/": "index.html", "lib/page.js"];
    const LIMITS: Limits = Limits { jobs: 100, ..Limits::NONE };

    fn create(_: Host, _: RoomsConfig) -> Result<Self, PluginError> {
        Ok(Self)
    }
}

impl Rooms {
    async fn list(self: Arc<Self>, []: [(); 0]) -> Result<(), RpcError> {
        Ok(())
    }
}

/// A protocol of the messages that a list has.
struct Speaks<const WHICH: usize>;

/// The lists.
const LISTS: [&[MessageInfo]; 3] = [messages![Enter, Leave], messages![Leave], messages![Enter, Enter]];

type Door = Speaks<0>;

impl<P: Send + Sync + 'static, const WHICH: usize> Protocol<P> for Speaks<WHICH> {
    const NAME: &'static str = ["door", "exit", "twice"][WHICH];
    const VERSION: u32 = 3;
    const MESSAGES: &'static [MessageInfo] = LISTS[WHICH];

    fn attach(_: Arc<P>, _: Channel) -> Result<Self, PluginError> {
        Ok(Self)
    }

    fn start(self: Arc<Self>, _: &ProtocolJobsManager) {}
}

static SECTION: [u8; manifest::section_len::<Rooms>(&PACKAGE)] = manifest::section::<Rooms, _>(&PACKAGE);

fn read() -> FileManifest {
    FileManifest::read(&SECTION).expect("what was written can be read")
}

#[test]
fn the_section_says_what_the_plugin_is_and_what_built_it() {
    let read = read();
    let texts = [&read.name, &read.version, &read.description, &read.license, &read.panic];
    assert_eq!(texts, ["rooms", "1.2.3", "Rooms, \"quoted\"\nand more", "MIT", "unwind"]);
    assert_eq!(read.abi, AbiVersion { major: ABI_MAJOR, minor: ABI_MINOR });
    assert!(read.rustc.starts_with("rustc 1."), "{}", read.rustc);
    assert!(read.target.contains(std::env::consts::ARCH), "{}", read.target);
    assert_eq!(read.limits, Limits { jobs: 100, ..Limits::NONE });
}

#[test]
fn the_section_says_what_the_plugin_brings() {
    let read = read();
    let [door] = &read.protocols[..] else { panic!("one protocol: {:?}", read.protocols) };
    let expected = (SessionFlags::DEFAULT | SessionFlags::SEED).bits();
    assert_eq!((door.name.as_str(), door.version, door.sessions, door.assumed), ("door", 3, expected, false));
    let [enter, leave] = &door.messages[..] else { panic!("two messages: {:?}", door.messages) };
    let metering = FileMetering { score: 1, threshold: 4, sleep_step_ms: 1000, expiry_ms: 10_000 };
    assert_eq!((enter.name.as_str(), enter.max_bytes, enter.metering), ("rooms.enter", 100, metering));
    assert_eq!((leave.name.as_str(), leave.max_bytes), ("rooms.leave", 0));
    assert_eq!(leave.metering, FileMetering::default());
    let [list] = &read.methods[..] else { panic!("one method: {:?}", read.methods) };
    let pages: Vec<_> =
        read.pages.iter().map(|page| (page.path.as_str(), page.media_type.as_str())).collect();
    let expected =
        [("index.html", "text/html; charset=utf-8"), ("lib/page.js", "text/javascript; charset=utf-8")];
    assert_eq!(pages, expected);
    assert_eq!(read.pages[1].bytes, include_bytes!("page/lib/page.js").len() as u64);
    assert_eq!((list.name.as_str(), &list.aliases[..]), ("list", &["rooms".to_owned(), "ls".to_owned()][..]));
}

#[test]
fn the_section_has_every_key_with_its_type_bounds_default_and_documentation() {
    let integer = |min: i64, max: u64, default: i64| {
        json!({
            "type": "integer", "minimum": min, "maximum": max, "default": default,
        })
    };
    let mut max_rooms = integer(1, 100, 10);
    max_rooms["description"] = json!("How many rooms there may be.");
    let mut depth = integer(i64::MIN, i64::MAX.unsigned_abs(), -3);
    depth["description"] = json!("How deep.");
    let codes = json!({"type": "integer", "minimum": 0, "maximum": u64::MAX});
    let deep = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"depth": depth, "codes": {"type": "array", "items": codes, "default": [1, 2]}},
    });
    let expected = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "max_rooms": max_rooms,
            "share": {
                "type": "number", "minimum": 0, "maximum": 0, "default": 0, "description": "The share of each.",
            },
            "open": {"type": "boolean", "default": true},
            "rooms": {"type": "array", "items": {"type": "string"}, "default": ["lobby", "two \"words\""]},
            "greeting": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null},
            "motto": {"type": "string", "default": "be kind"},
            "deep": deep,
        },
    });
    let mut found = read().config;
    let share = &mut found["properties"]["share"];
    for (key, value) in [("minimum", 0.25), ("maximum", 1.0), ("default", 0.5)] {
        assert_eq!(share[key].as_f64(), Some(value), "{key}");
        share[key] = json!(0);
    }
    assert_eq!(found, expected);
}

#[test]
fn a_type_that_reads_itself_is_left_undescribed() {
    #[derive(Deserialize)]
    struct Own {}
    impl PluginConfig for Own {}
    struct Plug;
    impl Plugin for Plug {
        type Config = Own;
        fn create(_: Host, _: Own) -> Result<Self, PluginError> {
            Ok(Self)
        }
    }
    const LEN: usize = manifest::section_len::<Plug>(&PACKAGE);
    let read = FileManifest::read(&manifest::section::<Plug, LEN>(&PACKAGE)).unwrap();
    assert_eq!((read.config, read.protocols, read.methods), (json!({}), vec![], vec![]));
}

#[test]
fn defaults_hold_where_a_key_is_not_given() {
    let read: RoomsConfig = serde_json::from_value(json!({"deep": {"depth": 4}, "rooms": []})).unwrap();
    let deep = DeepConfig { depth: 4, codes: vec![1, 2] };
    assert_eq!(read, RoomsConfig { rooms: vec![], deep, ..RoomsConfig::default() });
    assert_eq!(RoomsConfig::default().rooms, ["lobby", "two \"words\""]);
    assert_eq!((RoomsConfig::default().motto.as_str(), RoomsConfig::default().greeting), ("be kind", None));
}

#[test]
fn what_does_not_fit_is_refused() {
    for (config, reason) in [
        (json!({"max_rooms": 0}), "expected 1 to 100, not 0"),
        (json!({"max_rooms": 101}), "expected 1 to 100, not 101"),
        (json!({"max_rooms": -1}), "invalid value"),
        (json!({"share": 0.1}), "expected 0.25 to 1, not 0.1"),
        (json!({"share": "much"}), "invalid type: string \"much\""),
        (json!({"deep": {"dept": 1}}), "unknown field `dept`, expected `depth` or `codes`"),
        (json!([1]), "expected a table"),
    ] {
        let error = serde_json::from_value::<RoomsConfig>(config.clone()).unwrap_err().to_string();
        assert!(error.contains(reason), "{config}: {error}");
    }
    let error = serde_json::from_value::<NoConfig>(json!({"any": 1})).unwrap_err().to_string();
    assert!(error.contains("unknown field `any`, there are no fields"), "{error}");
}

/// A plug-in that has nothing but what is tried.
macro_rules! plugin {
    ($name:ident { $($constant:item)* } $config:ty) => {
        struct $name;
        impl Plugin for $name {
            type Config = $config;
            $($constant)*
            fn create(_: Host, _: $config) -> Result<Self, PluginError> {
                Ok(Self)
            }
        }
    };
}

async fn nothing<P>(_: Arc<P>, []: [(); 0]) -> Result<(), RpcError> {
    Ok(())
}

config! {
    struct Unsound {
        table: UnsoundInside,
    }
}

config! {
    struct UnsoundInside {
        #[range(1..=2)]
        number: u8 = 3,
    }
}

plugin!(Sound {} NoConfig);
plugin!(SameProtocol { const PROTOCOLS: &'static [ProtocolEntry<Self>] =
    protocols![Speaks<1>: SessionFlags::SEED, Speaks<1>: SessionFlags::DIRECT]; } NoConfig);
plugin!(SameMessage { const PROTOCOLS: &'static [ProtocolEntry<Self>] =
    protocols![Speaks<2>: SessionFlags::SEED]; } NoConfig);
plugin!(SameCommand { const PROTOCOLS: &'static [ProtocolEntry<Self>] =
    protocols![Speaks<0>: SessionFlags::DEFAULT, Speaks<1>: SessionFlags::DIRECT]; } NoConfig);
plugin!(NeverMeet { const PROTOCOLS: &'static [ProtocolEntry<Self>] =
    protocols![Speaks<0>: SessionFlags::SEED, Speaks<1>: SessionFlags::DIRECT]; } NoConfig);
plugin!(SameMethod { const METHODS: &'static [MethodEntry<Self>] =
    methods![one = nothing, one = nothing]; } NoConfig);
plugin!(SameAlias { const METHODS: &'static [MethodEntry<Self>] =
    methods![one = nothing as "x", two = nothing as "x"]; } NoConfig);
plugin!(Dotted { const METHODS: &'static [MethodEntry<Self>] = methods![one = nothing as "a.b"]; } NoConfig);
plugin!(NoIndex { const PAGES: &'static [Page] = pages!["page/": "style.css"]; } NoConfig);
plugin!(OutOfRange {} Unsound);

#[test]
fn mistakes_are_found_before_the_plugin_exists() {
    let nameless = Package { name: "backplane-", ..PACKAGE };
    for (found, expected) in [
        (manifest::mistake::<Rooms>(&PACKAGE), None),
        (manifest::mistake::<Sound>(&PACKAGE), None),
        (manifest::mistake::<NeverMeet>(&PACKAGE), None),
        (manifest::mistake::<Sound>(&nameless), Some("no name")),
        (manifest::mistake::<SameProtocol>(&PACKAGE), Some("two protocols have the same NAME")),
        (manifest::mistake::<SameMessage>(&PACKAGE), Some("two messages of a protocol")),
        (manifest::mistake::<SameCommand>(&PACKAGE), Some("may meet on one channel")),
        (manifest::mistake::<SameMethod>(&PACKAGE), Some("two RPC methods have the same name")),
        (manifest::mistake::<SameAlias>(&PACKAGE), Some("the same bare name")),
        (manifest::mistake::<Dotted>(&PACKAGE), Some("has a dot in it")),
        (manifest::mistake::<NoIndex>(&PACKAGE), Some("none of them is index.html")),
        (manifest::mistake::<OutOfRange>(&PACKAGE), Some("not within its range")),
    ] {
        let fits = match (found, expected) {
            (Some(found), Some(expected)) => found.contains(expected),
            (found, expected) => found == expected,
        };
        assert!(fits, "{found:?} instead of {expected:?}");
    }
}

#[test]
fn a_text_that_is_no_manifest_is_refused_with_what_is_missing() {
    let text = serde_json::to_string(&read()).unwrap();
    let refused = |text: String| {
        let header = [&SECTION[..12], &u32::try_from(text.len()).unwrap().to_le_bytes()].concat();
        match FileManifest::read(&[&header[..], text.as_bytes()].concat()) {
            Err(SectionError::Content(reason)) => reason,
            other => panic!("{other:?}"),
        }
    };
    assert!(refused("[]".to_owned()).contains("invalid length 0"), "{}", refused("[]".to_owned()));
    assert!(refused(text.replace("\"target\"", "\"tarjet\"")).contains("missing field `target`"));
    assert!(refused(text.replace("\"major\":1", "\"major\":-1")).contains("invalid value"));
    assert!(refused(format!("\"{}\"", "x".repeat(manifest::MAX_BYTES))).contains("it may have"));
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_they_are_read_or_refused(bytes: Vec<u8>) {
        let _ = FileManifest::read(&bytes);
    }

    #[test]
    fn a_damaged_section_is_read_or_refused(at in 0..SECTION.len(), byte: u8, cut in 0..SECTION.len()) {
        let mut bytes = SECTION.to_vec();
        bytes[at] = byte;
        let _ = FileManifest::read(&bytes);
        prop_assert!(FileManifest::read(&bytes[..cut]).is_err());
    }
}
