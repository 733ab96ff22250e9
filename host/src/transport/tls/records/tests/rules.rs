//! What may be in a record, and what may not, however little of it comes at a time.

use super::super::cipher::{HEADER, MOST_CONTENT, OVERHEAD};
use super::super::opener::Progress;
use super::super::shared::{End, Way};
use super::super::*;
use proptest::prelude::*;
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{ConnectionTrafficSecrets, Error};
use std::io::IoSlice;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION: u8 = 23;

/// The key of a direction after so many updates.
fn secrets(way: Way, updates: u8) -> ConnectionTrafficSecrets {
    let mut key = [updates; 32];
    key[0] = u8::from(way == Way::Out);
    ConnectionTrafficSecrets::Aes256Gcm { key: AeadKey::from(key), iv: Iv::from([updates; 12]) }
}

/// Records by the type and the content of each.
type Records<'a> = &'a [(u8, &'a [u8])];

#[derive(Default)]
struct Updates([u8; 2]);

impl Schedule for Updates {
    fn next(&mut self, way: Way) -> Result<(u64, ConnectionTrafficSecrets), Error> {
        let count = &mut self.0[usize::from(way == Way::In)];
        *count += 1;
        Ok((0, secrets(way, *count)))
    }
}

/// An end that has just shaken hands, and the cipher with which its peer writes.
fn ends(side: Side) -> (Opener, Arc<Shared>, Cipher) {
    let shared = Arc::new(Shared::new(Box::new(Updates::default())));
    let opener = Opener::new(peers(0), side, Arc::clone(&shared));
    (opener, shared, peers(0))
}

/// How the peer writes after so many updates of its key.
fn peers(updates: u8) -> Cipher {
    Cipher::new((0, secrets(Way::In, updates))).unwrap()
}

fn sealed(cipher: &mut Cipher, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    cipher.seal(kind, &[IoSlice::new(content)], (0, content.len()), &mut out).unwrap();
    out.to_vec()
}

/// Records one after the other.
fn all_sealed(cipher: &mut Cipher, records: Records<'_>) -> Vec<u8> {
    records.iter().flat_map(|(kind, content)| sealed(cipher, *kind, content)).collect()
}

/// What is opened of these bytes, and what is wrong with the rest.
fn opened(opener: &mut Opener, bytes: &[u8]) -> (Vec<u8>, Result<(), Fault>) {
    let mut bytes = bytes.to_vec();
    let (Progress { content, .. }, result) = opener.open(&mut bytes);
    bytes.truncate(content);
    (bytes, result)
}

/// What comes of these records.
fn outcome(side: Side, records: Records<'_>) -> (Vec<u8>, Result<(), Fault>) {
    let (mut opener, _, mut cipher) = ends(side);
    let bytes = all_sealed(&mut cipher, records);
    opened(&mut opener, &bytes)
}

#[test]
fn what_records_carry_is_put_together_wherever_they_were_cut() {
    let records: [(u8, &[u8]); 5] = [
        (APPLICATION, b"one"),
        (APPLICATION, b""),
        (HANDSHAKE, &[4, 0, 0, 3, 7, 7, 7]),
        (APPLICATION, &[9; 40]),
        (APPLICATION, b"three"),
    ];
    let whole = [&b"one"[..], &[9; 40], b"three"].concat();
    let bytes = all_sealed(&mut ends(Side::Client).2, &records);
    for cut in 0..=bytes.len() {
        let (mut opener, _, _) = ends(Side::Client);
        let mut came = bytes[..cut].to_vec();
        let (progress, result) = opener.open(&mut came);
        assert_eq!(result, Ok(()), "the first {cut} bytes");
        let rest = [&came[progress.used..], &bytes[cut..]].concat();
        let (more, result) = opened(&mut opener, &rest);
        assert_eq!(result, Ok(()), "cut at {cut}");
        assert_eq!([&came[..progress.content], &more].concat(), whole, "cut at {cut}");
    }
}

#[test]
fn no_byte_of_a_record_can_be_changed() {
    for at in 0..HEADER + 20 + 1 + 16 {
        for bit in 0..8 {
            let (mut opener, _, mut cipher) = ends(Side::Client);
            let mut bytes = sealed(&mut cipher, APPLICATION, &[7; 20]);
            bytes[at] ^= 1 << bit;
            // With another length it may also wait for more.
            bytes.resize(100_000, 0);
            let (content, result) = opened(&mut opener, &bytes);
            assert!(content.is_empty() && result.is_err(), "bit {bit} of byte {at}: {result:?}");
        }
    }
}

#[test]
fn records_cannot_be_left_out_repeated_or_swapped() {
    let records = |order: &[usize]| {
        let mut cipher = ends(Side::Client).2;
        let all = [&b"a"[..], b"b", b"c"].map(|content| sealed(&mut cipher, APPLICATION, content));
        order.iter().flat_map(|at| all[*at].clone()).collect::<Vec<_>>()
    };
    for (order, before) in [(&[1][..], ""), (&[0, 0], "a"), (&[0, 2], "a"), (&[1, 0], ""), (&[0, 1, 1], "ab")]
    {
        let (content, result) = opened(&mut ends(Side::Client).0, &records(order));
        assert_eq!((content, result), (before.as_bytes().to_vec(), Err(Fault::BadRecord)), "{order:?}");
    }
}

#[test]
fn what_one_side_writes_cannot_be_sent_back_to_it() {
    let mut cipher = Cipher::new((0, secrets(Way::Out, 0))).unwrap();
    let bytes = sealed(&mut cipher, APPLICATION, b"mine");
    assert_eq!(opened(&mut ends(Side::Client).0, &bytes).1, Err(Fault::BadRecord));
}

#[test]
fn a_record_is_refused_for_its_header_before_the_rest_has_come() {
    for (header, fault) in [
        ([20, 3, 3, 0, 1], Fault::Unexpected),
        ([21, 3, 3, 0, 2], Fault::Unexpected),
        ([22, 3, 3, 0, 40], Fault::Unexpected),
        ([23, 3, 3, 0x41, 1], Fault::TooLong),
        ([23, 3, 3, 255, 255], Fault::TooLong),
    ] {
        let (mut opener, shared, _) = ends(Side::Client);
        assert_eq!(opened(&mut opener, &header), (vec![], Err(fault)), "{header:?}");
        assert_eq!(shared.end(), fault.alert().map(End::Tell));
    }
    // The longest that is taken, and then looked at.
    let (mut opener, _, _) = ends(Side::Client);
    assert_eq!(opened(&mut opener, &[23, 3, 3, 0x41, 0]), (vec![], Ok(())));
    // Too short for what every record has.
    let short = [&[23, 3, 3, 0, 15][..], &[0; 15]].concat();
    assert_eq!(opened(&mut opener, &short).1, Err(Fault::BadRecord));
}

#[test]
fn records_carry_no_more_than_they_may() {
    let largest = vec![5; MOST_CONTENT];
    assert_eq!(outcome(Side::Client, &[(APPLICATION, &largest)]), (largest.clone(), Ok(())));
    let larger = vec![5; MOST_CONTENT + 1];
    assert_eq!(outcome(Side::Client, &[(APPLICATION, &larger)]).1, Err(Fault::TooLong));
}

/// A record of this content, kind and padding, as a peer makes it that pads.
fn padded(cipher: &mut Cipher, content: &[u8], kind: u8, zeros: usize) -> Vec<u8> {
    // The kind that is appended is one more zero.
    let text = [content, &[kind], &vec![0; zeros - 1]].concat();
    sealed(cipher, 0, &text)
}

#[test]
fn padding_is_taken_off_and_nothing_but_padding_is_refused() {
    for zeros in [1, 2, 300, MOST_CONTENT - 4] {
        let (mut opener, _, mut cipher) = ends(Side::Client);
        let bytes = padded(&mut cipher, b"text", APPLICATION, zeros);
        assert_eq!(opened(&mut opener, &bytes), (b"text".to_vec(), Ok(())), "{zeros} zeros");
    }
    let (mut opener, _, mut cipher) = ends(Side::Client);
    // Zeros at the end of what is carried are no padding.
    let bytes = padded(&mut cipher, &[1, 0, 0], APPLICATION, 3);
    assert_eq!(opened(&mut opener, &bytes), (vec![1, 0, 0], Ok(())));
    let bytes = sealed(&mut cipher, 0, &[0; 10]);
    assert_eq!(opened(&mut opener, &bytes).1, Err(Fault::Unexpected));
    let (mut opener, _, mut cipher) = ends(Side::Client);
    let bytes = padded(&mut cipher, b"text", APPLICATION, MOST_CONTENT - 3);
    assert_eq!(opened(&mut opener, &bytes).1, Err(Fault::TooLong));
}

#[test]
fn messages_after_the_handshake_are_those_that_have_a_place_there() {
    let ticket = |bytes: usize| [&[4, 0, 0, u8::try_from(bytes).unwrap()][..], &vec![1; bytes]].concat();
    let [empty, two] = [ticket(0), [ticket(9), ticket(3)].concat()];
    let cases: [(&str, Side, Records<'_>, Result<(), Fault>); 17] = [
        ("tickets", Side::Client, &[(HANDSHAKE, &two), (HANDSHAKE, &empty)], Ok(())),
        ("half a ticket each", Side::Client, &[(HANDSHAKE, &two[..6]), (HANDSHAKE, &two[6..])], Ok(())),
        ("a ticket for a server", Side::Server, &[(HANDSHAKE, &empty)], Err(Fault::Unexpected)),
        ("a hello", Side::Server, &[(HANDSHAKE, &[1, 0, 0, 0])], Err(Fault::Unexpected)),
        ("a wish for a certificate", Side::Client, &[(HANDSHAKE, &[13, 0, 0, 0])], Err(Fault::Unexpected)),
        ("nothing", Side::Client, &[(HANDSHAKE, b"")], Err(Fault::Unexpected)),
        (
            "bytes within",
            Side::Client,
            &[(HANDSHAKE, &two[..6]), (APPLICATION, b"x")],
            Err(Fault::Unexpected),
        ),
        ("none within", Side::Client, &[(HANDSHAKE, &two[..2]), (APPLICATION, b"")], Err(Fault::Unexpected)),
        (
            "an alert within",
            Side::Client,
            &[(HANDSHAKE, &two[..2]), (ALERT, &[1, 0])],
            Err(Fault::Unexpected),
        ),
        ("two bytes", Side::Client, &[(HANDSHAKE, &[24, 0, 0, 2, 0, 0])], Err(Fault::Unexpected)),
        ("many bytes", Side::Client, &[(HANDSHAKE, &[24, 1, 0, 0])], Err(Fault::Unexpected)),
        ("another value", Side::Client, &[(HANDSHAKE, &[24, 0, 0, 1, 2])], Err(Fault::Illegal)),
        ("two updates", Side::Client, &[(HANDSHAKE, &[24, 0, 0, 1, 0, 24])], Err(Fault::Unexpected)),
        (
            "the old key",
            Side::Client,
            &[(HANDSHAKE, &[24, 0, 0, 1, 0]), (APPLICATION, b"x")],
            Err(Fault::BadRecord),
        ),
        ("another kind", Side::Client, &[(24, b"x")], Err(Fault::Unexpected)),
        ("a change of ciphers", Side::Client, &[(20, &[1])], Err(Fault::Unexpected)),
        ("half an update", Side::Client, &[(HANDSHAKE, &[24, 0, 0, 1])], Ok(())),
    ];
    for (what, side, records, expected) in cases {
        assert_eq!(outcome(side, records), (vec![], expected), "{what}");
    }
}

#[test]
fn an_update_brings_the_next_key_wherever_its_message_was_split() {
    for (asks, split) in [0, 1].into_iter().flat_map(|asks| (0..4).map(move |split| (asks, split))) {
        let (mut opener, shared, mut cipher) = ends(Side::Server);
        for updates in 1..4 {
            let update = [24, 0, 0, 1, asks];
            let mut bytes = Vec::new();
            for part in [&update[..split], &update[split..]].into_iter().filter(|part| !part.is_empty()) {
                bytes.extend(sealed(&mut cipher, HANDSHAKE, part));
            }
            cipher = peers(updates);
            bytes.extend(sealed(&mut cipher, APPLICATION, b"next"));
            assert_eq!(opened(&mut opener, &bytes), (b"next".to_vec(), Ok(())));
            assert_eq!((shared.take_asked(), shared.take_asked()), (asks == 1, false));
        }
    }
}

#[test]
fn an_alert_ends_the_connection_but_for_the_one_that_says_nothing() {
    let told = |alert| (vec![], Err(Fault::Told(alert)));
    let cases: [(&[u8], _); 7] = [
        (&[1, 90], (b"x".to_vec(), Ok(()))),
        (&[1, 0], (vec![], Ok(()))),
        (&[2, 0], (vec![], Ok(()))),
        (&[2, 20], told(AlertDescription::BadRecordMac)),
        (&[1, 42], told(AlertDescription::BadCertificate)),
        (&[2], (vec![], Err(Fault::Malformed))),
        (&[2, 20, 2, 20], (vec![], Err(Fault::Malformed))),
    ];
    for (alert, expected) in cases {
        let (mut opener, shared, mut cipher) = ends(Side::Client);
        let bytes = all_sealed(&mut cipher, &[(ALERT, alert), (APPLICATION, b"x")]);
        assert_eq!(opened(&mut opener, &bytes), expected, "{alert:?}");
        let end = expected.1.err().map(|fault| fault.alert().map_or(End::Told, End::Tell));
        assert_eq!((shared.end(), opener.is_over()), (end, alert[1..].starts_with(&[0])), "{alert:?}");
    }
}

#[test]
fn a_peer_may_not_go_on_and_on_with_records_of_nothing() {
    for (kind, content) in [(APPLICATION, &b""[..]), (ALERT, &[1, 90]), (HANDSHAKE, &[4, 0, 0, 0])] {
        let (mut opener, _, mut cipher) = ends(Side::Client);
        let quiet = all_sealed(&mut cipher, &[(kind, content); 32]);
        assert_eq!(opened(&mut opener, &quiet), (vec![], Ok(())));
        let some = sealed(&mut cipher, APPLICATION, b"x");
        assert_eq!(opened(&mut opener, &some), (b"x".to_vec(), Ok(())));
        let more = all_sealed(&mut cipher, &[(kind, content); 33]);
        assert_eq!(opened(&mut opener, &more).1, Err(Fault::Unexpected), "records of kind {kind}");
    }
}

#[test]
fn no_two_records_have_the_same_nonce_and_the_numbers_end() {
    let mut cipher = peers(0);
    let records: std::collections::BTreeSet<_> =
        (0..300).map(|_| sealed(&mut cipher, APPLICATION, b"the same")).collect();
    assert_eq!((records.len(), cipher.records()), (300, 300));
    assert!(records.iter().all(|record| record.len() == OVERHEAD + 8));
    let mut last = Cipher::new((u64::MAX, secrets(Way::In, 0))).unwrap();
    let sealing = last.seal(APPLICATION, &[IoSlice::new(b"x")], (0, 1), &mut BytesMut::new());
    assert_eq!(sealing, Err(Fault::Spent));
}

#[test]
fn a_record_gathers_what_lies_in_pieces() {
    let pieces = [&b"ab"[..], b"", b"cde", b"f", b"ghij"];
    let slices = pieces.map(IoSlice::new);
    let whole = pieces.concat();
    for from in 0..=whole.len() {
        for length in 0..=whole.len() - from {
            let (mut cipher, mut out) = (peers(0), BytesMut::new());
            cipher.seal(APPLICATION, &slices, (from, length), &mut out).unwrap();
            let (content, result) = opened(&mut ends(Side::Client).0, &out);
            assert_eq!((&content[..], result), (&whole[from..from + length], Ok(())), "{length} from {from}");
        }
    }
}

proptest! {
    #[test]
    fn never_panics_whatever_comes(bytes in prop::collection::vec(any::<u8>(), 0..200), side in any::<bool>()) {
        let side = if side { Side::Client } else { Side::Server };
        let (content, _) = opened(&mut ends(side).0, &bytes);
        prop_assert!(content.is_empty());
    }

    #[test]
    fn never_panics_whatever_a_peer_with_the_key_says(
        records in prop::collection::vec((18..26_u8, prop::collection::vec(0..26_u8, 0..12)), 0..8),
        cut in 0..400_usize,
    ) {
        let (mut opener, _, mut cipher) = ends(Side::Client);
        let records: Vec<_> = records.iter().map(|(kind, content)| (*kind, content.as_slice())).collect();
        let bytes = all_sealed(&mut cipher, &records);
        let whole = opened(&mut ends(Side::Client).0, &bytes);
        // In two parts it is the same.
        let mut first = bytes[..cut.min(bytes.len())].to_vec();
        let (progress, result) = opener.open(&mut first);
        let mut content = first[..progress.content].to_vec();
        let result = result.and_then(|()| {
            let rest = [&first[progress.used..], &bytes[first.len()..]].concat();
            let (more, result) = opened(&mut opener, &rest);
            content.extend(more);
            result
        });
        prop_assert_eq!((content, result), whole);
    }
}
