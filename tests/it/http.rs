//! What browsers get of a node: pages of plug-ins, and JSON-RPC over WebSockets.

use backplane_tests::configured::Configured;
use backplane_tests::http::{Answer, Browser};
use backplane_tests::node::Dirs;
use backplane_tests::wait::{eventually_some, within};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

const FRONT: &[&str] = &["backplane_front", "backplane_echo"];
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A node that answers browsers, with more in its section.
async fn started(more: &str) -> (Configured, Browser) {
    let configuration = format!("[http]\nlisten = 'tcp://127.0.0.1:0'\n{more}");
    let mut node = Configured::start(Dirs::with(FRONT), &configuration).await;
    let address = node.program.logs_address("http listens").await;
    let browser = Browser::at(&address);
    let line = node.program.has_logged("http listens").await;
    assert!(line.contains(&format!("url=\"http://{}/\"", browser.authority())), "{line}");
    (node, browser)
}

fn page(path: &str) -> String {
    fs::read_to_string(format!("{}/fixtures/front/page/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn request(method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "method": method, "params": params, "id": 7}).to_string()
}

/// What every answer says.
fn is_dressed(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("access-control-allow-origin", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {answer:?}");
    }
}

#[tokio::test]
async fn pages_are_served_with_their_types_and_again_only_when_they_changed() {
    let (_node, browser) = started("").await;
    // The only one that there is.
    let index = browser.get("/").await;
    assert_eq!((index.status, index.header("location")), (302, "/front/"));
    assert_eq!(browser.get("/front").await.header("location"), "/front/");
    for (path, file, media_type) in [
        ("/front/", "index.html", "text/html; charset=utf-8"),
        ("/front/index.html", "index.html", "text/html; charset=utf-8"),
        ("/front/style.css", "style.css", "text/css; charset=utf-8"),
        ("/front/lib/front.js", "lib/front.js", "text/javascript; charset=utf-8"),
        ("/front/style.css?version=2", "style.css", "text/css; charset=utf-8"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type), "{path}");
        assert_eq!(answer.body, page(file), "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        is_dressed(&answer);

        let tag = answer.header("etag").to_owned();
        assert!(tag.len() > 10 && tag.starts_with('"'), "{tag}");
        for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}")] {
            let again = browser.ask("GET", path, &[("If-None-Match", &known)], "").await;
            assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag.as_str()));
            is_dressed(&again);
        }
        let changed = browser.ask("GET", path, &[("If-None-Match", "\"other\"")], "").await;
        assert_eq!(changed.status, 200);
        let head = browser.ask("HEAD", path, &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert_eq!(head.header("content-length"), page(file).len().to_string());
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_is_answered_with_a_sentence() {
    let (_node, browser) = started("").await;
    for (method, path, status, sentence) in [
        ("GET", "/nothing/", 404, "This node has no plug-in \"nothing\".\n"),
        ("GET", "/favicon.ico", 404, "This node has no plug-in \"favicon.ico\".\n"),
        ("GET", "/front/nothing.js", 404, "The plug-in front has no page \"nothing.js\".\n"),
        ("GET", "/front/../front/style.css", 404, "The plug-in front has no page \"../front/style.css\".\n"),
        ("GET", "/front/%73tyle.css", 404, "The plug-in front has no page \"%73tyle.css\".\n"),
        ("GET", "/echo/", 404, "The plug-in echo has no page \"index.html\".\n"),
        ("POST", "/front/", 405, "Only GET, HEAD can be answered here.\n"),
        ("DELETE", "/rpc", 405, "Only GET, POST can be answered here.\n"),
        ("OPTIONS", "/rpc", 405, "Only GET, POST can be answered here.\n"),
        (
            "GET",
            "/rpc",
            426,
            "JSON-RPC is answered here over a WebSocket of version 13, or as the body of a POST.\n",
        ),
        ("POST", "/rpc", 415, "The body has to be JSON, with the header Content-Type: application/json.\n"),
    ] {
        let answer = browser.ask(method, path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, sentence), "{method} {path}");
        is_dressed(&answer);
    }
    let answer = browser.ask("PUT", "/front/", &[], "").await;
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn a_plugin_that_is_disabled_has_no_pages_until_it_runs_again() {
    let (mut node, browser) = started("").await;
    assert_eq!(node.rpc.call("plugin.disable", json!(["front"])).await, Ok(json!(true)));
    let answer = browser.get("/front/").await;
    let sentence = "The plug-in front is disabled: its protocols have been withdrawn.\n";
    assert_eq!((answer.status, answer.body.as_str()), (404, sentence));
    let list = browser.get("/").await;
    assert_eq!((list.status, list.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(list.body.contains("<li>front: A plug-in that programs watch (disabled: "), "{}", list.body);
    assert_eq!(node.rpc.call("plugin.enable", json!(["front"])).await, Ok(json!(true)));
    assert_eq!(browser.get("/front/").await.status, 200);
}

#[tokio::test]
async fn other_hosts_and_pages_of_other_sites_are_refused() {
    let (_node, browser) = started("hosts = ['chat.example']\n").await;
    let ping = request("ping", &json!([]));
    let own = browser.authority();
    let port = own.split_once(':').unwrap().1.to_owned();
    for (host, status) in [
        ("evil.example".to_owned(), 403),
        (format!("evil.example:{port}"), 403),
        (format!("localhost.evil.example:{port}"), 403),
        ("chat.example".to_owned(), 200),
        (format!("localhost:{port}"), 200),
        (format!("[::1]:{port}"), 200),
    ] {
        let answer = browser.ask("GET", "/front/", &[("Host", &host)], "").await;
        assert_eq!(answer.status, status, "{host}");
        is_dressed(&answer);
        let called = browser.ask("POST", "/rpc", &[("Host", &host), JSON], &ping).await;
        assert_eq!(called.status, status, "{host}");
    }
    let nameless = browser.say("GET /front/ HTTP/1.0\r\n\r\n").await;
    assert_eq!(Answer::of(&nameless).status, 400);

    let own_page = format!("http://{own}");
    for (origin, allowed) in [
        (own_page.as_str(), true),
        ("http://evil.example", false),
        ("null", false),
        ("http://127.0.0.1:1", false),
    ] {
        let called = browser.ask("POST", "/rpc", &[("Origin", origin), JSON], &ping).await;
        assert_eq!(called.status, if allowed { 200 } else { 403 }, "{origin}");
        let socket = browser.socket(&[("Origin", origin)]).await.map(|_| ());
        assert_eq!(socket, if allowed { Ok(()) } else { Err(403) }, "{origin}");
    }
    // A form of another site, in a browser that tells of no origin.
    let form = [("Content-Type", "text/plain")];
    assert_eq!(browser.ask("POST", "/rpc", &form, &ping).await.status, 415);
    assert!(browser.socket(&[]).await.is_ok(), "a program that is no browser");
}

#[tokio::test]
async fn a_token_is_needed_and_taken_as_a_header_or_as_the_cookie_that_it_is_changed_for() {
    let token = "a+token/that=is%long";
    let (_node, browser) = started(&format!("token = '{token}'\n")).await;
    let ping = request("ping", &json!([]));
    for path in ["/", "/front/", "/nothing/"] {
        let answer = browser.get(path).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"backplane\""));
        assert!(answer.body.contains("open /?token=TOKEN once"), "{}", answer.body);
        is_dressed(&answer);
    }
    assert_eq!(browser.ask("POST", "/rpc", &[JSON], &ping).await.status, 401);
    assert_eq!(browser.socket(&[]).await.map(|_| ()), Err(401));
    assert_eq!(browser.get("/?token=another").await.status, 401);
    // Its own page does not help somebody who does not know it.
    let origin = format!("http://{}", browser.authority());
    assert_eq!(browser.socket(&[("Origin", &origin)]).await.map(|_| ()), Err(401));

    let bearer = format!("Bearer {token}");
    let entered = browser.get("/?token=a%2Btoken%2Fthat%3Dis%25long").await;
    assert_eq!((entered.status, entered.header("location")), (302, "/"));
    let cookie = entered.header("set-cookie").to_owned();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("token/that"), "the cookie does not tell the token");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    for known in [("Authorization", bearer.as_str()), ("Cookie", cookie.as_str())] {
        assert_eq!(browser.ask("GET", "/front/", &[known], "").await.status, 200, "{known:?}");
        assert_eq!(browser.ask("POST", "/rpc", &[known, JSON], &ping).await.status, 200, "{known:?}");
        let mut socket = browser.socket(&[known, ("Origin", &origin)]).await.unwrap();
        assert_eq!(socket.call("ping", json!([])).await, Ok(json!("pong")));
    }
}

