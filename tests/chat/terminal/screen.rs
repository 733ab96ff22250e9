//! Screens, compared without what differs from run to run.

use crate::irc::tmux::Terminal;

/// Waits until the whole screen is this one: times are `00:00`, and the day is `DAY`.
pub(super) async fn becomes(terminal: &Terminal, expected: &[&str]) {
    let what = format!("this screen:\n{}", expected.join("\n"));
    terminal.becomes(&what, |screen| (normal(screen) == expected).then_some(())).await;
}

fn normal(screen: &str) -> Vec<String> {
    let mut rows: Vec<_> = screen.lines().map(|row| without_times(row.trim_end())).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

/// A row with its times and its day, if it has some, as if they were the same in each run.
fn without_times(row: &str) -> String {
    if let (Some(start), Some(end)) = (row.find('─'), row.rfind('─'))
        && row.get(start..end).is_some_and(|rule| rule.contains(" 20"))
    {
        let (before, after) = (row.get(..start).unwrap_or_default(), row.get(end + '─'.len_utf8()..));
        return format!("{before}DAY{}", after.unwrap_or_default());
    }
    let characters: Vec<_> = row.chars().collect();
    let is_time = |at: usize| {
        let part = characters.get(at..at + 5);
        part.is_some_and(|part| {
            part.iter().enumerate().all(|(i, c)| if i == 2 { *c == ':' } else { c.is_ascii_digit() })
        })
    };
    let mut shown = String::new();
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        if is_time(at) {
            shown.push_str("00:00");
            at += 5;
        } else {
            shown.push(*character);
            at += 1;
        }
    }
    shown
}

#[test]
fn times_and_days_are_the_same_in_each_run() {
    assert_eq!(without_times("#a │14:05 bob at 9:30"), "#a │00:00 bob at 9:30");
    assert_eq!(without_times("#a │── Monday 4 May 2026 ──│bob"), "#a │DAY│bob");
    assert_eq!(without_times("── new ──"), "── new ──");
}
