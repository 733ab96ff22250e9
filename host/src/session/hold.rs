//! Holding on to a channel until it ends, or until the operator does not want it any more.

use super::context::SessionContext;
use super::establish::Live;
use crate::channel::CloseReason;
use std::pin::pin;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Waits for the end of a channel: why it ended. Once `released` is cancelled, it is closed in order, with `why`.
pub(super) async fn hold(
    context: &SessionContext,
    live: Box<Live>,
    released: &CancellationToken,
    why: &str,
) -> CloseReason {
    let channel = Arc::clone(live.channel());
    let mut ended = pin!(live.ended());
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
