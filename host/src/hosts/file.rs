//! The file of the address book: a line an address, of colour, address, last_seen, with tabs between.
//!
//! What follows in a line, other programs pass over: `seen` for a grey address where this node has seen a node, and
//! `heard` with the host that told of a grey or dark one.

use super::{
    HostsError,
    entry::{Colour, HostEntry, Origin},
};
use crate::address::{Address, HostKey};
use crate::durable;
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// The most that is read of a file: more than the lists can hold.
const MAX_BYTES: u64 = 8 << 20;

/// The order of the lists in a file.
pub(super) const ORDER: [Colour; 4] = [Colour::Dark, Colour::Grey, Colour::White, Colour::Gold];

/// What became of the lines of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// How many addresses were taken.
    pub kept: usize,
    /// How many were refused, by the rules of today or since they were known already.
    pub refused: usize,
    /// The numbers of the lines that could not be read, from 1.
    pub damaged: Vec<usize>,
}

/// A line has not the form of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) colour: Colour,
    pub(super) host: HostEntry,
    pub(super) origin: Origin,
}

impl Line {
    fn write(&self, writer: &mut dyn Write) -> io::Result<()> {
        let Self { colour, host, origin } = self;
        write!(writer, "{}\t{}\t{}", colour.name(), host.address, host.last_seen)?;
        match origin {
            Origin::Seen if *colour == Colour::Grey => writeln!(writer, "\tseen"),
            Origin::Heard(Some(source)) => writeln!(writer, "\theard\t{source}"),
            _ => writeln!(writer),
        }
    }
}

/// Reads a file. No file is an empty file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, HostsError> {
    let bytes = durable::read(path, MAX_BYTES);
    bytes.map(Option::unwrap_or_default).map_err(|source| HostsError::Read { path: path.to_owned(), source })
}

/// The lines of a file.
/// Empty ones are nothing.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<Option<Line>, Damaged>> {
    bytes.split(|byte| *byte == b'\n').map(parse)
}

/// Gives each line that can be read to `take`, which says whether it was taken.
pub(super) fn report(bytes: &[u8], mut take: impl FnMut(Line) -> bool) -> LoadReport {
    let mut report = LoadReport::default();
    for (number, line) in lines(bytes).enumerate() {
        match line {
            Err(Damaged) => report.damaged.push(number + 1),
            Ok(None) => {}
            Ok(Some(line)) => match take(line) {
                true => report.kept += 1,
                false => report.refused += 1,
            },
        }
    }
    report
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), HostsError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(HostsError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes the lines to a file aside, which then takes the place of the old one. Without any line the old one stays.
pub(super) fn write(path: &Path, lines: &[Line]) -> Result<(), HostsError> {
    if lines.is_empty() {
        return Ok(());
    }
    durable::replace(path, |file| lines.iter().try_for_each(|line| line.write(file)))
        .map_err(|source| HostsError::Write { path: path.to_owned(), source })
}

fn parse(line: &[u8]) -> Result<Option<Line>, Damaged> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Ok(None);
    }
    let mut fields = str::from_utf8(line).map_err(|_| Damaged)?.split('\t');
    let mut field = || fields.next().ok_or(Damaged);
    let name = field()?;
    let colour = Colour::ALL.into_iter().find(|colour| colour.name() == name).ok_or(Damaged)?;
    let address = field()?.parse().map_err(|_| Damaged)?;
    let last_seen = field()?.parse().map_err(|_| Damaged)?;
    let origin = match (colour, fields.next()) {
        (Colour::White | Colour::Gold, _) | (Colour::Grey, Some("seen")) => Origin::Seen,
        (_, Some("heard")) => Origin::Heard(fields.next().and_then(host)),
        _ => Origin::Heard(None),
    };
    Ok(Some(Line { colour, host: HostEntry { address, last_seen }, origin }))
}

/// A host as it is written.
fn host(text: &str) -> Option<HostKey> {
    let address: Address = format!("quic://{text}:1").parse().ok()?;
    HostKey::of(&address).filter(|host| host.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(colour: Colour, address: &str, last_seen: u64, origin: Origin) -> Line {
        Line { colour, host: HostEntry { address: address.parse().unwrap(), last_seen }, origin }
    }

    fn heard_from(source: &str) -> Origin {
        Origin::Heard(HostKey::of(&source.parse().unwrap()))
    }

    #[test]
    fn a_line_is_colour_address_and_time() {
        let grey = line(Colour::Grey, "tcp://127.0.0.1:42002/", 1_795_333_722, Origin::Heard(None));
        for line in
            ["grey\ttcp://127.0.0.1:42002/\t1795333722", "grey\ttcp://127.0.0.1:42002\t1795333722\tmore\r"]
        {
            assert_eq!(parse(line.as_bytes()), Ok(Some(grey.clone())));
        }
        for line in [
            "grey",
            "grey\ttcp://h:1/",
            "\ttcp://h:1/\t1",
            "pink\ttcp://h:1/\t1",
            "Grey\ttcp://h:1/\t1",
            "grey\t1.2.3.4:1\t1",
            "grey\ttcp://h:1/\t-1",
            "grey\ttcp://h:1/\t18446744073709551616",
            "grey tcp://h:1/ 1",
        ] {
            assert_eq!(parse(line.as_bytes()), Err(Damaged), "{line}");
        }
        assert_eq!(parse(b"grey\ttcp://h:1/\t1\xff"), Err(Damaged));
        assert_eq!(parse(b"\r"), Ok(None));
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.tsv");
        fs::write(&path, "old").unwrap();
        let all = [
            line(Colour::Grey, "tcp://a:1/", 5, heard_from("tcp://[2600::1]:9")),
            line(Colour::Grey, "tcp://b:1/", 6, heard_from("tcp://node.example:9")),
            line(Colour::Grey, "tcp://c:1/", 7, Origin::Seen),
            line(Colour::Dark, "tor://d:1/", 8, Origin::Heard(None)),
            line(Colour::Gold, "quic://e:1", 0, Origin::Seen),
        ];
        write(&path, &all).unwrap();
        let text = "grey\ttcp://a:1/\t5\theard\t[2600::1]\ngrey\ttcp://b:1/\t6\theard\tnode.example\n\
                    grey\ttcp://c:1/\t7\tseen\ndark\ttor://d:1/\t8\ngold\tquic://e:1\t0\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        let lines: Vec<_> = lines(&read(&path).unwrap()).flatten().flatten().collect();
        assert_eq!(lines, all);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn a_source_that_is_none_is_passed_over() {
        for rest in ["", "\theard", "\theard\t", "\theard\ta b", "\theard\th/p", "\tmore\theard\th"] {
            let found = parse(format!("grey\ttcp://a:1/\t5{rest}").as_bytes());
            assert_eq!(found, Ok(Some(line(Colour::Grey, "tcp://a:1/", 5, Origin::Heard(None)))), "{rest}");
        }
    }

    #[test]
    fn nothing_to_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.tsv");
        write(&path, &[]).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn says_which_file_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(error.to_string().starts_with(folder.path().to_str().unwrap()), "{error}");
        let path = folder.path().join("absent/hosts.tsv");
        assert_eq!(read(&path).unwrap(), b"");
        let line = line(Colour::Grey, "tcp://h:1/", 5, Origin::Seen);
        let error = write(&path, &[line]).unwrap_err();
        assert!(matches!(error, HostsError::Write { .. }));
    }
}
