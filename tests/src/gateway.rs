//! A gateway that speaks UPnP, as small as one can be, and remembers which ports are open.

use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// The address that peers outside see.
pub const EXTERNAL: &str = "1.2.3.4";

const SERVICE: &str = "urn:schemas-upnp-org:service:WANIPConnection:1";

/// A running gateway. It ends when it is dropped.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    open: Arc<Mutex<BTreeSet<String>>>,
    _tasks: JoinSet<()>,
}

impl Gateway {
    /// Starts a gateway on this machine.
    ///
    /// # Panics
    ///
    /// When this machine gives no port.
    pub async fn start() -> Self {
        let search = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let at = control.local_addr().expect("a bound socket has an address");
        let address = search.local_addr().expect("a bound socket has an address");
        let open = Arc::new(Mutex::new(BTreeSet::new()));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let answer =
                format!("HTTP/1.1 200 OK\r\nST: {SERVICE}\r\nLOCATION: http://{at}/device.xml\r\n\r\n");
            let mut asked = [0; 2048];
            while let Ok((_, from)) = search.recv_from(&mut asked).await {
                // Whoever asked may be gone.
                let _ = search.send_to(answer.as_bytes(), from).await;
            }
        });
        let ports = Arc::clone(&open);
        tasks.spawn(async move {
            while let Ok((client, _)) = control.accept().await {
                // A client that breaks off is no concern of the gateway.
                let _ = serve(client, &ports).await;
            }
        });
        Self { address, open, _tasks: tasks }
    }

    /// Where it is asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ports that are open, each with its protocol, such as `TCP 26661`.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        self.open.lock().iter().cloned().collect()
    }
}

async fn serve(mut client: TcpStream, open: &Mutex<BTreeSet<String>>) -> io::Result<()> {
    let request = read(&mut client).await?;
    let body = match request.split_whitespace().nth(1) {
        Some("/device.xml") => format!(
            "<root><device><serviceList><service><serviceType>{SERVICE}</serviceType>\
             <SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL></service></serviceList></device></root>"
        ),
        Some("/scpd.xml") => scpd(),
        _ => control(&request, open),
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.write_all(format!("{head}{body}").as_bytes()).await?;
    client.shutdown().await
}

/// A whole request, with its body.
async fn read(client: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The actions with their arguments.
fn scpd() -> String {
    let mapping = "NewRemoteHost NewExternalPort NewProtocol NewInternalPort NewInternalClient NewEnabled \
                   NewPortMappingDescription NewLeaseDuration";
    let actions = [
        ("AddPortMapping", mapping),
        ("DeletePortMapping", "NewRemoteHost NewExternalPort NewProtocol"),
        ("GetExternalIPAddress", ""),
    ];
    let action = |(name, arguments): (&str, &str)| {
        let argument =
            |name: &str| format!("<argument><name>{name}</name><direction>in</direction></argument>");
        let arguments: String = arguments.split_whitespace().map(argument).collect();
        format!("<action><name>{name}</name><argumentList>{arguments}</argumentList></action>")
    };
    let actions: String = actions.into_iter().map(action).collect();
    format!("<scpd><actionList>{actions}</actionList></scpd>")
}

/// Carries out one action.
fn control(request: &str, open: &Mutex<BTreeSet<String>>) -> String {
    let value = |name: &str| {
        let (_, rest) = request.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_owned())
    };
    let port = || {
        format!(
            "{} {}",
            value("NewProtocol").unwrap_or_default(),
            value("NewExternalPort").unwrap_or_default()
        )
    };
    let (action, answer) = if request.contains("u:AddPortMapping") {
        open.lock().insert(port());
        ("AddPortMapping", String::new())
    } else if request.contains("u:DeletePortMapping") {
        open.lock().remove(&port());
        ("DeletePortMapping", String::new())
    } else {
        ("GetExternalIPAddress", format!("<NewExternalIPAddress>{EXTERNAL}</NewExternalIPAddress>"))
    };
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <u:{action}Response xmlns:u=\"{SERVICE}\">{answer}</u:{action}Response></s:Body></s:Envelope>"
    )
}