#[tokio::test]
async fn calls_are_answered_by_post_as_over_lines() {
    let (_node, browser) = started("").await;
    let post = async |body: &str| browser.ask("POST", "/rpc", &[JSON], body).await;
    let answer = post(&request("ping", &json!([]))).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    is_dressed(&answer);
    let reply = |answer: &Answer| serde_json::from_str::<Value>(&answer.body).unwrap();
    assert_eq!(reply(&answer), json!({"jsonrpc": "2.0", "result": "pong", "id": 7}));
    assert_eq!(reply(&post("{").await)["error"]["code"], json!(-32700));
    assert_eq!(reply(&post("[]").await)["error"]["code"], json!(-32600));
    let batch = format!("[{0}, {0}]", request("ping", &json!([])));
    assert_eq!(reply(&post(&batch).await).as_array().unwrap().len(), 2);
    let stream = reply(&post(&request("events.subscribe", &json!([]))).await);
    assert!(stream["error"]["data"].as_str().unwrap().contains("answers with a stream"), "{stream}");
    let notified = post(r#"{"jsonrpc": "2.0", "method": "ping"}"#).await;
    assert_eq!((notified.status, notified.body.as_str()), (204, ""));
    let long = post(&" ".repeat((1 << 20) + 1)).await;
    assert_eq!((long.status, long.body.as_str()), (413, "The body may have 1048576 bytes.\n"));
    let fits = format!("{}{}", request("ping", &json!([])), " ".repeat((1 << 20) - 100));
    assert_eq!(post(&fits).await.status, 200);
}

#[tokio::test]
async fn a_websocket_is_a_client_like_any_other_and_is_told_events() {
    let (mut node, browser) = started("").await;
    let mut socket = browser.socket(&[]).await.unwrap();
    assert_eq!(socket.call("ping", json!([])).await, Ok(json!("pong")));
    // White space may hold the end of a line.
    socket.say("{\"jsonrpc\": \"2.0\",\r\n\"method\": \"ping\", \"id\": \"a\"}".to_owned()).await;
    assert_eq!(socket.next().await, json!({"jsonrpc": "2.0", "result": "pong", "id": "a"}));
    for nonsense in ["", "nonsense", "{\"jsonrpc\": \"2.0\"", "[1,"] {
        socket.say(nonsense.to_owned()).await;
        assert_eq!(socket.next().await["error"]["code"], json!(-32700), "{nonsense:?}");
    }
    socket.send("events.subscribe", json!(["front"])).await;
    assert_eq!(socket.notified("events.subscribe").await, json!({"event": "subscribed"}));
    for number in 0..3 {
        assert_eq!(node.rpc.call("front.tell", json!(["a", number])).await, Ok(json!(true)));
    }
    assert_eq!(socket.call("front.tell", json!(["b", {"text": "ünïcode \u{1f600}"}])).await, Ok(json!(true)));
    for number in 0..3 {
        let told = json!({"event": "front.a", "data": number});
        assert_eq!(socket.notified("events.subscribe").await, told);
    }
    assert_eq!(socket.notified("events.subscribe").await["data"]["text"], json!("ünïcode \u{1f600}"));
    let streams = (1..8).map(|_| ("events.subscribe", json!(["front"])));
    for (method, params) in streams {
        socket.send(method, params).await;
        assert_eq!(socket.next().await["params"][0]["event"], json!("subscribed"));
    }
    let refused = socket.call("events.subscribe", json!([])).await.unwrap_err();
    assert_eq!(refused["data"], json!("a client has at most 8 streams"));
    socket.close().await;
}

#[tokio::test]
async fn a_message_that_is_too_long_is_told_and_ends_only_its_own_socket() {
    let (_node, browser) = started("").await;
    let mut other = browser.socket(&[]).await.unwrap();
    let mut socket = browser.socket(&[]).await.unwrap();
    socket.say(" ".repeat((1 << 20) + 1)).await;
    let refused = socket.next().await;
    assert_eq!(refused["error"]["data"], json!("a line holds at most 1048576 bytes"));
    assert_eq!(socket.closed().await, CloseCode::Size);
    assert_eq!(other.call("ping", json!([])).await, Ok(json!("pong")));
    let ping = request("ping", &json!([]));
    let filler = " ".repeat((1 << 20) - ping.len());
    other.say(ping + &filler).await;
    assert_eq!(other.next().await["result"], json!("pong"));
}

#[tokio::test]
async fn heads_that_are_too_long_are_refused() {
    let (_node, browser) = started("").await;
    let long = browser.ask("GET", "/front/", &[("X-Long", &"x".repeat(32 * 1024))], "").await;
    assert_eq!(long.status, 431);
    let many: Vec<_> = (0..100).map(|_| ("X-Many", "x")).collect();
    assert_eq!(browser.ask("GET", "/front/", &many, "").await.status, 431);
    assert_eq!(Answer::of(&browser.say("nonsense\r\n\r\n").await).status, 400);
    assert_eq!(browser.get("/front/").await.status, 200);
}

#[tokio::test]
async fn clients_that_say_nothing_are_bounded_in_number_and_others_are_told() {
    let (_node, browser) = started("").await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        let mut stream = browser.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        silent.push(stream);
    }
    // They are accepted in their order, so the next one is above the limit.
    let mut surplus = browser.connect().await;
    let mut told = String::new();
    within("the refusal", surplus.read_to_string(&mut told)).await.unwrap();
    let told = Answer::of(&told);
    assert_eq!((told.status, told.body.as_str()), (503, "This node has no room for more clients."));
    drop(silent);
    eventually_some("room for a client", async || {
        let mut stream = browser.connect().await;
        let asked =
            format!("GET /front/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", browser.authority());
        // One that is refused may be closed while it is written to.
        let _ = stream.write_all(asked.as_bytes()).await;
        let mut heard = String::new();
        let _ = stream.read_to_string(&mut heard).await;
        (heard.contains(" 200 OK")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_signal_stops_the_node_in_order_while_sockets_are_open() {
    let (mut node, browser) = started("").await;
    let mut socket = browser.socket(&[]).await.unwrap();
    socket.send("events.subscribe", json!([])).await;
    assert_eq!(socket.notified("events.subscribe").await, json!({"event": "subscribed"}));
    // Half of a request, and a connection that waits for the next one.
    let mut half = browser.connect().await;
    half.write_all(b"GET /front/ HTTP/1.1\r\nHost: ").await.unwrap();
    let _idle = browser.connect().await;
    node.program.signal("TERM").await;
    assert_eq!(socket.closed().await, CloseCode::Away);
    for step in ["plug-in stopped", "the node has stopped"] {
        node.program.logs(step).await;
    }
    assert_eq!(node.program.ended().await.code(), Some(0));
    let log = node.program.log().join("\n");
    assert!(!log.contains("did not take their replies in time"), "{log}");
}

#[tokio::test]
async fn a_unix_socket_is_its_owners_only() {
    let dirs = Dirs::with(FRONT);
    let path = dirs.data.path().join("http.sock");
    let configuration = format!("[http]\nlisten = 'unix://{}'\n", path.display());
    let mut node = Configured::start(dirs, &configuration).await;
    node.program.has_logged("http listens").await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"GET /front/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut heard = String::new();
    within("the page", stream.read_to_string(&mut heard)).await.unwrap();
    assert_eq!(Answer::of(&heard).body, page("index.html"));
    node.program.signal("TERM").await;
    node.program.logs("the node has stopped").await;
    assert_eq!(node.program.ended().await.code(), Some(0));
    assert!(!path.exists());
}
