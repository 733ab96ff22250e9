//! The file of the bans: a line a ban, of until, since, times, subject, address or `-`, reason, with tabs between.

use super::bans::Ban;
use super::file::Damaged;
use std::io::{self, Write};

/// The lines of a file; empty ones are nothing.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<Option<Ban>, Damaged>> {
    bytes.split(|byte| *byte == b'\n').map(parse)
}

/// Writes bans as lines.
pub(super) fn write(file: &mut dyn Write, bans: &[Ban]) -> io::Result<()> {
    for Ban { subject, address, reason, since, until, times } in bans {
        let address = address.as_ref().map_or("-", |address| address.as_str());
        writeln!(file, "{until}\t{since}\t{times}\t{subject}\t{address}\t{reason}")?;
    }
    Ok(())
}

fn parse(line: &[u8]) -> Result<Option<Ban>, Damaged> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Ok(None);
    }
    let mut fields = str::from_utf8(line).map_err(|_| Damaged)?.split('\t');
    let mut field = || fields.next().ok_or(Damaged);
    let number = |text: &str| text.parse::<u64>().map_err(|_| Damaged);
    let (until, since) = (number(field()?)?, number(field()?)?);
    let times = field()?.parse().map_err(|_| Damaged)?;
    let subject = field()?.parse().map_err(|_| Damaged)?;
    let address = match field()? {
        "-" => None,
        text => Some(text.parse().map_err(|_| Damaged)?),
    };
    let reason = field()?.to_owned();
    Ok(Some(Ban { subject, address, reason, since, until, times }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let ban = |subject: &str, address: Option<&str>, reason: &str| Ban {
            subject: subject.parse().unwrap(),
            address: address.map(|text| text.parse().unwrap()),
            reason: reason.to_owned(),
            since: 5,
            until: 900,
            times: 3,
        };
        let bans = [
            ban("1.2.3.4", Some("tcp://1.2.3.4:5/"), "noise"),
            ban("1.2.0.0/16", None, ""),
            ban("*.example.org", None, "é"),
        ];
        let mut file = Vec::new();
        write(&mut file, &bans).unwrap();
        let read: Vec<_> =
            lines(&file).collect::<Result<Vec<_>, _>>().unwrap().into_iter().flatten().collect();
        assert_eq!(read, bans);
    }

    #[test]
    fn a_damaged_line_is_noticed() {
        for line in [
            "900\t5\t3\t1.2.3.4\t-",
            "x\t5\t3\t1.2.3.4\t-\treason",
            "900\t5\t-1\t1.2.3.4\t-\treason",
            "900\t5\t3\t1.2.3.4/99\t-\treason",
            "900\t5\t3\t1.2.3.4\tnowhere\treason",
            "900",
        ] {
            assert_eq!(parse(line.as_bytes()), Err(Damaged), "{line}");
        }
        assert_eq!(parse(b"900\t5\t3\t1.2.3.4\t-\t\xff"), Err(Damaged));
        assert_eq!(parse(b"\r"), Ok(None));
    }
}
