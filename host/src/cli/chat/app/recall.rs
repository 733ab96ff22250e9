//! What was typed before, to be had again.

/// How many lines are kept.
const MAX_LINES: usize = 200;

/// Lines, the newest last, and which one is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Recall {
    lines: Vec<String>,
    at: Option<usize>,
    /// What stood there before looking back began.
    draft: String,
}

impl Recall {
    /// Remembers a line.
    pub(super) fn push(&mut self, line: &str) {
        self.at = None;
        if self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > MAX_LINES {
            self.lines.remove(0);
        }
    }

    /// The line before; `current` is what stands there now.
    pub(super) fn earlier(&mut self, current: &str) -> Option<String> {
        let at = match self.at {
            Some(at) => at.checked_sub(1)?,
            None => self.lines.len().checked_sub(1)?,
        };
        if self.at.is_none() {
            current.clone_into(&mut self.draft);
        }
        self.at = Some(at);
        self.lines.get(at).cloned()
    }

    /// The line after, or what stood there at first.
    pub(super) fn later(&mut self) -> Option<String> {
        let at = self.at? + 1;
        let line = self.lines.get(at).cloned();
        self.at = line.is_some().then_some(at);
        line.or_else(|| Some(std::mem::take(&mut self.draft)))
    }

    /// Something else was typed.
    pub(super) fn forget_place(&mut self) {
        self.at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_back_and_forth_and_ends_with_the_draft() {
        let mut recall = Recall::default();
        assert_eq!(recall.earlier("draft"), None);
        ["a", "b", "b"].iter().for_each(|line| recall.push(line));
        let mut back = || recall.earlier("draft");
        assert_eq!([back(), back(), back()], [Some("b".to_owned()), Some("a".to_owned()), None]);
        let mut forth = || recall.later();
        assert_eq!([forth(), forth(), forth()], [Some("b".to_owned()), Some("draft".to_owned()), None]);
    }

    #[test]
    fn keeps_a_bounded_number() {
        let mut recall = Recall::default();
        (0..1000).for_each(|number| recall.push(&number.to_string()));
        assert_eq!((recall.lines.len(), recall.earlier("")), (MAX_LINES, Some("999".to_owned())));
    }
}
