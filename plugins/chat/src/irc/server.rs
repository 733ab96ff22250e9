//! The listener: accepts clients, of which there are only so many.

use super::book::Book;
use super::connection::Connection;
use super::session::Session;
use crate::service::Service;
use backplane_plugin::reactor::Reactor;
use backplane_plugin::{Host, PluginError};
use parking_lot::Mutex;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How many clients there can be.
const CLIENTS: usize = 32;
/// How long it takes until the address is tried again, or the next client is accepted after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a client that is turned away has for taking the reason.
const FAREWELL: Duration = Duration::from_secs(1);

/// What all clients share.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    host: Host,
    reactor: Reactor,
    service: Service,
    password: Arc<str>,
    book: Arc<Mutex<Book>>,
    places: Arc<Semaphore>,
}

impl Server {
    /// Begins to serve clients at an address.
    ///
    /// # Errors
    ///
    /// When the system has nothing left to wait for sockets with.
    pub(crate) fn start(
        host: &Host,
        service: &Service,
        address: SocketAddr,
        password: &str,
    ) -> Result<(), PluginError> {
        let reactor = Reactor::new()?;
        let server = Self {
            host: host.clone(),
            reactor: reactor.clone(),
            service: service.clone(),
            password: password.into(),
            book: Arc::default(),
            places: Arc::new(Semaphore::new(CLIENTS)),
        };
        host.try_spawn("irc", reactor.enter(server.run(address)))
    }

    /// Serves clients at an address until the plug-in stops. An address that is taken is tried again: it may be that of this
    /// plug-in's last instance.
    async fn run(self, address: SocketAddr) {
        let listener = self.listen(address).await;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.accept(stream, peer).await,
                Err(error) => {
                    tracing::warn!(%error, "no IRC client can be accepted for a moment");
                    self.host.sleep(PAUSE).await;
                }
            }
        }
    }

    async fn listen(&self, address: SocketAddr) -> TcpListener {
        let mut is_known = false;
        loop {
            match bind(address).await {
                Ok((listener, bound)) => {
                    tracing::info!(address = %format_args!("tcp://{bound}"), "listening for IRC clients");
                    return listener;
                }
                Err(error) if !is_known => {
                    tracing::warn!(%address, %error, "cannot listen for IRC clients yet");
                    is_known = true;
                }
                Err(_) => (),
            }
            self.host.sleep(PAUSE).await;
        }
    }

    async fn accept(&self, mut stream: TcpStream, peer: SocketAddr) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::info!(%peer, most = CLIENTS, "an IRC client was turned away: there are too many");
            let farewell = b":irc.backplane ERROR :Closing link: too many clients\r\n";
            // Whoever does not take it is not told.
            let _ = self.host.timeout(FAREWELL, stream.write_all(farewell)).await;
            return;
        };
        tracing::info!(%peer, "an IRC client has connected");
        // Small lines are not to wait for each other; nothing is lost when they do.
        let _ = stream.set_nodelay(true);
        let session = Session::new(self.service.clone(), Arc::clone(&self.book), &self.password);
        let connection = Connection::new(stream, self.host.clone(), session);
        let events = self.service.subscribe();
        let serve = async move {
            let why = connection.serve(events).await;
            tracing::info!(%peer, why, "an IRC client has gone");
            drop(place);
        };
        if let Err(error) = self.host.try_spawn("irc client", self.reactor.enter(serve)) {
            tracing::warn!(%peer, %error, "an IRC client was turned away");
        }
    }
}

async fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
