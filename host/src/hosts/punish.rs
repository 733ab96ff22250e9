//! The bans of the address book: who is kept out, and the file that remembers it.

use super::{Ban, Hosts, HostsError, LoadReport, Sentence, ban_file, bans, book::Book, file};
use crate::address::{Address, HostKey, Subject};
use crate::durable;
use std::{path::Path, time::Duration};
use tokio::sync::watch;

impl Hosts {
    /// Bans the host of `address`, over all schemes and ports, for as long as the [`BanTerms`](super::BanTerms) say. Returns whether it
    /// is banned now; Unix sockets, proxies and, outside localnet, local addresses never are.
    pub fn ban(&self, address: &Address, reason: &str, now: u64) -> bool {
        let banned = self.shared.update(|book| book.ban(address, reason, now));
        self.note_bans(banned);
        banned
    }

    /// Bans a host or a group. `None` where it cannot be: outside localnet a local one never is.
    pub fn punish(&self, subject: &Subject, sentence: Sentence<'_>, now: u64) -> Option<Ban> {
        let ban = self.shared.update(|book| book.punish(subject, sentence, now));
        self.note_bans(ban.is_some());
        ban
    }

    /// Lifts a ban and forgets those that were before it: the ban, if one was in force.
    pub fn unban(&self, subject: &Subject) -> Option<Ban> {
        let ban = self.shared.update(|book| book.bans.remove(subject));
        self.note_bans(true);
        ban
    }

    /// Lifts the bans whose time is over: whose they were.
    pub fn lift_bans(&self, now: u64) -> Vec<Subject> {
        let lifted = self.shared.update(|book| book.bans.lift(now));
        self.note_bans(!lifted.is_empty());
        lifted
    }

    /// Whether nothing may be had to do with an address: its host or its group is banned, or the operator blocked it.
    #[must_use]
    pub fn is_banned(&self, address: &Address) -> bool {
        self.shared.read(|book| book.is_refused(address))
    }

    /// Whether the operator blocked an address, banned or not.
    #[must_use]
    pub fn is_blocked(&self, address: &Address) -> bool {
        self.shared.read(|book| book.is_blocked(address))
    }

    /// The ban that keeps a host out: its own, or that of its group.
    #[must_use]
    pub fn ban_of(&self, host: &HostKey) -> Option<Ban> {
        self.shared.read(|book| book.bans.find(host).cloned())
    }

    /// Whether a subject can be banned: a local one under localnet only.
    #[must_use]
    pub fn can_ban(&self, subject: &Subject) -> bool {
        self.shared.read(|book| book.can_ban(subject))
    }

    /// How long the next ban of a subject would last.
    #[must_use]
    pub fn next_ban(&self, subject: &Subject) -> Duration {
        self.shared.read(|book| book.bans.next_length(subject))
    }

    /// The bans in force, the newest first.
    #[must_use]
    pub fn bans(&self) -> Vec<Ban> {
        self.shared.read(|book| book.bans.all())
    }

    /// Changes with each ban that comes or goes.
    #[must_use]
    pub fn bans_changed(&self) -> watch::Receiver<u64> {
        self.shared.banned.subscribe()
    }

    /// Takes the bans that a file has, under the same rules as everything else. No file is an empty file. Blocks on
    /// the disk.
    ///
    /// # Errors
    ///
    /// When the file is there but cannot be read. Damaged lines are no error, they are reported by number.
    pub fn load_bans(&self, path: &Path, now: u64) -> Result<LoadReport, HostsError> {
        let mut report = LoadReport::default();
        for (number, line) in ban_file::lines(&file::read(path)?).enumerate() {
            match line {
                Err(file::Damaged) => report.damaged.push(number + 1),
                Ok(None) => {}
                Ok(Some(ban)) => {
                    self.shared.update(|book| book.restore_ban(ban, now));
                    report.kept += 1;
                }
            }
        }
        Ok(report)
    }

    /// Writes the bans, if there are any or were. At every moment the file is either the old one or the new one, whole, and of two calls the
    /// later one writes what is newer. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file, or the folder that it is in, cannot be written.
    pub fn save_bans(&self, path: &Path) -> Result<(), HostsError> {
        let _writing = self.shared.ban_file.lock();
        let bans = self.shared.read(|book| book.bans.kept());
        if bans.is_empty() && !path.exists() {
            return Ok(());
        }
        durable::replace(path, |file| ban_file::write(file, &bans))
            .map_err(|source| HostsError::Write { path: path.to_owned(), source })
    }

