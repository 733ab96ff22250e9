//! The reading of an address: from any text to the one text that stands for it.

use super::{Address, AddressError};
use url::{Host, Position, Url};

/// Schemes of this network whose URLs are normalised as those of the web are (*special* in the URL standard).
const SPECIAL: [&str; 8] = ["tcp", "tcp+tls", "tor", "tor+tls", "socks5", "socks5+tls", "nym", "nym+tls"];

/// Reads an address, with `edit` applied before it is written down.
pub(super) fn read(text: &str, edit: impl Fn(&mut Url)) -> Result<Address, AddressError> {
    let text = without_blanks(text);
    let (scheme, rest) = split_scheme(&text).ok_or(AddressError::NoScheme)?;
    let read = |text: &str| {
        let mut url = Url::parse(text)?;
        edit(&mut url);
        Ok::<_, AddressError>(url)
    };
    if !SPECIAL.contains(&scheme.as_str()) {
        return Ok(write(&scheme, &read(&text)?));
    }
    // The parser knows the special schemes of the web only, so one of them stands in. It drops its default port:
    // two with different defaults do not drop the same one.
    let mut url = read(&format!("http{rest}"))?;
    if url.port().is_none() {
        url = read(&format!("https{rest}"))?;
    }
    Ok(write(&scheme, &url))
}

/// The text as a URL parser sees it: trimmed, without tabs and line ends.
fn without_blanks(text: &str) -> String {
    let trimmed = text.trim_matches(|c| c <= ' ');
    trimmed.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect()
}

/// The scheme in lower case, with what follows it from the colon on.
fn split_scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_at(text.find(':')?);
    let begins_right = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on_right = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (begins_right && goes_on_right).then(|| (scheme.to_ascii_lowercase(), rest))
}

/// Writes the address down under its own scheme, and notes where its parts lie.
fn write(scheme: &str, url: &Url) -> Address {
    let text = format!("{scheme}{}", &url[Position::AfterScheme..]);
    // Counted from the end, since a stand-in's scheme may have another length.
    let at = |position: Position| text.len() - url[position..].len();
    Address {
        scheme_end: scheme.len(),
        host: url.host_str().map(|_| at(Position::BeforeHost)..at(Position::AfterHost)),
        ip: match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            _ => None,
        },
        port: url.port(),
        path: at(Position::BeforePath)..at(Position::AfterPath),
        text: text.into(),
    }
}
