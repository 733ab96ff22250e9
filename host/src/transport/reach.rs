//! Which IP addresses a name may stand for.
//!
//! A dial that was asked for by hearsay must not be led to this machine or its local network by a name. Whoever dials
//! wraps the dial in [`within`]; whatever transport it is, its resolver asks [`allowed`].

use std::io;
use std::net::{IpAddr, SocketAddr};

tokio::task_local! {
    static RULE: fn(IpAddr) -> bool;
}

/// Runs a dial in which names may stand for addresses that `rule` allows only. Without it they may for all.
pub async fn within<F: Future>(rule: fn(IpAddr) -> bool, dial: F) -> F::Output {
    RULE.scope(rule, dial).await
}

/// Those that a name may stand for, out of all that it does.
///
/// # Errors
///
/// When there are some and none may be dialled.
pub(super) fn allowed(resolved: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let is_allowed = |socket: &SocketAddr| RULE.try_with(|rule| rule(socket.ip())).unwrap_or(true);
    let (allowed, refused): (Vec<_>, Vec<_>) = resolved.partition(is_allowed);
    match (allowed.first(), refused.first()) {
        (None, Some(refused)) => {
            let reason = format!("the name stands for {}, which is not to be dialled", refused.ip());
            Err(io::Error::new(io::ErrorKind::PermissionDenied, reason))
        }
        _ => Ok(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::is_global;

    fn sockets(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_name_leads_only_where_it_may() {
        let both = sockets(&["127.0.0.1:1", "8.8.8.8:1", "[::1]:1"]);
        let of = |sockets: Vec<SocketAddr>| async move { allowed(sockets.into_iter()) };
        assert_eq!(of(both.clone()).await.unwrap(), both, "without a rule");
        let global = |ip: IpAddr| is_global(ip);
        assert_eq!(within(global, of(both)).await.unwrap(), sockets(&["8.8.8.8:1"]));
        let refused = within(global, of(sockets(&["10.0.0.1:1"]))).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(within(global, of(Vec::new())).await.unwrap(), []);
    }
}
