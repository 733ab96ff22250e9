//! One attack from the start of its nodes to what became of everybody.

use crate::attack::{Answer, Attack, Held, Role};
use crate::attacker::{self, Attacker};
use crate::evidence::{Evidence, Peak};
use crate::traffic::{Tally, Traffic};
use crate::witness;
use backplane::address::Address;
use backplane_tests::internet;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::vectors::MAGIC_SETTING;
use backplane_tests::wait::{DEADLINE, eventually, within};
use std::fs;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How much honest traffic there is.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Lines that each node says in a round.
    pub lines: u64,
    /// Rounds without an attack, and the fewest with it.
    pub rounds: usize,
}

/// What became of everybody.
#[derive(Debug)]
pub struct Outcome {
    /// The channels that the honest nodes had with the victim before the attack, and how many of them are left.
    pub slots: (usize, usize),
    /// What the honest nodes said and heard, that one included which came after the attack.
    pub tally: Tally,
    /// How long a round took under attack, over how long it took before: the medians.
    pub slowdown: f64,
    /// What the victim did with the attacker.
    pub evidence: Evidence,
    /// Whether the attacker was served still where its script asked.
    pub served: Option<bool>,
    /// The most that the victim held.
    pub peak: Peak,
}

/// The runtimes of the victim, of the honest nodes, and of the attacker: as if they were on machines of their own.
#[derive(Debug)]
struct Machines {
    victim: Runtime,
    honest: Runtime,
    hostile: Runtime,
}

impl Machines {
    fn new() -> Self {
        let machine = |name: &str| {
            let built = Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build();
            built.expect("the system has threads")
        };
        Self { victim: machine("victim"), honest: machine("honest"), hostile: machine("hostile") }
    }

    fn stop(self) {
        [self.victim, self.honest, self.hostile].into_iter().for_each(Runtime::shutdown_background);
    }
}

/// Plays an attack.
///
/// # Panics
///
/// When its nodes do not start, or do not find one another before it.
#[must_use]
pub fn run(attack: &Attack, scale: Scale) -> Outcome {
    witness::listen();
    let machines = Machines::new();
    let outcome =
        machines.hostile.block_on(async { Stage::set(&machines, attack).await.play(attack, scale).await });
    machines.stop();
    outcome
}

/// The nodes of one attack.
#[derive(Debug)]
struct Stage<'a> {
    machines: &'a Machines,
    attacker: Arc<Attacker>,
    rounds: watch::Sender<u64>,
    victim: Arc<TestNode>,
    /// Dials the victim.
    dialler: Arc<TestNode>,
    /// Is dialled by the victim.
    dialled: Arc<TestNode>,
    peak: Peak,
}

/// A node on a machine of its own.
async fn node(machine: &Runtime, host: (u8, u8), dirs: Dirs, sets: &[String]) -> Arc<TestNode> {
    let home = internet::host(host.0, host.1, 1);
    let mut sets = sets.to_vec();
    // Over TLS only the loopback address itself is reached.
    let [_, group, subnet, number] = home.octets();
    let secure = format!("tcp+tls://127.{group}.{subnet}.{number}:0");
    sets.push(format!("network.inbound=tcp://{home}:0,{}://{home}:0,{secure}", internet::OTHER));
    sets.push(format!("network.external=tcp://{home}:0"));
    sets.extend(
        [
            MAGIC_SETTING,
            "network.localnet=false",
            "plugin.chat.config.inbox_messages=1000000",
            "plugin.chat.config.inbox_bytes=1073741824",
        ]
        .map(ToOwned::to_owned),
    );
    let starting = machine.spawn(async move {
        let sets: Vec<_> = sets.iter().map(String::as_str).collect();
        TestNode::try_start_over(internet::transports(home), dirs, &sets).await
    });
    Arc::new(starting.await.expect("a node that starts does not panic").expect("the node starts"))
}

fn peer_setting(address: &Address) -> String {
    format!("network.peers={address}")
}

impl<'a> Stage<'a> {
    async fn set(machines: &'a Machines, attack: &Attack) -> Self {
        static SUBNETS: AtomicU8 = AtomicU8::new(0);
        let subnet = SUBNETS.fetch_add(1, Ordering::Relaxed);
        let chat = || Dirs::with(&["backplane_chat"]);
        let place = internet::real(&Address::socket("tcp", (attacker::host(subnet, 0), 0).into()));
        let listener = TcpListener::bind(place.expect("it is on this internet")).await;
        let listener = listener.expect("a loopback address can be bound");
        let hostile = internet::public("tcp", listener.local_addr().expect("a bound socket has an address"));

        let dialled = node(&machines.honest, (3, subnet), chat(), &[]).await;
        let (dirs, mut sets) = (chat(), attack.sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>());
        let mut peers = vec![dialled.address().clone()];
        match attack.role {
            Role::Inbound => {}
            Role::Manual => peers.push(hostile),
            Role::Seed => sets.push(format!("network.seeds={hostile}")),
            Role::Outbound | Role::Refine => {
                let line = format!("grey\t{hostile}\t1700000000\n");
                fs::write(dirs.data.path().join("hosts.tsv"), line).expect("a temporary folder takes files");
            }
        }
        sets.push(match attack.role {
            Role::Outbound | Role::Seed => "network.outbound_connections=1".to_owned(),
            Role::Refine => "network.refinery_interval=50ms".to_owned(),
            Role::Inbound | Role::Manual => "network.refinery_interval=1h".to_owned(),
        });
        let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
        sets.push(format!("network.peers={}", peers.join(",")));
        let victim = node(&machines.victim, (1, subnet), dirs, &sets).await;
        let dialler = node(&machines.honest, (2, subnet), chat(), &[peer_setting(victim.address())]).await;

        let (rounds, listening) = watch::channel(0);
        let attacker = Arc::new(Attacker {
            victim: Arc::clone(&victim),
            doors: victim.node().inbound().to_vec(),
            honest: dialled.address().clone(),
            role: attack.role,
            subnet,
            listener,
            rounds: listening,
        });
        let peak = Peak::default();
        let stage = Self { machines, attacker, rounds, victim, dialler, dialled, peak };
        stage.meet().await;
        stage
    }

