//! What the threads that run plug-ins are doing, for the watchdog and for the flight recorder.
//!
//! ```text
//! marker (one protocol of a generation) -> mark (one job or entry of it) -> work (a poll, on the slot of its thread)
//!                                                                              -> reading (what a slot says)
//! ```
//!
//! A thread has a slot, and its marks are a few plain stores into it: no lock, no clock, nothing for a message. The slots
//! and the texts lie in one table of fixed layout, which may be memory that outlives the process.

mod doing;
mod generation;
mod image;
mod labels;
mod marked;
mod marker;
mod place;
mod table;
mod thread;

pub use doing::Doing;
pub use generation::Generation;
pub use image::{Image, TooShort};
pub use labels::Label;
pub use marked::Marked;
pub use marker::{Mark, Marker};
pub use place::place;
pub use table::{LABELS, Reading, SLOTS, Table};
pub use thread::{Work, handed_over, slot_here};

impl Reading {
    /// A turn that no slot has said of.
    #[cfg(test)]
    pub(crate) const fn of(slot: usize, turn: u64, generation: Generation) -> Self {
        Self { slot, turn, generation, label: 0, command: 0, channel: 0 }
    }

    /// What the reading means.
    #[must_use]
    pub fn doing(&self) -> Doing {
        let [plugin, version, protocol, work] = labels::split(&place::current().label_text(self.label));
        let [command, ..] = labels::split(&place::current().label_text(self.command));
        Doing { plugin, version, protocol, work, channel: self.channel, command }
    }
}

/// What every thread does that is at work for a plug-in.
#[must_use]
pub fn readings() -> Vec<Reading> {
    let slots = place::current().slots.iter().enumerate();
    slots.filter_map(|(number, slot)| slot.read(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn of(generation: Generation) -> Vec<Reading> {
        readings().into_iter().filter(|reading| reading.generation == generation).collect()
    }

    #[test]
    fn a_slot_says_what_its_thread_does_until_it_is_done() {
        let marker = Marker::new(Generation::next(), "chat", "0.3.0").of_protocol("lines");
        let mut command = Label::NONE;
        let work = Work::begin(marker.job("receive"), 7, command);
        let [first] = of(marker.generation())[..] else { panic!("one slot") };
        assert_eq!(first.doing().to_string(), "chat 0.3.0, protocol lines, channel 7, job receive");
        handed_over(Label::of_command("DchatMsg"));
        let said = of(marker.generation())[0].doing().to_string();
        assert_eq!(said, "chat 0.3.0, protocol lines, channel 7, job receive, command DchatMsg");
        command = work.end();
        assert_eq!(of(marker.generation()), []);

        // The next poll of the job still has what the last one was given.
        let work = Work::begin(marker.job("receive"), 7, command);
        let [again] = of(marker.generation())[..] else { panic!("one slot") };
        assert_eq!((again.slot, again.doing().command.as_str()), (first.slot, "DchatMsg"));
        assert_ne!(again.turn, first.turn);
        drop(work);
        assert_eq!(of(marker.generation()), []);
    }

    #[test]
    fn threads_have_slots_of_their_own_and_give_them_back() {
        let marker = Marker::new(Generation::next(), "chat", "0.3.0");
        let here = Work::begin(marker.mark("create"), 0, Label::NONE);
        let other = marker;
        let there = thread::spawn(move || {
            let work = Work::begin(other.mark("stop"), 0, Label::NONE);
            let found = of(other.generation());
            drop(work);
            (found, slot_here())
        });
        let (found, slot) = there.join().unwrap();
        assert_eq!(found.len(), 2);
        assert_ne!(slot, slot_here());
        let slot = usize::try_from(slot.unwrap()).unwrap();
        assert!(!place::current().slots[slot].is_taken(), "the thread has ended");
        drop(here);
    }
}
