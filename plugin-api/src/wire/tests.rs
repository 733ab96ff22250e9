//! What the codec promises, tried on types made up for it.

use super::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Newtype(String),
    Tuple(u8, i64),
    Struct { a: Option<bool>, b: Vec<u16> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rich {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    floats: (f32, f64),
    flag: bool,
    text: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    list: Vec<(String, Option<Option<u32>>)>,
    map: BTreeMap<u16, Vec<String>>,
    array: [u8; 5],
    shapes: Vec<Shape>,
    nothing: (),
    #[serde(skip)]
    skipped: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain(Option<Box<Self>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Borrowed<'a> {
    text: &'a str,
    #[serde(with = "serde_bytes")]
    bytes: &'a [u8],
}

/// Short texts: the ready-made strategy for `String` takes most of the test's time.
fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Empty),
        text().prop_map(Shape::Newtype),
        any::<(u8, i64)>().prop_map(|(a, b)| Shape::Tuple(a, b)),
        (any::<Option<bool>>(), vec(any::<u16>(), 0..4)).prop_map(|(a, b)| Shape::Struct { a, b }),
    ]
}

fn rich() -> impl Strategy<Value = Rich> {
    let numbers = any::<((u8, u16, u32, u64, u128), (i8, i16, i32, i64, i128), (f32, f64), bool, [u8; 5])>();
    let bytes = vec(any::<u8>(), 0..300);
    let list = vec((text(), any::<Option<Option<u32>>>()), 0..4);
    let map = btree_map(any::<u16>(), vec(text(), 0..3), 0..4);
    (numbers, (text(), bytes, list, map), vec(shape(), 0..4)).prop_map(|(numbers, lists, shapes)| {
        let (unsigned, signed, floats, flag, array) = numbers;
        let (text, bytes, list, map) = lists;
        let (nothing, skipped) = ((), 0);
        Rich { unsigned, signed, floats, flag, text, bytes, list, map, array, shapes, nothing, skipped }
    })
}

/// Decodes arbitrary bytes. What decodes must encode again, to something that decodes to the same bytes.
fn survives<T: Serialize + for<'de> Deserialize<'de> + Debug>(input: &[u8]) {
    if let Ok(value) = from_bytes::<T>(input) {
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(to_bytes(&from_bytes::<T>(&bytes).unwrap()).unwrap(), bytes, "{value:?}");
    }
}

proptest! {
    #[test]
    fn reads_back_what_it_wrote(value in rich()) {
        let bytes = to_bytes(&value).unwrap();
        prop_assert_eq!(from_bytes::<Rich>(&bytes).unwrap(), value);
    }

    #[test]
    fn refuses_an_input_that_is_cut_or_prolonged(value in rich(), at: prop::sample::Index) {
        let mut bytes = to_bytes(&value).unwrap();
        prop_assert!(from_bytes::<Rich>(&bytes[..at.index(bytes.len())]).is_err());
        bytes.push(0);
        prop_assert_eq!(from_bytes::<Rich>(&bytes), Err(Error::TrailingBytes { count: 1 }));
    }

    #[test]
    fn never_panics_on_arbitrary_bytes(input in vec(any::<u8>(), 0..200)) {
        survives::<Rich>(&input);
        survives::<Chain>(&input);
        survives::<Shape>(&input);
        survives::<Vec<Vec<Vec<String>>>>(&input);
        survives::<BTreeMap<u8, BTreeMap<bool, Shape>>>(&input);
        survives::<Vec<(Option<f32>, serde_bytes::ByteBuf)>>(&input);
    }
}

#[test]
fn borrows_text_and_bytes_from_the_input() {
    let input = b"\x02hi\x03\x01\x02\x03";
    let value: Borrowed<'_> = from_bytes(input).unwrap();
    assert_eq!(value, Borrowed { text: "hi", bytes: &[1, 2, 3] });
    assert_eq!(value.text.as_ptr(), input[1..].as_ptr());
    assert_eq!(value.bytes.as_ptr(), input[4..].as_ptr());
}

#[test]
fn writes_bytes_as_it_writes_a_list_of_bytes() {
    assert_eq!(to_bytes(&vec![1_u8, 2]).unwrap(), to_bytes(serde_bytes::Bytes::new(&[1, 2])).unwrap());
}

