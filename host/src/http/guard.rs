//! Who is let in: by the host that was asked for, by the page that asks, by the token.
//!
//! A page of another site can make a browser ask this node, and with a name that it lets mean this machine it would even be
//! of the same origin. So the name has to be one of this node's; numbers cannot be made to mean something else. What changes
//! something or is answered to the page, a WebSocket or a call, has to come from a page of this node, or from no page at all.

use super::answer::quoted;
use crate::settings::HttpSettings;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::http::uri::Authority;
use ring::digest::{SHA256, digest};
use std::net::{IpAddr, Ipv6Addr};
use subtle::ConstantTimeEq;

/// What the value of the cookie is made of, beside the token.
const COOKIE_PURPOSE: &str = "backplane http cookie 1";

/// How long a browser keeps the cookie.
const COOKIE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// Says who is let in.
pub(super) struct Guard {
    hosts: Vec<String>,
    token: Option<Token>,
}

struct Token {
    text: String,
    /// The name of the cookie: two nodes of one machine share their cookies.
    name: String,
    /// Its value, which does not tell the token.
    value: String,
}

/// Why somebody is not let in. Each says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// There is no host in the request, or more than one.
    #[error("The request does not name one host.")]
    NoHost,
    /// The name is not one of this node's.
    #[error("This node does not answer for the host {0}: http.hosts lists the names that it answers for.")]
    Host(String),
    /// A page of another site asks.
    #[error("This node does not answer pages of {0}.")]
    Origin(String),
    /// The token is missing, or another one.
    #[error(
        "This node asks for a token: open /?token=TOKEN once, or send it in the header Authorization: Bearer TOKEN."
    )]
    Token,
}

impl Guard {
    /// As the settings say; `port` is the one that was bound, if there is one.
    pub(super) fn new(settings: &HttpSettings, port: Option<u16>) -> Self {
        let name = |listen: &crate::address::Address| listen.host().map(str::to_owned);
        let hosts = settings.hosts.iter().cloned().chain(settings.listen.as_ref().and_then(name));
        let token = (!settings.token.is_empty()).then(|| Token::new(&settings.token, port));
        Self { hosts: hosts.collect(), token }
    }

    /// The host that was asked for, with its port.
    pub(super) fn host<'a>(&self, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
        let named = only(headers, &header::HOST).ok_or(Refusal::NoHost)?;
        let authority: Authority = named.parse().map_err(|_| Refusal::Host(quoted(named)))?;
        let host = authority.host();
        let is_named = host.eq_ignore_ascii_case("localhost")
            || is_number(host)
            || self.hosts.iter().any(|known| host.eq_ignore_ascii_case(known));
        if is_named && !named.contains('@') { Ok(named) } else { Err(Refusal::Host(quoted(named))) }
    }

    /// Whether no page asks, or one of this node, which was asked as `host`. A proxy in front may speak TLS.
    pub(super) fn origin(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
        if !headers.contains_key(header::ORIGIN) {
            return Ok(());
        }
        let origin = only(headers, &header::ORIGIN).unwrap_or_default();
        let asking = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        let is_own = asking.is_some_and(|asking| asking.eq_ignore_ascii_case(host));
        if is_own { Ok(()) } else { Err(Refusal::Origin(quoted(origin))) }
    }

    /// Whether the token is there, if one is needed: in a header, or as the cookie.
    pub(super) fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(token) = &self.token else { return Ok(()) };
        let bearer = only(headers, &header::AUTHORIZATION).and_then(|value| value.split_once(' '));
        let is_bearer = bearer.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && same(given.trim(), &token.text)
        });
        if is_bearer || cookies(headers, &token.name).any(|given| same(given, &token.value)) {
            Ok(())
        } else {
            Err(Refusal::Token)
        }
    }

    /// The cookie for somebody who knows the token; `None` when none is needed.
    pub(super) fn cookie(&self, given: &str) -> Result<Option<String>, Refusal> {
        match &self.token {
            None => Ok(None),
            Some(token) if same(given, &token.text) => Ok(Some(token.cookie())),
            Some(_) => Err(Refusal::Token),
        }
    }
}

impl Token {
    fn new(text: &str, port: Option<u16>) -> Self {
        let hash = digest(&SHA256, [COOKIE_PURPOSE, text].concat().as_bytes());
        let port = port.map(|port| format!("_{port}")).unwrap_or_default();
        Self { text: text.to_owned(), name: format!("backplane{port}"), value: hex::encode(hash) }
    }

