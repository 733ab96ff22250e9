//! The attacker's side: hosts to dial from, a place to be dialled at, and the pace of the honest traffic.

use crate::attack::{Held, Opening, Role, Script};
use backplane::address::Address;
use backplane::frame;
use backplane_tests::internet;
use backplane_tests::node::TestNode;
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::MAGIC;
use backplane_tests::wait::within;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The groups of hosts below this one are the honest nodes'.
const FIRST_GROUP: usize = 16;
/// How many groups of hosts an attacker has: from so many hosts on, each is of the group of an earlier one.
pub const GROUPS: usize = 200;

/// Everything that an attack may use.
#[derive(Debug)]
pub struct Attacker {
    /// The victim: what it is told by its operator, such as a line to say, is no part of the attack.
    pub victim: Arc<TestNode>,
    /// Where the victim accepts peers: over TCP, over TCP by another name, and over TLS.
    pub doors: Vec<Address>,
    /// Where the victim's honest peer that it dials accepts peers.
    pub honest: Address,
    /// How the two meet.
    pub role: Role,
    pub(crate) subnet: u8,
    pub(crate) listener: TcpListener,
    pub(crate) rounds: watch::Receiver<u64>,
}

/// The attacker's host with this number, in a group of its own as long as there are any left.
#[must_use]
pub fn host(subnet: u8, number: usize) -> Ipv4Addr {
    let byte = |value: usize| u8::try_from(value % 256).expect("the rest of a division by 256 is a byte");
    internet::host(byte(FIRST_GROUP + number % GROUPS), subnet, byte(66 + number / GROUPS))
}

impl Attacker {
    /// Dials the victim from the attacker's first host.
    pub async fn dial(&self) -> RawPeer {
        self.dial_from(0).await
    }

    /// Dials the victim from one of the attacker's hosts.
    ///
    /// # Panics
    ///
    /// When the victim does not listen.
    pub async fn dial_from(&self, host: usize) -> RawPeer {
        self.try_dial_from(host).await.expect("the victim listens")
    }

    /// Dials the victim from one of the attacker's hosts.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub async fn try_dial_from(&self, host: usize) -> io::Result<RawPeer> {
        let dialling = internet::connect(self.host(host), self.address());
        Ok(RawPeer::new(within("a connection", dialling).await?, MAGIC))
    }

    /// Where the victim accepts peers over TCP.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.doors.first().expect("the victim listens")
    }

    /// Dials the victim over TCP by another name, from one of the attacker's hosts.
    ///
    /// # Panics
    ///
    /// When the victim does not listen there.
    pub async fn dial_by_another_scheme(&self, host: usize) -> RawPeer {
        let door = self.doors.get(1).expect("the victim listens at three doors");
        let stream = within("a connection", internet::connect(self.host(host), door)).await;
        RawPeer::new(stream.expect("the victim listens"), MAGIC)
    }

    /// Dials where the victim expects TLS, from one of the attacker's hosts, without setting it up.
    ///
    /// # Panics
    ///
    /// When the victim does not listen there.
    pub async fn dial_for_tls(&self, host: usize) -> RawPeer {
        let door = self.doors.get(2).expect("the victim listens at three doors");
        let socket = door.ip().zip(door.port()).expect("it is an address of TCP");
        let stream = within("a connection", internet::connect_really(self.host(host), socket.into())).await;
        RawPeer::new(stream.expect("the victim listens"), MAGIC)
    }

    /// The attacker's host with this number.
    #[must_use]
    pub fn host(&self, number: usize) -> Ipv4Addr {
        host(self.subnet, number)
    }

    /// The next connection that the victim opens.
    ///
    /// # Panics
    ///
    /// When it opens none.
    pub async fn accept(&self) -> RawPeer {
        let (stream, _) = within("the victim to dial", self.listener.accept()).await.expect("it can accept");
        RawPeer::new(stream, MAGIC)
    }

    /// Where the victim reaches the attacker.
    ///
    /// # Panics
    ///
    /// When the system does not say.
    #[must_use]
    pub fn listens_at(&self) -> Address {
        internet::public("tcp", self.listener.local_addr().expect("a bound socket has an address"))
    }

    /// A connection, whoever dials it.
    pub async fn meet(&self, opening: Opening) -> RawPeer {
        let mut peer = if self.role == Role::Inbound { self.dial().await } else { self.accept().await };
        if opening != Opening::Connected {
            peer.shake_hands().await;
        }
        if opening == Opening::Ponged {
            peer.answer_ping().await;
        }
        peer
    }

    /// Waits until the honest nodes have exchanged all lines of another round.
    pub async fn round(&self) {
        let mut rounds = self.rounds.clone();
        rounds.mark_unchanged();
        // Without traffic there is nothing to wait for.
        let _ = rounds.changed().await;
    }

    /// Plays a script: what the attacker holds in the end, and whether it is served still where that was asked.
    pub async fn play(&self, script: &Script) -> (Held, Option<bool>) {
        match script {
            Script::Steps(steps) => (steps(self).await, None),
            Script::Bytes(opening, bytes) => {
                let mut peer = self.meet(*opening).await;
                // A victim that has closed already has seen enough.
                let _ = peer.write(&bytes()).await;
                let shaken = *opening != Opening::Connected || peer.try_to_shake_hands().await;
                let served = shaken && peer.is_served().await;
                (vec![peer], Some(served))
            }
        }
    }
}

/// A whole frame of the network.
#[must_use]
pub fn frame_of(command: &str, payload: &[u8]) -> Vec<u8> {
    frame::encode(MAGIC, command, payload)
}

/// Whether an address is that of one of the attacker's hosts.
#[must_use]
pub fn is_host(subnet: u8, ip: Option<IpAddr>) -> bool {
    let Some(IpAddr::V4(ip)) = ip else { return false };
    let [_, group, of, _] = ip.octets();
    usize::from(group) >= FIRST_GROUP && of == subnet
}
