//! A plug-in that opens sockets, on a tokio runtime of its own.

use backplane_plugin::testkit::TestHost;
use backplane_plugin::*;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};

struct Fetcher {
    handle: Handle,
    /// Gone when the plug-in has stopped.
    runtime: Mutex<Option<Runtime>>,
}

impl Plugin for Fetcher {
    type Config = NoConfig;
    const METHODS: &'static [MethodEntry<Self>] = methods![fetch];

    fn create(_: Host, _: NoConfig) -> Result<Self, PluginError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(PluginError::new)?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) })
    }

    async fn stop(&self) {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Fetcher {
    /// The socket lives on the runtime; any job may wait for what becomes of it.
    async fn fetch(self: Arc<Self>, (address,): (String,)) -> Result<String, RpcError> {
        let fetched = self.handle.spawn(async move {
            let mut text = String::new();
            let stream = TcpStream::connect(address).await?;
            stream.take(64 * 1024).read_to_string(&mut text).await?;
            Ok::<_, std::io::Error>(text)
        });
        let text = fetched.await.map_err(|error| RpcError::internal(error.to_string()))?;
        text.map_err(|error| RpcError::new(1, error.to_string()))
    }
}

#[test]
fn what_a_server_says_is_the_answer() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let serving = std::thread::spawn(move || {
        use std::io::Write;
        server.accept().unwrap().0.write_all(b"hello").unwrap();
    });
    let host = TestHost::<Fetcher>::new(json!({})).unwrap();
    let pending = host.ask("fetch", json!([address]));
    host.run_until("the answer", || pending.is_ready());
    assert_eq!(pending.take(), Some(Ok(json!("hello"))));
    serving.join().unwrap();
    host.stop().unwrap();
}