    /// For this site only, and out of reach of the code on its pages.
    fn cookie(&self) -> String {
        let Self { name, value, .. } = self;
        format!("{name}={value}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict")
    }
}

/// The value of a header that is there once, as text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// The values of a cookie: another site of this machine may have set one of the same name.
fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Whether a host is an address in numbers.
fn is_number(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    bare.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok()) || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn guard(token: &str) -> Guard {
        let settings = HttpSettings {
            listen: Some("tcp://node.example:1".parse().unwrap()),
            token: token.to_owned(),
            hosts: vec!["Chat.example".to_owned()],
        };
        Guard::new(&settings, Some(7))
    }

    fn headers(values: &[(HeaderName, &str)]) -> HeaderMap {
        values.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn answers_for_its_own_names_and_for_numbers() {
        let guard = guard("");
        let host = |host: &str| guard.host(&headers(&[(header::HOST, host)])).map(str::to_owned);
        for name in [
            "localhost",
            "LOCALHOST:22280",
            "127.0.0.1",
            "127.0.0.1:22280",
            "[::1]:22280",
            "192.0.2.1:80",
            "chat.example",
            "CHAT.EXAMPLE:1",
            "node.example:1",
        ] {
            assert_eq!(host(name), Ok(name.to_owned()));
        }
        for name in [
            "evil.example",
            "evil.example:22280",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "a@localhost",
            "chat.example.",
            "2130706433.example",
            "[evil]",
            "a b",
        ] {
            assert_eq!(host(name), Err(Refusal::Host(format!("{name:?}"))), "{name}");
        }
        assert_eq!(guard.host(&HeaderMap::new()), Err(Refusal::NoHost));
        let mut two = headers(&[(header::HOST, "localhost")]);
        two.append(header::HOST, "evil.example".parse().unwrap());
        assert_eq!(guard.host(&two), Err(Refusal::NoHost));
    }

    #[test]
    fn pages_of_other_sites_are_not_answered() {
        let origin = |origin: &str| Guard::origin(&headers(&[(header::ORIGIN, origin)]), "localhost:7");
        assert_eq!(Guard::origin(&HeaderMap::new(), "localhost:7"), Ok(()));
        for own in ["http://localhost:7", "https://localhost:7", "http://LOCALHOST:7"] {
            assert_eq!(origin(own), Ok(()));
        }
        for other in
            ["http://localhost:8", "http://localhost", "http://evil.example", "null", "", "ftp://localhost:7"]
        {
            assert_eq!(origin(other), Err(Refusal::Origin(format!("{other:?}"))));
        }
    }

    #[test]
    fn the_token_is_taken_as_a_header_or_as_the_cookie_and_nothing_else_is() {
        let guard = guard(TOKEN);
        let cookie = guard.cookie(TOKEN).unwrap().unwrap();
        for part in ["backplane_7=", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains(TOKEN));
        let value = cookie.split(';').next().unwrap();
        let (other, both) = ("backplane_7=x", format!("a=b; backplane_7=x; {value}"));
        for (name, given, is_known) in [
            (header::AUTHORIZATION, format!("Bearer {TOKEN}"), true),
            (header::AUTHORIZATION, format!("bearer {TOKEN}"), true),
            (header::AUTHORIZATION, TOKEN.to_owned(), false),
            (header::AUTHORIZATION, format!("Basic {TOKEN}"), false),
            (header::AUTHORIZATION, format!("Bearer {TOKEN}0"), false),
            (header::AUTHORIZATION, format!("Bearer {}", &TOKEN[1..]), false),
            (header::COOKIE, value.to_owned(), true),
            (header::COOKIE, both, true),
            (header::COOKIE, other.to_owned(), false),
            (header::COOKIE, format!("backplane_7={TOKEN}"), false),
            (header::COOKIE, value.replace("_7", "_8"), false),
        ] {
            let known = guard.token(&headers(&[(name.clone(), &given)]));
            assert_eq!(known.is_ok(), is_known, "{name}: {given}");
        }
        assert_eq!(guard.token(&HeaderMap::new()), Err(Refusal::Token));
        assert_eq!(guard.cookie("another one"), Err(Refusal::Token));
    }

    #[test]
    fn without_a_token_in_the_settings_none_is_asked_for() {
        assert_eq!(guard("").token(&HeaderMap::new()), Ok(()));
        assert_eq!(guard("").cookie("any"), Ok(None));
    }
}
