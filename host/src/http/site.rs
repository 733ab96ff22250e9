//! Answers one request.

use super::answer::{self, Answer, dress};
use super::call::call;
use super::guard::{Guard, Refusal};
use super::route::{Route, route};
use super::{index, upgrade};
use crate::node::Node;
use crate::plugin::{NoPage, PluginPage};
use crate::rpc::Methods;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use std::sync::Arc;
use url::form_urlencoded;

/// What a request is answered from.
pub(super) struct Site {
    pub(super) guard: Guard,
    pub(super) node: Arc<Node>,
    pub(super) methods: Arc<Methods>,
}

/// Where a connection finds that it becomes a WebSocket.
pub(super) type Upgrade = Mutex<Option<OnUpgrade>>;

impl Site {
    /// The answer to a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, socket: &Upgrade) -> Answer {
        let answered = self.admitted(request, socket).await;
        dress(answered.unwrap_or_else(|refusal| refuse(&refusal)))
    }

    async fn admitted(&self, mut request: Request<Incoming>, socket: &Upgrade) -> Result<Answer, Refusal> {
        let host = self.guard.host(request.headers())?.to_owned();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let route = route(&path);
        if route == Route::Index
            && let Some(token) = given_token(request.uri().query())
        {
            return self.enter(&token);
        }
        self.guard.token(request.headers())?;
        let is_page = method == Method::GET || method == Method::HEAD;
        Ok(match route {
            Route::Rpc if method == Method::POST => {
                Guard::origin(request.headers(), &host)?;
                call(request, &self.methods).await
            }
            Route::Rpc if method == Method::GET => {
                Guard::origin(request.headers(), &host)?;
                upgrade::accept(request.headers()).map_or_else(
                    |refused| refused,
                    |accepted| {
                        *socket.lock() = Some(hyper::upgrade::on(&mut request));
                        accepted
                    },
                )
            }
            Route::Rpc => answer::not_allowed("GET, POST"),
            _ if !is_page => answer::not_allowed("GET, HEAD"),
            Route::Index => self.index(),
            Route::Plugin(plugin) => self.folder(plugin),
            Route::Page { plugin, path } => match self.node.plugins().page(plugin, &path) {
                Ok(page) => show(&page, request.headers()),
                Err(reason) => missing(&reason),
            },
        })
    }

    /// Remembers that the browser knows the token, and takes it out of its address.
    fn enter(&self, token: &str) -> Result<Answer, Refusal> {
        let mut answer = answer::redirect("/");
        if let Some(cookie) = self.guard.cookie(token)? {
            answer::set(answer.headers_mut(), header::SET_COOKIE, &cookie);
        }
        Ok(answer)
    }

    /// The only plug-in that has pages and runs, or a list.
    fn index(&self) -> Answer {
        let fronts = self.node.plugins().fronts();
        match &fronts[..] {
            [only] if only.idle.is_none() => answer::redirect(&format!("/{}/", only.name)),
            _ => answer::of(StatusCode::OK, "text/html; charset=utf-8", index::page(&fronts)),
        }
    }

    fn folder(&self, plugin: &str) -> Answer {
        match self.node.plugins().page(plugin, "index.html") {
            Ok(_) => answer::redirect(&format!("/{plugin}/")),
            Err(reason) => missing(&reason),
        }
    }
}

/// A page, or that the browser has it already.
fn show(page: &PluginPage, headers: &HeaderMap) -> Answer {
    let tag = format!("\"{}\"", page.hash);
    let is_known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known = is_known.flat_map(|tags| tags.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.trim_start_matches("W/") == tag
    });
    let mut answer = if is_known {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let mut answer = Response::new(Full::new(Bytes::from_static(page.content)));
        answer::set(answer.headers_mut(), header::CONTENT_TYPE, page.media_type);
        answer
    };
    answer::set(answer.headers_mut(), header::ETAG, &tag);
    // It is asked for each time whether it is still the same: the plug-in may have been replaced.
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

fn missing(reason: &NoPage) -> Answer {
    let text = reason.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let sentence: String = first.into_iter().flatten().chain(letters).collect();
    answer::say(StatusCode::NOT_FOUND, &format!("{sentence}."))
}

fn refuse(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::NoHost => StatusCode::BAD_REQUEST,
        Refusal::Host(_) | Refusal::Origin(_) => StatusCode::FORBIDDEN,
        Refusal::Token => StatusCode::UNAUTHORIZED,
    };
    let mut answer = answer::say(status, &refusal.to_string());
    if *refusal == Refusal::Token {
        let scheme = HeaderValue::from_static("Bearer realm=\"backplane\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    answer
}

/// The token in the query of an address.
fn given_token(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(key, _)| key == "token").map(|(_, token)| token.into_owned())
}
