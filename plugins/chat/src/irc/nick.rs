//! Nicks made of names: what IRC allows, and what tells two people of one name apart.

use super::split;
use crate::room::shown_name;

/// How long the part of a nick is that comes from the name, in bytes.
pub(crate) const LONGEST: usize = 32;

/// Who says the lines of dchat, which nobody has signed.
pub(crate) const DCHAT: &str = "dchat";

/// Nicks that users of IRC trust with their passwords, or that are this server's own.
const RESERVED: [&str; 7] = [DCHAT, "nickserv", "chanserv", "memoserv", "hostserv", "operserv", "root"];

/// The nick of a name. `|` is left out: it begins the suffix of [`with_suffix`].
pub(crate) fn of_name(name: &str) -> String {
    let one = |character: char| if is_allowed(character) { character } else { '_' };
    let mut nick: String = shown_name(name).chars().map(one).collect();
    if nick.starts_with(|first: char| first.is_numeric() || first == '-') {
        nick.insert(0, '_');
    }
    if nick.is_empty() {
        nick.push_str("anon");
    }
    split::head(&nick, LONGEST).to_owned()
}

/// Whether a nick may be somebody's without a suffix.
pub(crate) fn is_free(nick: &str) -> bool {
    !RESERVED.contains(&folded(nick).as_str())
}

/// What two nicks have in common that IRC takes for one.
pub(crate) fn folded(nick: &str) -> String {
    nick.to_lowercase()
}

/// The nick with so many digits of a fingerprint, `alice|ab12`.
pub(crate) fn with_suffix(nick: &str, fingerprint: &str, digits: usize) -> String {
    let digits: String = fingerprint.chars().filter(char::is_ascii_hexdigit).take(digits).collect();
    format!("{nick}|{digits}")
}

fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || "-_[]{}\\^`".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_nick_is_as_near_to_the_name_as_irc_allows() {
        for (name, nick) in [
            ("alice", "alice"),
            ("Anna Maria", "Anna_Maria"),
            (" zoë ", "zoë"),
            ("Анна", "Анна"),
            ("7of9", "_7of9"),
            ("-x", "_-x"),
            ("a!b@c:d,e", "a_b_c_d_e"),
            ("alice|ab12", "alice_ab12"),
            ("#room", "_room"),
            ("\u{202e}eci\u{200b}la", "ecila"),
            ("", "anon"),
            ("[bot]", "[bot]"),
        ] {
            assert_eq!(of_name(name), nick, "{name:?}");
        }
        assert_eq!(of_name(&"é".repeat(30)), "é".repeat(16));
    }

    #[test]
    fn a_suffix_tells_who_it_is() {
        assert_eq!(with_suffix("alice", "ab12-cd34-ef56-7890", 4), "alice|ab12");
        assert_eq!(with_suffix("alice", "ab12-cd34-ef56-7890", 8), "alice|ab12cd34");
    }

    #[test]
    fn nobody_is_a_service_without_a_suffix() {
        assert!(!is_free("NickServ") && !is_free("dchat") && is_free("alice"));
    }

    proptest! {
        #[test]
        fn no_name_is_more_than_one_word_of_a_line(name in "(?s).{0,70}") {
            let nick = of_name(&name);
            prop_assert!(!nick.is_empty() && nick.len() <= LONGEST);
            prop_assert!(!nick.contains(|other: char| " \r\n\0:!@,*?#&|".contains(other) || other.is_control()));
        }
    }
}
