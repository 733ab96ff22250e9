//! Hostile hosts: they listen and dial like nodes, and do as they like on every connection.

use super::network::SimNetwork;
use super::node::address_of;
use super::raw::Raw;
use backplane::address::Address;
use backplane::protocol::messages::{Addrs, GetAddrs, Ping, Pong};
use backplane::transport::{Stream, Transport};
use backplane::{clock, random};
use backplane_plugin::{Message, wire};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What a hostile host does on its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malice {
    /// Behaves like a node, but answers with addresses of accomplices and of nobody, from the future, and unasked as well.
    Lies,
    /// Sends random bytes.
    Garbage,
    /// Says nothing, ever.
    Silence,
    /// Shakes hands, and then answers nothing, no pings neither.
    Deafness,
}

/// All kinds, in turn.
const KINDS: [Malice; 4] = [Malice::Lies, Malice::Garbage, Malice::Silence, Malice::Deafness];
/// How many addresses a lie has.
const LIE: usize = 60;
/// How many connections one host keeps open by dialling, and how often it dials.
const DIALLED: usize = 6;
const PAUSE: std::ops::Range<u64> = 5..40;
/// How long it tries to reach somebody.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hostile host. Dropping it ends what it does.
#[derive(Debug)]
pub(crate) struct Hostile {
    _works: JoinSet<()>,
}

/// What all connections of one hostile host need.
#[derive(Debug)]
struct Host {
    own: Address,
    malice: Malice,
    accomplices: Vec<Address>,
}

impl Hostile {
    /// The kind of the hostile host with this number.
    pub(super) const fn kind(number: usize) -> Malice {
        KINDS[number % KINDS.len()]
    }

    /// Lets a host listen, and dial `victims`.
    pub(super) fn start(
        network: &SimNetwork,
        ip: Ipv4Addr,
        malice: Malice,
        accomplices: Vec<Address>,
        victims: Vec<Address>,
    ) -> Self {
        let transport = network.host(ip);
        let host = Arc::new(Host { own: address_of(ip), malice, accomplices });
        let mut works = JoinSet::new();
        works.spawn(Arc::clone(&host).listen(Arc::clone(&transport)));
        works.spawn(host.dial(transport, victims));
        Self { _works: works }
    }
}

impl Host {
    async fn listen(self: Arc<Self>, transport: Arc<dyn Transport>) {
        let mut listener = transport.listen(&self.own).await.expect("nobody else has this host");
        let mut open = JoinSet::new();
        while let Ok(incoming) = listener.accept().await {
            let peer = incoming.address().clone();
            let stream = incoming.set_up().await.expect("a simulated connection needs nothing");
            open.spawn(Arc::clone(&self).serve(stream, peer));
            while open.try_join_next().is_some() {}
        }
    }

    async fn dial(self: Arc<Self>, transport: Arc<dyn Transport>, victims: Vec<Address>) {
        let mut open = JoinSet::new();
        loop {
            sleep(Duration::from_secs(random::within(PAUSE))).await;
            while open.try_join_next().is_some() {}
            let victim = victims.get(random::within(0..victims.len())).expect("it is one of them").clone();
            if open.len() < DIALLED
                && let Ok(Ok(stream)) = timeout(PATIENCE, transport.dial(&victim)).await
            {
                open.spawn(Arc::clone(&self).serve(stream, victim));
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: Stream, peer: Address) {
        let mut raw = Raw::new(stream);
        match self.malice {
            Malice::Silence => {}
            Malice::Garbage => {
                let garbage: Vec<u8> = (0..4096).map(|_| random::number()).collect();
                let _ = raw.write(&garbage).await;
            }
            Malice::Deafness => {
                let _ = raw.introduce(&self.own, &peer).await;
            }
            Malice::Lies => {
                let _ = self.lie(&mut raw, &peer).await;
            }
        }
        raw.drain().await;
    }

    /// Talks until the other end has had enough.
    async fn lie(&self, raw: &mut Raw, peer: &Address) -> Option<()> {
        raw.introduce(&self.own, peer).await?;
        loop {
            let (command, payload) = raw.next().await?;
            match command.as_str() {
                GetAddrs::NAME => raw.send(&self.addresses()).await?,
                Ping::NAME => {
                    let Ping { nonce } =
                        wire::from_bytes(&payload).expect("a node sends pings that can be read");
                    raw.send(&Pong { nonce }).await?;
                    raw.send(&self.addresses()).await?;
                }
                _ => {}
            }
        }
    }

    fn addresses(&self) -> Addrs {
        let future = clock::unix_seconds() + 365 * 86_400;
        let made_up =
            |_| address_of(Ipv4Addr::new(random::within(11..100), random::number(), random::number(), 1));
        let addresses = self.accomplices.iter().cloned().chain((0..LIE).map(made_up));
        Addrs { addrs: addresses.map(|address| (address, future)).collect() }
    }
}
