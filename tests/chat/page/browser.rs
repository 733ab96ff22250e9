//! A headless Chromium, driven through ChromeDriver: the parts of WebDriver that a test of a page needs.

use backplane_tests::wait::{eventually_some, within};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::TcpStream as BlockingStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// What an element is called in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// WebDriver's names of keys that write nothing.
pub(super) const ENTER: &str = "\u{e007}";
pub(super) const SHIFT: &str = "\u{e008}";
pub(super) const CONTROL: &str = "\u{e009}";
pub(super) const ALT: &str = "\u{e00a}";
pub(super) const ESCAPE: &str = "\u{e00c}";
pub(super) const END: &str = "\u{e010}";
pub(super) const UP: &str = "\u{e013}";
pub(super) const DOWN: &str = "\u{e015}";
pub(super) const DELETE: &str = "\u{e017}";
pub(super) const F6: &str = "\u{e036}";

/// A browser with one window. It ends with its driver when dropped.
#[derive(Debug)]
pub(super) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    // Removed when the browser is gone.
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser of 1280 by 800 points.
    pub(super) async fn start() -> Self {
        let profile = tempfile::tempdir().expect("the system has a folder for temporary files");
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is installed: apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().expect("the output was piped")).lines();
        let port = within("chromedriver's port", async {
            while let Some(line) = lines.next_line().await.expect("chromedriver writes text") {
                let port =
                    line.split_once("successfully on port ").map(|(_, rest)| rest.trim_end_matches('.'));
                if let Some(port) = port {
                    return port.parse().expect("a port is a number");
                }
            }
            panic!("chromedriver ended before it listened")
        })
        .await;
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let answer = browser.request("POST", "/session", Some(browser.wishes())).await;
        let answer = answer.unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        browser.session = answer["sessionId"].as_str().expect("a session has an id").to_owned();
        browser
    }

    fn wishes(&self) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--window-size=1280,800",
            "--lang=en-GB",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            // It asks nobody but this machine.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            &profile,
        ];
        json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}})
    }

    /// Goes to an address.
    pub(super) async fn open(&self, url: &str) {
        self.command("POST", "/url", Some(json!({"url": url}))).await;
    }

    /// Loads the page again.
    pub(super) async fn reload(&self) {
        self.command("POST", "/refresh", Some(json!({}))).await;
    }

    /// What a script returns; it finds `arguments` in an array of that name.
    pub(super) async fn run(&self, script: &str, arguments: Value) -> Value {
        self.command("POST", "/execute/sync", Some(json!({"script": script, "args": arguments}))).await
    }

    /// What a script hands to its last argument, a function.
    pub(super) async fn run_async(&self, script: &str, arguments: Value) -> Value {
        self.command("POST", "/execute/async", Some(json!({"script": script, "args": arguments}))).await
    }

    /// Waits until an expression is neither false nor empty, and returns what it is.
    pub(super) async fn until(&self, what: &str, expression: &str, arguments: Value) -> Value {
        let script = format!("return {expression}");
        eventually_some(what, async || {
            let value = self.run(&script, arguments.clone()).await;
            let is_there = !matches!(value, Value::Null | Value::Bool(false)) && value != json!("");
            is_there.then_some(value)
        })
        .await
    }

    /// Waits until an element is shown.
    pub(super) async fn shows(&self, selector: &str) {
        let expression = "document.querySelector(arguments[0])?.checkVisibility()";
        self.until(selector, expression, json!([selector])).await;
    }

    /// Waits until an element is shown that has this text in it.
    pub(super) async fn shows_text(&self, selector: &str, text: &str) {
        let expression = "[...document.querySelectorAll(arguments[0])]
            .some((one) => one.checkVisibility() && one.textContent.includes(arguments[1]))";
        self.until(&format!("{selector} with {text:?}"), expression, json!([selector, text])).await;
    }

    /// Waits until no element that a selector finds is shown.
    pub(super) async fn hides(&self, selector: &str) {
        let expression = "![...document.querySelectorAll(arguments[0])].some((one) => one.checkVisibility())";
        self.until(&format!("no {selector}"), expression, json!([selector])).await;
    }

    /// Waits until an element is shown whose label for a screen reader is this.
    pub(super) async fn shows_label(&self, selector: &str, label: &str) {
        let expression = "[...document.querySelectorAll(arguments[0])]
            .some((one) => one.checkVisibility() && one.getAttribute('aria-label') === arguments[1])";
        self.until(&format!("{selector} with the label {label:?}"), expression, json!([selector, label]))
            .await;
    }

    /// Waits until a text is nowhere on the page.
    pub(super) async fn has_no_text(&self, text: &str) {
        let expression = "!document.getElementById('app').textContent.includes(arguments[0])";
        self.until(&format!("no {text:?}"), expression, json!([text])).await;
    }

    /// The texts of all elements that a selector finds.
    pub(super) async fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)";
        serde_json::from_value(self.run(script, json!([selector])).await).expect("they are texts")
    }

    /// Clicks on an element as a person would: it has to be shown, with nothing above it.
    pub(super) async fn click(&self, selector: &str) {
        self.shows(selector).await;
        eventually_some(&format!("a click on {selector}"), async || {
            let body = json!({"using": "css selector", "value": selector});
            let found = self.try_command("POST", "/element", Some(body)).await.ok()?;
            let id = found[ELEMENT].as_str()?.to_owned();
            self.try_command("POST", &format!("/element/{id}/click"), Some(json!({}))).await.ok()
        })
        .await;
    }

    /// Clicks on the first element that has this text in it.
    pub(super) async fn click_text(&self, selector: &str, text: &str) {
        self.shows_text(selector, text).await;
        let script = "[...document.querySelectorAll(arguments[0])]
            .find((one) => one.checkVisibility() && one.textContent.includes(arguments[1])).click()";
        self.run(script, json!([selector, text])).await;
    }

    /// Writes into a field, over what is in it.
    pub(super) async fn fill(&self, selector: &str, text: &str) {
        self.click(selector).await;
        self.run("document.activeElement.select()", json!([])).await;
        self.write(text).await;
    }

    /// Opens a room by the list of rooms, wherever it is.
    pub(super) async fn enter(&self, room: &str) {
        let name = room.trim_start_matches('#');
        self.click_text(".room", name).await;
        self.shows_text("#room-name", name).await;
        self.shows("#messages[aria-busy=false]").await;
    }

    /// Writes a message and sends it.
    pub(super) async fn say(&self, text: &str) {
        self.click("#composer-text").await;
        self.write(text).await;
        self.press(&[ENTER]).await;
    }

    /// Puts the focus on the message with this text, as the arrow keys do.
    pub(super) async fn focus_message(&self, text: &str) {
        self.shows_text(".row[data-id]", text).await;
        let script = "[...document.querySelectorAll('.row[data-id]')].find((one) => one.querySelector('.text, q')?.textContent.startsWith(arguments[0])).focus()";
        self.run(script, json!([text])).await;
    }

    /// Writes with the keyboard where the focus is.
    pub(super) async fn write(&self, text: &str) {
        let keys: Vec<_> = text
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        self.act(keys).await;
    }

    /// Presses keys together, such as control and a letter.
    pub(super) async fn press(&self, keys: &[&str]) {
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
        self.act(down.chain(up).collect()).await;
    }

    async fn act(&self, keys: Vec<Value>) {
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": keys}]});
        self.command("POST", "/actions", Some(actions)).await;
    }

    /// The width and height of the page, and whether it is a phone's.
    pub(super) async fn size(&self, width: u32, height: u32, phone: bool) {
        let scale = if phone { 2 } else { 1 };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Says that the system is dark, or light.
    pub(super) async fn system_is(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// A PNG of what is shown, in base 64.
    pub(super) async fn picture(&self) -> String {
        self.command("GET", "/screenshot", None).await.as_str().expect("a picture is text").to_owned()
    }

    /// What went wrong on the page since the last time: errors of scripts, breaches of the content security policy, and a dialog
    /// that is open. That a node could not be reached isn't the page's fault.
    pub(super) async fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Ok(text) = self.try_command("GET", "/alert/text", None).await {
            problems.push(format!("a dialog says {text}"));
        }
        let log = self.command("POST", "/se/log", Some(json!({"type": "browser"}))).await;
        for entry in log.as_array().into_iter().flatten() {
            let message = entry["message"].as_str().unwrap_or_default();
            let is_bad = entry["level"] == "SEVERE" || entry["level"] == "WARNING";
            if is_bad && !message.contains("WebSocket connection to") {
                problems.push(format!("{} {message}", entry["source"]));
            }
        }
        problems
    }

    async fn devtools(&self, command: &str, params: Value) {
        self.command("POST", "/goog/cdp/execute", Some(json!({"cmd": command, "params": params}))).await;
    }

    async fn command(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.try_command(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    async fn try_command(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        self.request(method, &format!("/session/{}{path}", self.session), body).await
    }

    /// One request over a connection of its own; the value of the answer, or the words of the error.
    async fn request(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let request = http(method, path, self.port, body);
        let mut answer = within(&format!("chromedriver's answer to {method} {path}"), async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(request.as_bytes()).await?;
            read(&mut stream).await
        })
        .await
        .map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }
}

/// The JSON of an answer, whose head says how long it is: the driver closes no connection by itself.
async fn read(stream: &mut TcpStream) -> io::Result<Value> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            // The first line.
            None => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    serde_json::from_slice(&body).map_err(io::Error::other)
}

