//! The table of methods that a node answers.

use super::error::MethodError;
use super::notifier::{Notifier, SubscriptionFuture};
use parking_lot::RwLock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

/// What a handler returns.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Value, MethodError>> + Send>>;

/// Answers one method. It is given the parameters, an array or an object.
///
/// Calls run concurrently. The future may be dropped at any await, when the caller's time is up or the node stops.
pub type Handler = Arc<dyn Fn(Value) -> HandlerFuture + Send + Sync>;

/// Answers a method whose result is a stream: nothing is replied, and what it gives pushes to the client that called.
pub type Subscriber = Arc<dyn Fn(Value, Notifier) -> Result<SubscriptionFuture, MethodError> + Send + Sync>;

/// Makes a [`Handler`] of an async closure.
pub fn handler<F, R>(answer: F) -> Handler
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Value, MethodError>> + Send + 'static,
{
    Arc::new(move |params| Box::pin(answer(params)))
}

/// A method of this name is there already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the method name {0:?} is taken")]
pub struct NameTaken(
    /// The name.
    pub String,
);

/// An alias could not be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// A method or an alias of this name is there already.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
    /// There is no method to be an alias of.
    #[error("there is no method {0:?} to be an alias of")]
    UnknownMethod(String),
}

struct Method {
    answer: Answer,
    alias_of: Option<String>,
}

#[derive(Clone)]
enum Answer {
    Once(Handler),
    Stream(Subscriber),
}

impl Method {
    const fn once(handler: Handler) -> Self {
        Self { answer: Answer::Once(handler), alias_of: None }
    }
}

type Table = BTreeMap<String, Method>;

/// Method names and what answers them. Plug-ins come and go, so it changes while calls run.
///
/// `ping` and `rpc.methods` (the sorted list of names) are there from the start.
pub struct Methods {
    table: Arc<RwLock<Table>>,
}

impl Methods {
    /// The table with the built-in methods.
    #[must_use]
    pub fn new() -> Self {
        let table = Arc::new(RwLock::new(Table::new()));
        // Weak: the table holds the handler, which must not hold the table.
        let weak = Arc::downgrade(&table);
        let names = handler(move |_| {
            let names = weak.upgrade().map(|table| names(&table)).unwrap_or_default();
            async move { Ok(Value::from(names)) }
        });
        table.write().extend([
            ("ping".to_owned(), Method::once(handler(|_| async { Ok("pong".into()) }))),
            ("rpc.methods".to_owned(), Method::once(names)),
        ]);
        Self { table }
    }

    /// Adds a method.
    ///
    /// # Errors
    /// When the name is taken, by a method or an alias.
    pub fn register(&self, name: &str, handler: Handler) -> Result<(), NameTaken> {
        insert(&mut self.table.write(), name, Method::once(handler))
    }

    /// Adds a method whose result is a stream.
    ///
    /// # Errors
    /// When the name is taken, by a method or an alias.
    pub fn register_stream(&self, name: &str, subscriber: Subscriber) -> Result<(), NameTaken> {
        let method = Method { answer: Answer::Stream(subscriber), alias_of: None };
        insert(&mut self.table.write(), name, method)
    }

    /// Adds a second name for the method `name`. It goes when the method goes.
    ///
    /// # Errors
    /// When the alias is taken, or `name` is no method.
    pub fn alias(&self, alias: &str, name: &str) -> Result<(), AliasError> {
        let mut table = self.table.write();
        let Some(Method { answer, alias_of: None }) = table.get(name) else {
            return Err(AliasError::UnknownMethod(name.to_owned()));
        };
        let method = Method { answer: answer.clone(), alias_of: Some(name.to_owned()) };
        Ok(insert(&mut table, alias, method)?)
    }

    /// Removes a method with its aliases, or one alias. Calls that run already are finished.
    ///
    /// Gives whether there was one.
    pub fn remove(&self, name: &str) -> bool {
        let mut table = self.table.write();
        table.retain(|_, method| method.alias_of.as_deref() != Some(name));
        table.remove(name).is_some()
    }

