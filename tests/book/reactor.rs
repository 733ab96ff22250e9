//! A plug-in with sockets of its own, in jobs.

use backplane_plugin::reactor::Reactor;
use backplane_plugin::testkit::TestHost;
use backplane_plugin::*;
use serde_json::json;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

config! {
    /// `[plugin.door.config]`.
    struct DoorConfig {
        /// Where to listen.
        listen: String = "127.0.0.1:26670",
    }
}

/// At its end the jobs go first, and then this with the reactor and its thread.
struct Door {
    reactor: Reactor,
    address: Arc<Mutex<Option<String>>>,
}

impl Plugin for Door {
    type Config = DoorConfig;
    const METHODS: &'static [MethodEntry<Self>] = methods![fetch, address];

    fn create(host: Host, config: DoorConfig) -> Result<Self, PluginError> {
        let (reactor, address) = (Reactor::new()?, Arc::default());
        let listening = listen(host.clone(), reactor.clone(), config.listen, Arc::clone(&address));
        host.spawn("listen", reactor.enter(listening));
        Ok(Self { reactor, address })
    }
}

async fn listen(
    host: Host,
    reactor: Reactor,
    address: String,
    bound: Arc<Mutex<Option<String>>>,
) -> Result<(), PluginError> {
    let listener = TcpListener::bind(&address).await.map_err(PluginError::new)?;
    let address = listener.local_addr().map_err(PluginError::new)?;
    *bound.lock().unwrap_or_else(PoisonError::into_inner) = Some(address.to_string());
    loop {
        let (guest, _) = listener.accept().await.map_err(PluginError::new)?;
        // Above `limits.jobs` it is refused, and the guest with it.
        host.try_spawn("greet", reactor.enter(greet(guest)))?;
    }
}

async fn greet(mut guest: TcpStream) {
    // Whoever does not read is not waited for.
    let _ = timeout(Duration::from_secs(5), guest.write_all(b"hello")).await;
}

impl Door {
    /// What is said at an address, at most so much and for so long.
    async fn fetch(self: Arc<Self>, (address,): (String,)) -> Result<String, RpcError> {
        let fetching = self.reactor.enter(async {
            let mut text = String::new();
            let stream = TcpStream::connect(address).await?;
            timeout(Duration::from_secs(5), stream.take(64 * 1024).read_to_string(&mut text)).await??;
            Ok::<_, std::io::Error>(text)
        });
        fetching.await.map_err(|error| RpcError::new(1, error.to_string()))
    }

    async fn address(self: Arc<Self>, []: [(); 0]) -> Result<Option<String>, RpcError> {
        Ok(self.address.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[test]
fn guests_are_greeted_and_the_port_is_free_after_the_end() {
    let host = TestHost::<Door>::new(json!({"listen": "127.0.0.1:0"})).unwrap();
    let address = || host.call("address", json!([])).unwrap();
    host.run_until("the port", || address().is_string());
    let address = address().as_str().unwrap().to_owned();
    let mut guest = std::net::TcpStream::connect(&address).unwrap();
    guest.set_nonblocking(true).unwrap();
    host.run_until("the greeting", || guest.peek(&mut [0; 5]).is_ok());
    guest.set_nonblocking(false).unwrap();
    let mut heard = String::new();
    guest.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "hello");
    host.stop().unwrap();
    assert!(std::net::TcpListener::bind(&address).is_ok());
}

#[test]
fn what_a_server_says_is_the_answer() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let serving = std::thread::spawn(move || server.accept().unwrap().0.write_all(b"hello").unwrap());
    let host = TestHost::<Door>::new(json!({"listen": "127.0.0.1:0"})).unwrap();
    let pending = host.ask("fetch", json!([address]));
    host.run_until("the answer", || pending.is_ready());
    assert_eq!(pending.take(), Some(Ok(json!("hello"))));
    serving.join().unwrap();
}
