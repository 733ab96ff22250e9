//! The real program with a configuration file that changes while it runs.

use crate::node::Dirs;
use crate::process::Program;
use crate::rpc::RpcLines;
use backplane::address::Address;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A running program with its file and a connection to its RPC server.
#[derive(Debug)]
pub struct Configured {
    /// The program.
    pub program: Program,
    /// The connection.
    pub rpc: RpcLines,
    /// Where further ones lead.
    pub address: Address,
    dirs: Dirs,
}

impl Configured {
    /// Starts the program in these folders, with this configuration and what every test needs, until it answers.
    pub async fn start(dirs: Dirs, configuration: &str) -> Self {
        let mut program = Self::spawn(&dirs, configuration);
        let address = program.logs_address("RPC listens").await;
        Self { program, rpc: RpcLines::connect(&address).await, address, dirs }
    }

    /// Starts the program, and does not wait for anything.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    #[must_use]
    pub fn spawn(dirs: &Dirs, configuration: &str) -> Program {
        write(dirs, configuration);
        let file = file(dirs).display().to_string();
        Program::start(&["run".to_owned(), "--config".to_owned(), file])
    }

    /// Changes the file.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    pub fn write(&self, configuration: &str) {
        write(&self.dirs, configuration);
    }

    /// The name of the file, as the program says it.
    #[must_use]
    pub fn file(&self) -> String {
        file(&self.dirs).display().to_string()
    }

    /// Changes the file and lets the program read it again: its answer.
    ///
    /// # Errors
    ///
    /// The error object that it answers with.
    pub async fn reload(&mut self, configuration: &str) -> Result<Value, Value> {
        self.write(configuration);
        self.rpc.call("config.reload", json!([])).await
    }
}

fn file(dirs: &Dirs) -> PathBuf {
    dirs.data.path().join("node.toml")
}

fn write(dirs: &Dirs, configuration: &str) {
    let every = format!(
        "node.data_dir = '{}'\nplugins.dir = '{}'\nrpc.listen = 'tcp://127.0.0.1:0'\nnetwork.localnet = true\n",
        dirs.data.path().display(),
        dirs.plugins.path().display()
    );
    fs::write(file(dirs), every + configuration).expect("a temporary folder can be written to");
}