    /// The names of all methods and aliases, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        names(&self.table)
    }

    fn find(&self, name: &str) -> Option<Answer> {
        self.table.read().get(name).map(|method| method.answer.clone())
    }

    /// What answers a method with a stream; `None` for all other methods.
    pub(super) fn subscriber(&self, name: &str) -> Option<Subscriber> {
        match self.find(name)? {
            Answer::Once(_) => None,
            Answer::Stream(subscriber) => Some(subscriber),
        }
    }

    /// Calls a method. One that panics is answered as an internal error.
    ///
    /// # Errors
    /// The method's own, or that there is no such method.
    pub async fn call(&self, name: &str, params: Value) -> Result<Value, MethodError> {
        let handler = match self.find(name).ok_or_else(MethodError::method_not_found)? {
            Answer::Once(handler) => handler,
            Answer::Stream(_) => return Err(MethodError::internal("the method answers with a stream")),
        };
        let mut running = pin!(async move { handler(params).await });
        poll_fn(|context| {
            catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))).unwrap_or_else(|_| {
                tracing::error!(method = name, "an RPC method panicked");
                Poll::Ready(Err(MethodError::internal("the method panicked")))
            })
        })
        .await
    }
}

fn insert(table: &mut Table, name: &str, method: Method) -> Result<(), NameTaken> {
    match table.entry(name.to_owned()) {
        Slot::Occupied(taken) => Err(NameTaken(taken.key().clone())),
        Slot::Vacant(free) => {
            free.insert(method);
            Ok(())
        }
    }
}

fn names(table: &RwLock<Table>) -> Vec<String> {
    table.read().keys().cloned().collect()
}

impl Default for Methods {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn echo() -> Handler {
        handler(|params| async { Ok(params) })
    }

    #[tokio::test]
    async fn answers_the_built_in_methods() {
        let methods = Methods::new();
        methods.register("b", echo()).unwrap();
        methods.register("a", echo()).unwrap();
        assert_eq!(methods.call("ping", json!([1])).await, Ok(json!("pong")));
        assert_eq!(
            methods.call("rpc.methods", json!([])).await,
            Ok(json!(["a", "b", "ping", "rpc.methods"]))
        );
        assert_eq!(methods.call("nope", json!([])).await, Err(MethodError::method_not_found()));
    }

    #[tokio::test]
    async fn lets_methods_come_and_go_with_their_aliases() {
        let methods = Methods::new();
        methods.register("chat.send", echo()).unwrap();
        methods.alias("send", "chat.send").unwrap();
        assert_eq!(methods.call("send", json!([1])).await, Ok(json!([1])));
        assert_eq!(methods.register("send", echo()), Err(NameTaken("send".to_owned())));
        assert_eq!(methods.register("ping", echo()), Err(NameTaken("ping".to_owned())));
        assert_eq!(methods.alias("ping", "chat.send"), Err(NameTaken("ping".to_owned()).into()));
        assert_eq!(methods.alias("x", "nope"), Err(AliasError::UnknownMethod("nope".to_owned())));
        assert_eq!(methods.alias("x", "send"), Err(AliasError::UnknownMethod("send".to_owned())));
        assert!(methods.remove("chat.send"));
        assert!(!methods.remove("chat.send"));
        assert_eq!(methods.names(), ["ping", "rpc.methods"]);
    }

    #[tokio::test]
    async fn answers_a_panic_as_an_internal_error() {
        let methods = Methods::new();
        methods.register("at_once", Arc::new(|_| panic!("at once"))).unwrap();
        methods.register("later", handler(|_| async { panic!("later") })).unwrap();
        for name in ["at_once", "later"] {
            assert_eq!(methods.call(name, json!([])).await.unwrap_err().code, -32603);
        }
    }
}
