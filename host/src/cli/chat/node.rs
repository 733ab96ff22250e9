//! The node that the line commands of chat call.

use super::model::Room;
use crate::cli::Failure;
use crate::cli::call::{call_failure, connect_failure};
use crate::rpc::Client;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A connection to a running node.
#[derive(Debug)]
pub(super) struct Node {
    client: Client,
}

impl Node {
    /// Connects.
    ///
    /// # Errors
    /// Usage when the text is no address, run time when nobody answers there.
    pub(super) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = Client::connect(url).await.map_err(|error| connect_failure(&error))?;
        Ok(Self { client })
    }

    /// Calls a method of chat.
    ///
    /// # Errors
    /// Run time, with the method and the node's answer.
    pub(super) async fn call(&mut self, method: &str, params: Value) -> Result<Value, Failure> {
        self.client.call(method, params).await.map_err(|error| call_failure(method, &error))
    }

    /// The joined rooms.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub(super) async fn rooms(&mut self) -> Result<Vec<Room>, Failure> {
        parse("chat.rooms", self.call("chat.rooms", json!([])).await?)
    }

    /// The connection itself.
    pub(super) fn into_client(self) -> Client {
        self.client
    }
}

/// Reads an answer.
///
/// # Errors
/// Run time, when the node answers something else than this program knows.
pub(super) fn parse<T: DeserializeOwned>(method: &str, answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer)
        .map_err(|error| Failure::Runtime(format!("{method}: the node answers in another form: {error}")))
}