#[test]
fn refuses_a_count_that_the_input_cannot_fill() {
    let input = [5, 1, 0, 2, 0];
    assert_eq!(from_bytes::<Vec<u16>>(&input), Err(Error::CountTooLarge { count: 5, left: 4 }));
    let huge = [0xff, 0, 0, 0, 0, 0, 0, 0, 0x40, 0];
    assert_eq!(from_bytes::<String>(&huge), Err(Error::CountTooLarge { count: 1 << 62, left: 1 }));
    assert_eq!(from_bytes::<BTreeMap<u8, u8>>(&[2, 1]), Err(Error::CountTooLarge { count: 2, left: 1 }));
}

/// How many elements a decoder is told to make room for.
struct Reserved(Option<usize>);

impl<'de> Deserialize<'de> for Reserved {
    fn deserialize<D: serde::Deserializer<'de>>(decoder: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> serde::de::Visitor<'de> for Look {
            type Value = Reserved;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Reserved, A::Error> {
                let told = list.size_hint();
                while list.next_element::<u8>()?.is_some() {}
                Ok(Reserved(told))
            }
        }
        decoder.deserialize_seq(Look)
    }
}

proptest! {
    #[test]
    fn a_count_reserves_no_more_than_the_rest_of_the_payload_can_hold(count in 0_u8..=252, left in 0_usize..300) {
        let input = [&[count][..], &vec![7; left]].concat();
        match from_bytes::<Reserved>(&input) {
            Ok(Reserved(told)) => prop_assert_eq!(told, Some(left)),
            Err(Error::TrailingBytes { .. }) => prop_assert!(usize::from(count) < left),
            // Before anybody was told of it.
            Err(error) => {
                prop_assert_eq!(error, Error::CountTooLarge { count: count.into(), left });
                prop_assert!(usize::from(count) > left);
            }
        }
    }
}

#[test]
fn refuses_a_number_of_elements_that_is_not_the_one_claimed() {
    assert_eq!(from_bytes::<Vec<u16>>(&[2, 1, 0, 2]), Err(Error::UnexpectedEnd));
    assert_eq!(from_bytes::<Vec<u16>>(&[1, 1, 0, 2, 0]), Err(Error::TrailingBytes { count: 2 }));
}

#[test]
fn stops_at_the_deepest_nesting_in_both_directions() {
    // A link is a newtype and an option, so the innermost one adds one level where the others add two.
    let chain = |links: usize| (1..links).fold(Chain(None), |inner, _| Chain(Some(Box::new(inner))));
    let deepest = to_bytes(&chain(32)).unwrap();
    assert_eq!(from_bytes::<Chain>(&deepest), Ok(chain(32)));
    assert_eq!(to_bytes(&chain(33)), Err(Error::TooDeep));
    assert_eq!(from_bytes::<Chain>(&[1; 100_000]), Err(Error::TooDeep));
}

#[test]
fn siblings_do_not_add_to_the_depth() {
    let value = vec![(Some(1_u8), (2_u8,)); 100];
    assert_eq!(from_bytes::<Vec<(Option<u8>, (u8,))>>(&to_bytes(&value).unwrap()), Ok(value));
}

#[test]
fn leaves_the_buffer_as_it_was_after_an_error() {
    let mut out = vec![1, 2, 3];
    encode_into(&7_u16, &mut out).unwrap();
    assert_eq!(encode_into(&("text", 'c'), &mut out), Err(Error::Unsupported("a char")));
    assert_eq!(out, [1, 2, 3, 7, 0]);
}

#[test]
fn refuses_what_the_format_cannot_say() {
    #[derive(Serialize)]
    struct Sometimes {
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<u8>,
    }

    let unsupported = |result: Result<Vec<u8>, Error>| assert!(matches!(result, Err(Error::Unsupported(_))));
    unsupported(to_bytes(&Sometimes { field: None }));
    unsupported(to_bytes(&vec![(); 3]));
    assert!(matches!(from_bytes::<serde_json::Value>(&[0]), Err(Error::Unsupported(_))));
    assert!(matches!(from_bytes::<char>(&[0; 4]), Err(Error::Unsupported(_))));
}

#[test]
fn refuses_an_unknown_variant() {
    assert_eq!(to_bytes(&Shape::Tuple(1, 2)).unwrap()[0], 2);
    assert!(matches!(from_bytes::<Shape>(&[4]), Err(Error::Custom(_))));
}
