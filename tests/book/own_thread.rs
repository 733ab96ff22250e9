//! A plug-in that reads files, on a thread of its own.

use backplane_plugin::testkit::TestHost;
use backplane_plugin::*;
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{fs, io};
use tokio::sync::{mpsc, oneshot};

/// A file to read, and where the text goes.
type Wish = (PathBuf, oneshot::Sender<io::Result<String>>);

struct Reader {
    /// Bounded: who asks for more waits. Gone when the plug-in has stopped.
    worker: Mutex<Option<(mpsc::Sender<Wish>, JoinHandle<()>)>>,
}

impl Plugin for Reader {
    type Config = NoConfig;
    const METHODS: &'static [MethodEntry<Self>] = methods![read];

    fn create(_: Host, _: NoConfig) -> Result<Self, PluginError> {
        let (wishes, mut coming) = mpsc::channel::<Wish>(16);
        let work = move || {
            while let Some((file, reader)) = coming.blocking_recv() {
                // Whoever asked may have gone.
                let _ = reader.send(fs::read_to_string(file));
            }
        };
        let thread = thread::Builder::new().name("reader".to_owned()).spawn(work);
        Ok(Self { worker: Mutex::new(Some((wishes, thread.map_err(PluginError::new)?))) })
    }

    async fn stop(&self) {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((wishes, thread)) = worker {
            // Without anybody who could ask, the thread comes to its end.
            drop(wishes);
            let _ = thread.join();
        }
    }
}

impl Reader {
    async fn read(self: Arc<Self>, (file,): (PathBuf,)) -> Result<String, RpcError> {
        let stopped = || RpcError::internal("the plug-in has stopped");
        let wishes = self.wishes().ok_or_else(stopped)?;
        let (sender, text) = oneshot::channel();
        wishes.send((file, sender)).await.map_err(|_| stopped())?;
        drop(wishes);
        let text = text.await.map_err(|_| stopped())?;
        text.map_err(|error| RpcError::new(1, error.to_string()))
    }

    fn wishes(&self) -> Option<mpsc::Sender<Wish>> {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        worker.as_ref().map(|(wishes, _)| wishes.clone())
    }
}

#[test]
fn a_file_is_read_while_jobs_go_on() {
    let host = TestHost::<Reader>::new(json!({})).unwrap();
    let file = host.data_dir().unwrap().join("note");
    fs::write(&file, "a note").unwrap();
    let [found, missing] =
        [file.clone(), file.with_extension("none")].map(|file| host.ask("read", json!([file])));
    host.run_until("both answers", || found.is_ready() && missing.is_ready());
    assert_eq!(found.take(), Some(Ok(json!("a note"))));
    assert_eq!(missing.take().unwrap().unwrap_err().code, 1);
    host.stop().unwrap();
    assert_eq!(host.call("read", json!([file])).unwrap_err().code, -32603);
}