    fn note_bans(&self, changed: bool) {
        if changed {
            self.shared.banned.send_modify(|changes| *changes += 1);
        }
    }
}

impl Book {
    pub(super) fn ban(&mut self, address: &Address, reason: &str, now: u64) -> bool {
        let sentence = Sentence { address: Some(address), length: None, reason };
        Subject::of(address).is_some_and(|subject| self.punish(&subject, sentence, now).is_some())
    }

    pub(super) fn punish(&mut self, subject: &Subject, sentence: Sentence<'_>, now: u64) -> Option<Ban> {
        if !self.can_ban(subject) {
            return None;
        }
        let ban = self.bans.insert(subject, sentence, now);
        self.drop_refused();
        Some(ban)
    }

    fn can_ban(&self, subject: &Subject) -> bool {
        self.localnet || !bans::is_local(subject)
    }

    fn restore_ban(&mut self, ban: Ban, now: u64) {
        self.bans.restore(ban, now);
        self.drop_refused();
    }
}

#[cfg(test)]
mod tests {
    use super::super::HostsConfig;
    use super::*;
    use std::fs;

    const NOW: u64 = 1_000_000;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn book() -> Hosts {
        Hosts::new(HostsConfig::default())
    }

    #[test]
    fn bans_survive_a_restart_and_a_damaged_line_is_passed_over_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bans.tsv");
        let hosts = book();
        hosts.ban(&address("tcp://1.1.1.1:1/"), "noise", NOW);
        hosts.punish(&"2.2.0.0/16".parse().unwrap(), Sentence::default(), NOW);
        hosts.save_bans(&file).unwrap();
        let text = format!("garbage\n{}", fs::read_to_string(&file).unwrap());
        fs::write(&file, text).unwrap();

        let again = book();
        again.insert([(address("tcp://2.2.9.9:1/"), 5), (address("tcp://3.3.3.3:1/"), 5)], None, NOW);
        let report = again.load_bans(&file, NOW + 1).unwrap();
        assert_eq!((report.kept, report.damaged), (2, vec![1]));
        assert_eq!(again.bans(), hosts.bans());
        assert_eq!(again.counts().grey, 1, "what is banned is on no list");
        let absent = folder.path().join("absent");
        assert_eq!(book().load_bans(&absent, NOW).unwrap(), LoadReport::default());
        book().save_bans(&absent).unwrap();
        assert!(!absent.exists(), "there is nothing to write");
        again.unban(&"2.2.0.0/16".parse().unwrap());
        again.unban(&"1.1.1.1".parse().unwrap());
        again.save_bans(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
    }

    #[test]
    fn no_port_and_no_scheme_and_no_list_evades_a_ban() {
        let hosts = book();
        hosts.insert([(address("tcp://1.1.1.1:1/"), 5)], None, NOW);
        hosts.ban(&address("tcp+tls://1.1.1.1:40000/"), "noise", NOW);
        assert_eq!(
            hosts.insert([(address("tcp://1.1.1.1:1/"), 5), (address("tcp://1.1.1.1:2/"), 5)], None, NOW),
            0
        );
        for text in ["tcp://1.1.1.1:1/", "quic://0x1010101:9", "tcp+tls://[::ffff:1.1.1.1]:7/"] {
            assert!(hosts.is_banned(&address(text)), "{text}");
        }
    }

    #[test]
    fn a_ban_that_is_lifted_lets_the_host_in_again_and_whoever_keeps_the_file_is_told() {
        let hosts = book();
        let mut changed = hosts.bans_changed();
        let host = address("tcp://1.1.1.1:1/");
        hosts.ban(&host, "noise", NOW);
        assert!(changed.has_changed().unwrap());
        changed.mark_unchanged();
        assert!(hosts.lift_bans(NOW + 86_399).is_empty() && !changed.has_changed().unwrap());
        assert_eq!(hosts.lift_bans(NOW + 86_400).len(), 1);
        assert!(changed.has_changed().unwrap() && !hosts.is_banned(&host));
        hosts.ban(&host, "noise", NOW + 90_000);
        assert_eq!(hosts.unban(&Subject::of(&host).unwrap()).map(|ban| ban.times), Some(2));
        assert!(!hosts.is_banned(&host));
        assert_eq!(hosts.next_ban(&Subject::of(&host).unwrap()).as_secs(), 86_400, "all is forgotten");
    }
}
