//! How long a check waits for a plug-in.

use super::outcome::{Stop, failed};
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// How long a plug-in may take for anything that a check waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What `task` gives, which it has to do in time.
pub(super) async fn within<T>(
    limit: Duration,
    what: impl Display,
    task: impl Future<Output = T>,
) -> Result<T, Stop> {
    timeout(limit, task).await.or_else(|_| failed(format!("{what} within {limit:?}")))
}
