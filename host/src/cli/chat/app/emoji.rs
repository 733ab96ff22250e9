//! Names of emoji, as they are typed between colons.

/// Common ones; others are typed or pasted as they are.
const EMOJI: [(&str, &str); 60] = [
    ("+1", "👍"),
    ("-1", "👎"),
    ("100", "💯"),
    ("angry", "😠"),
    ("beer", "🍺"),
    ("boom", "💥"),
    ("bug", "🐛"),
    ("bulb", "💡"),
    ("cat", "🐱"),
    ("check", "✅"),
    ("clap", "👏"),
    ("coffee", "☕"),
    ("confused", "😕"),
    ("cool", "😎"),
    ("cry", "😢"),
    ("dog", "🐶"),
    ("earth", "🌍"),
    ("eyes", "👀"),
    ("facepalm", "🤦"),
    ("fire", "🔥"),
    ("fish", "🐟"),
    ("gift", "🎁"),
    ("grin", "😀"),
    ("heart", "💜"),
    ("hug", "🤗"),
    ("joy", "😂"),
    ("key", "🔑"),
    ("kiss", "😘"),
    ("laugh", "😆"),
    ("lock", "🔒"),
    ("love", "😍"),
    ("moon", "🌙"),
    ("muscle", "💪"),
    ("music", "🎵"),
    ("no", "❌"),
    ("ok", "👌"),
    ("party", "🥳"),
    ("pizza", "🍕"),
    ("pray", "🙏"),
    ("question", "❓"),
    ("rainbow", "🌈"),
    ("robot", "🤖"),
    ("rocket", "🚀"),
    ("sad", "😞"),
    ("scream", "😱"),
    ("shrug", "🤷"),
    ("sleep", "😴"),
    ("smile", "😄"),
    ("sob", "😭"),
    ("sparkles", "✨"),
    ("star", "🌟"),
    ("sun", "🌞"),
    ("sweat", "😅"),
    ("tada", "🎉"),
    ("think", "🤔"),
    ("tree", "🌳"),
    ("wave", "👋"),
    ("wink", "😉"),
    ("wow", "😮"),
    ("zap", "⚡"),
];

/// The emoji whose names begin so.
pub(super) fn beginning(start: &str) -> impl Iterator<Item = &'static str> {
    let start = start.to_lowercase();
    EMOJI.iter().filter(move |(name, _)| name.starts_with(&start)).map(|(_, emoji)| *emoji)
}

/// What was typed, with a name between colons as the emoji that it names.
///
/// # Errors
/// When it is no name that is known, for the user.
pub(super) fn read(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let Some(name) = typed.strip_prefix(':') else { return Ok(typed.to_owned()) };
    let name = name.strip_suffix(':').unwrap_or(name);
    let found = EMOJI.iter().find(|(known, _)| *known == name).map(|(_, emoji)| (*emoji).to_owned());
    found.ok_or_else(|| {
        format!("no emoji :{name}: is known here; Tab completes names, and any emoji can be pasted")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn every_emoji_has_a_name_of_its_own_and_the_width_that_terminals_give_it() {
        for (name, emoji) in EMOJI {
            assert_eq!(read(&format!(":{name}:")), Ok(emoji.to_owned()));
            assert_eq!((emoji.chars().count(), emoji.width()), (1, 2), "{name}");
        }
        assert!(EMOJI.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn others_are_taken_as_they_are() {
        assert_eq!(read(" 🦀 "), Ok("🦀".to_owned()));
        assert!(read(":crab:").unwrap_err().contains(":crab:"));
        assert_eq!(beginning("sh").collect::<Vec<_>>(), ["🤷"]);
    }
}
