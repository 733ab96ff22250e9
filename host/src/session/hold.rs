//! Holding on to a channel until it ends, or until the operator does not want it any more.

use super::context::SessionContext;
use crate::channel::{Channel, CloseReason};
use std::pin::pin;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Waits for the end of a channel, which `ended` brings about: why it ended. Once `released` is cancelled, it is closed in order,
/// with `why`.
pub(super) async fn hold(
    context: &SessionContext,
    channel: &Arc<Channel>,
    ended: impl Future<Output = CloseReason>,
    (released, why): (&CancellationToken, &str),
) -> CloseReason {
    let mut ended = pin!(ended);
    tokio::select! {
        biased;
        reason = &mut ended => return reason,
        () = released.cancelled() => {}
    }
    // A node that stops has its own reason.
    if !context.stop.is_cancelled() {
        channel.close(CloseReason::Operator(why.to_owned()));
    }
    ended.await
}
