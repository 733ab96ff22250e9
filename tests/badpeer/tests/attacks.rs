//! Every attack, without what depends on time: the honest nodes keep their channels and hear every line, the attacker
//! meets the answer that is stated for it, and what the victim holds stays within its bounds.

use backplane_badpeer::attack::Attack;
use backplane_badpeer::attacks;
use backplane_badpeer::stage::{self, Scale};
use backplane_badpeer::table::Row;

const SCALE: Scale = Scale { lines: 40, rounds: 3 };

fn every_one_is_answered(attacks: &[Attack]) {
    let rows = attacks.iter().map(|attack| Row::new(attack, &stage::run(attack, SCALE)));
    let wrong: Vec<_> = rows.filter(|row| !row.faults.is_empty()).map(|row| row.to_string()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn frames_that_break_the_rules_cost_nobody_else() {
    every_one_is_answered(&attacks::frames());
}

#[test]
fn handshakes_that_break_the_rules_cost_nobody_else() {
    every_one_is_answered(&attacks::handshake());
}

#[test]
fn payloads_that_break_the_rules_cost_nobody_else() {
    every_one_is_answered(&attacks::payloads());
}

#[test]
fn peers_that_do_not_show_that_they_live_cost_nobody_else() {
    every_one_is_answered(&attacks::alive());
}

#[test]
fn lies_about_addresses_cost_nobody_else() {
    every_one_is_answered(&attacks::addresses());
}

#[test]
fn absurd_lists_of_protocols_cost_nobody_else() {
    every_one_is_answered(&attacks::negotiation());
}

#[test]
fn slow_and_broken_connections_cost_nobody_else() {
    every_one_is_answered(&attacks::flow());
}

#[test]
fn floods_of_connections_cost_nobody_else() {
    every_one_is_answered(&attacks::connections());
}

#[test]
fn more_than_a_peer_may_have_costs_nobody_else() {
    every_one_is_answered(&attacks::limits());
}

#[test]
fn connections_and_records_of_tls_that_break_the_rules_cost_nobody_else() {
    every_one_is_answered(&attacks::tls());
}

#[test]
fn what_breaks_the_rules_of_rooms_costs_nobody_else() {
    every_one_is_answered(&attacks::rooms());
}

#[test]
fn the_document_has_every_attack_with_its_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/security.md");
    let text = std::fs::read_to_string(path).expect("the document is part of the repository");
    let documented: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let attacks = attacks::all();
    for attack in &attacks {
        let begin = format!("| {} | {} | ", attack.name, attack.role.word());
        let end = format!(" | {} |", attack.answer);
        let told = documented.iter().any(|line| line.starts_with(&begin) && line.ends_with(&end));
        assert!(told, "docs/security.md lacks {begin}… {end}");
    }
    assert_eq!(documented.len(), attacks.len(), "docs/security.md has attacks that are gone");
}