    /// The honest nodes find one another.
    async fn meet(&self) {
        self.dialler.speaks("chat", 1).await;
        self.dialled.speaks("chat", 1).await;
        eventually("the victim to speak with both", || self.slots().len() == 2).await;
    }

    /// The victim's channels with honest nodes.
    fn slots(&self) -> Vec<u32> {
        self.honest(|_| true)
    }

    /// The victim's channels with some of the honest hosts, on which chat runs.
    fn honest(&self, is_wanted: impl Fn(Option<IpAddr>) -> bool) -> Vec<u32> {
        let speaks = |open: Vec<Arc<str>>| open.iter().any(|protocol| &**protocol == "chat");
        let channels = self.victim.channels();
        let honest = channels.iter().filter(|channel| {
            channel.close_reason().is_none()
                && !self.is_hostile(channel.address().ip_lenient())
                && is_wanted(channel.address().ip_lenient())
                && speaks(channel.messages().open_protocols())
        });
        honest.map(|channel| channel.id()).collect()
    }

    fn is_hostile(&self, ip: Option<IpAddr>) -> bool {
        attacker::is_host(self.attacker.subnet, ip)
    }

    async fn play(mut self, attack: &Attack, scale: Scale) -> Outcome {
        let before = self.slots();
        let (victim, dialler, dialled) = (&self.victim, &self.dialler, &self.dialled);
        let mut traffic = Traffic::new(victim, &[("dialler", dialler), ("dialled", dialled)]);
        let mut calm = Vec::new();
        for _ in 0..scale.rounds {
            calm.push(traffic.round(scale.lines).await);
        }
        let (attacked, (held, served)) = self.attack(attack, scale, &mut traffic).await;
        traffic.round(scale.lines).await;
        self.peak.look_at(&self.victim);

        // Whoever comes after the attack is served like those who came before it.
        let late = [peer_setting(self.victim.address())];
        let late =
            node(&self.machines.honest, (4, self.attacker.subnet), Dirs::with(&["backplane_chat"]), &late)
                .await;
        late.speaks("chat", 1).await;
        let home = IpAddr::from(internet::host(4, self.attacker.subnet, 1));
        eventually("the victim to speak with the late one", || self.honest(|ip| ip == Some(home)).len() == 1)
            .await;
        traffic.add("late", &late);
        traffic.round(scale.lines).await;
        let after = self.slots();

        drop(held);
        if let Answer::Closed(reason) | Answer::Banned(reason) = attack.answer {
            let is_closed = || self.evidence().reasons.keys().any(|other| other.contains(reason));
            // One that is not closed in time is told by the evidence, and not by a panic at the full deadline.
            let _ = timeout(DEADLINE / 2, eventually("the end", is_closed)).await;
        }
        within("the victim's stop", self.victim.stop()).await;
        self.peak.look_at_the_end(&self.victim);
        Outcome {
            slots: (before.len(), before.iter().filter(|id| after.contains(id)).count()),
            tally: traffic.tally(),
            slowdown: ratio(&attacked, &calm),
            evidence: self.evidence(),
            served,
            peak: self.peak,
        }
    }

    /// Plays the script beside the traffic: the times of the rounds meanwhile, and what the script left.
    async fn attack(
        &mut self,
        attack: &Attack,
        scale: Scale,
        traffic: &mut Traffic,
    ) -> (Vec<Duration>, (Held, Option<bool>)) {
        let mut scripts = JoinSet::new();
        let (attacker, script) = (Arc::clone(&self.attacker), attack.script);
        scripts.spawn(async move { attacker.play(&script).await });
        let mut times = Vec::new();
        let mut left = None;
        while left.is_none() || times.len() < scale.rounds {
            times.push(traffic.round(scale.lines).await);
            self.rounds.send_modify(|rounds| *rounds += 1);
            self.peak.look_at(&self.victim);
            left = left.or_else(|| scripts.try_join_next());
        }
        let left = left.expect("the loop ends with the script");
        (times, left.expect("a script does not panic"))
    }

    fn evidence(&self) -> Evidence {
        let lines = witness::of(|peer| self.is_hostile(Some(peer)));
        let hosts = &self.victim.node().context().hosts;
        let honest = (2..=4).map(|group| internet::host(group, self.attacker.subnet, 1));
        let honest = honest.map(|ip| Address::socket("tcp", (ip, 1).into()));
        Evidence::new(&lines, hosts.bans().len(), honest.filter(|address| hosts.is_banned(address)).count())
    }
}

fn ratio(under: &[Duration], calm: &[Duration]) -> f64 {
    median(under) / median(calm)
}

fn median(times: &[Duration]) -> f64 {
    let mut times: Vec<_> = times.iter().map(Duration::as_secs_f64).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