fn http(method: &str, path: &str, port: u16, body: Option<Value>) -> String {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Browser {
    /// A request where nothing can wait: what came back, as far as it did.
    fn request_now(&self, method: &str, path: &str) -> io::Result<String> {
        let mut stream = BlockingStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let path = format!("/session/{}{path}", self.session);
        stream.write_all(http(method, &path, self.port, None).as_bytes())?;
        let (mut answer, mut part) = (Vec::new(), [0; 65536]);
        while !answer.ends_with(b"}") {
            match stream.read(&mut part)? {
                0 => break,
                length => answer.extend_from_slice(&part[..length]),
            }
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Keeps a picture of the page of a test that failed.
    fn leave_picture(&self) -> Option<PathBuf> {
        let answer = self.request_now("GET", "/screenshot").ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let value: Value = serde_json::from_str(body).ok()?;
        let png = STANDARD.decode(value["value"].as_str()?).ok()?;
        let path = std::env::temp_dir().join(format!("backplane-page-{}.png", self.session));
        std::fs::write(&path, png).ok()?;
        Some(path)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(path) = self.leave_picture()
        {
            eprintln!("the page looked like this: {}", path.display());
        }
        // Killed alone, the driver would leave its browser behind.
        drop(self.request_now("DELETE", ""));
        drop(self.driver.start_kill());
    }
}
