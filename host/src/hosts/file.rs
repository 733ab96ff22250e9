//! The file of the address book: a line an address, of colour, address, last_seen, with tabs between.

use super::{Colour, HostEntry, HostsError, replace::replace};
use std::{
    fs::File,
    io::{self, Read, Write},
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

/// A line as it was read; empty lines are nothing.
pub(super) type Line = Result<Option<(Colour, HostEntry)>, Damaged>;

/// Reads a file. No file is an empty file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, HostsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(HostsError::Read { path: path.to_owned(), source }),
    }
}

/// The lines of a file.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    bytes.split(|byte| *byte == b'\n').map(parse)
}

/// Writes the lists to a file aside, which then takes the place of the old one. Without any address the old one stays.
pub(super) fn write(path: &Path, lists: &[(Colour, Vec<HostEntry>)]) -> Result<(), HostsError> {
    if lists.iter().all(|(_, list)| list.is_empty()) {
        return Ok(());
    }
    replace(path, |file| write_lists(file, lists))
        .map_err(|source| HostsError::Write { path: path.to_owned(), source })
}

fn parse(line: &[u8]) -> Line {
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
    Ok(Some((colour, HostEntry { address, last_seen })))
}

fn write_lists(file: &mut dyn Write, lists: &[(Colour, Vec<HostEntry>)]) -> io::Result<()> {
    for (colour, list) in lists {
        for host in list {
            writeln!(file, "{}\t{}\t{}", colour.name(), host.address, host.last_seen)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn host(address: &str, last_seen: u64) -> HostEntry {
        HostEntry { address: address.parse().unwrap(), last_seen }
    }

    #[test]
    fn a_line_is_colour_address_and_time() {
        let grey = host("tcp://127.0.0.1:42002/", 1_795_333_722);
        for line in
            ["grey\ttcp://127.0.0.1:42002/\t1795333722", "grey\ttcp://127.0.0.1:42002\t1795333722\tmore\r"]
        {
            assert_eq!(parse(line.as_bytes()), Ok(Some((Colour::Grey, grey.clone()))));
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
        let lists =
            [(Colour::Grey, vec![host("tcp://h:1/", 5)]), (Colour::Gold, vec![host("quic://h:1", 0)])];
        write(&path, &lists).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "grey\ttcp://h:1/\t5\ngold\tquic://h:1\t0\n");
        let lines: Vec<_> = lines(&read(&path).unwrap()).flatten().flatten().collect();
        assert_eq!(lines, [(Colour::Grey, host("tcp://h:1/", 5)), (Colour::Gold, host("quic://h:1", 0))]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn nothing_to_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.tsv");
        write(&path, &[(Colour::Grey, Vec::new())]).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn says_which_file_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(error.to_string().starts_with(folder.path().to_str().unwrap()), "{error}");
        let path = folder.path().join("absent/hosts.tsv");
        assert_eq!(read(&path).unwrap(), b"");
        let error = write(&path, &[(Colour::Grey, vec![host("tcp://h:1/", 5)])]).unwrap_err();
        assert!(matches!(error, HostsError::Write { .. }));
    }
}
