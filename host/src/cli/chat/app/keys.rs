//! What each key does.

use super::completion::Completion;
use super::composer::Purpose;
use super::mode::{Mode, Panel, Question};
use super::{App, Effect};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

impl App {
    pub(super) fn press(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        // What went wrong stays to be read by whoever is typing.
        let ends_it = matches!(key.code, KeyCode::Enter | KeyCode::Esc);
        self.notice.take_if(|notice| !notice.alert || ends_it);
        if self.press_anywhere(key) {
            return;
        }
        match std::mem::replace(&mut self.mode, Mode::Typing) {
            Mode::Typing => self.press_typing(key),
            Mode::Selecting(id) => self.press_selecting(key, id),
            Mode::Searching(search) => self.press_searching(key, search),
            Mode::Reading(panel) => self.press_reading(key, panel),
            Mode::Asking(question) => self.press_asking(key, question),
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.mode = Mode::Typing;
        self.completion = None;
        self.recall.forget_place();
        if !self.composer_mut().editor.insert(text) {
            self.warn("the end of what was pasted is left out: it is too long for a message");
        }
    }

    /// Keys that always do the same; whether it was one.
    fn press_anywhere(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c') if control => self.interrupt(),
            KeyCode::Char('q') if control => self.effects.push(Effect::Quit),
            KeyCode::Char('z') if control => self.effects.push(Effect::Suspend),
            KeyCode::Char('l') if control => self.effects.push(Effect::Redraw),
            KeyCode::Char('n') if control => self.step(1),
            KeyCode::Char('p') if control => self.step(-1),
            KeyCode::Down if alt => self.step(1),
            KeyCode::Up if alt => self.step(-1),
            KeyCode::Char('a') if alt => self.step_unread(),
            KeyCode::Char(digit @ '1'..='9') if alt => self.open_numbered(digit),
            KeyCode::F(1) => self.show_help(),
            _ => return false,
        }
        true
    }

    /// Ends, unless there is a text that would be lost.
    fn interrupt(&mut self) {
        self.mode = Mode::Typing;
        let composer = self.composer_mut();
        if composer.editor.text().is_empty() {
            return self.effects.push(Effect::Quit);
        }
        composer.editor.cut_all();
        composer.target = None;
        self.say("the text was cut (Ctrl-Y brings it back); Ctrl-C once more ends");
    }

    fn press_typing(&mut self, key: KeyEvent) {
        let completion = self.completion.take();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Tab => self.complete(completion, false),
            KeyCode::BackTab => self.complete(completion, true),
            KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => self.write("\n"),
            KeyCode::Char('j') if control => self.write("\n"),
            KeyCode::Enter => self.submit(),
            KeyCode::Esc => self.escape(),
            KeyCode::PageUp => self.turn(true, false),
            KeyCode::PageDown => self.turn(false, false),
            KeyCode::Home if control => self.go_to_top(),
            KeyCode::End if control => self.go_to_bottom(),
            KeyCode::Char('d') if control && self.editor().text().is_empty() => {
                self.effects.push(Effect::Quit);
            }
            KeyCode::Char('f') if control => {
                self.composer_mut().editor.set("/search ");
            }
            KeyCode::Up => self.up(),
            KeyCode::Down => self.down(),
            _ => self.edit(key),
        }
    }

    /// Keys that change the text or move in it.
    fn edit(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let editor = &mut self.composer_mut().editor;
        match key.code {
            KeyCode::Left if control || alt => editor.word_left(),
            KeyCode::Right if control || alt => editor.word_right(),
            KeyCode::Left => editor.left(),
            KeyCode::Right => editor.right(),
            KeyCode::Home => editor.home(),
            KeyCode::End => editor.end(),
            KeyCode::Backspace if control || alt => editor.cut_word(),
            KeyCode::Backspace => editor.backspace(),
            KeyCode::Delete => editor.delete(),
            KeyCode::Char('b') if alt => editor.word_left(),
            KeyCode::Char('f') if alt => editor.word_right(),
            KeyCode::Char('a') if control => editor.home(),
            KeyCode::Char('e') if control => editor.end(),
            KeyCode::Char('b') if control => editor.left(),
            KeyCode::Char('d') if control => editor.delete(),
            KeyCode::Char('h') if control => editor.backspace(),
            KeyCode::Char('k') if control => editor.cut_to_end(),
            KeyCode::Char('u') if control => editor.cut_to_home(),
            KeyCode::Char('w') if control => editor.cut_word(),
            KeyCode::Char('y') if control => editor.paste_cut(),
            KeyCode::Char(character) if !control && !alt => self.write(character.encode_utf8(&mut [0; 4])),
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        self.recall.forget_place();
        if !self.composer_mut().editor.insert(text) {
            self.warn("this is as long as a text can be here");
        }
    }

    /// The line above, or what was typed before.
    fn up(&mut self) {
        if self.composer_mut().editor.up() {
            return;
        }
        let current = self.editor().text().to_owned();
        if let Some(line) = self.recall.earlier(&current) {
            self.composer_mut().editor.set(&line);
        }
    }

    fn down(&mut self) {
        if !self.composer_mut().editor.down()
            && let Some(line) = self.recall.later()
        {
            self.composer_mut().editor.set(&line);
        }
    }

    /// Forgets what the text is for; without that, chooses a message.
    fn escape(&mut self) {
        match self.composer_mut().target.take() {
            Some(target) if target.purpose == Purpose::Reply => {}
            // The text is of no use for anything else.
            Some(_) => self.composer_mut().editor.set(""),
            None => self.begin_selecting(),
        }
    }

    fn complete(&mut self, completion: Option<Completion>, back: bool) {
        let completion = completion.or_else(|| self.completion_here());
        let Some(mut completion) = completion else { return };
        let text = completion.next(back);
        self.composer_mut().editor.replace(completion.start(), &text);
        self.completion = Some(completion);
    }

    fn step(&mut self, by: isize) {
        self.mode = Mode::Typing;
        self.rooms.step(by);
    }

    fn step_unread(&mut self) {
        self.mode = Mode::Typing;
        if !self.rooms.step_unread() {
            self.say("nothing is unread");
        }
    }

    fn open_numbered(&mut self, digit: char) {
        let number = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(1);
        let room = self.rooms.list().get(number.saturating_sub(1));
        if let Some(id) = room.map(|state| state.room.room.clone()) {
            self.mode = Mode::Typing;
            self.rooms.open(&id);
        }
    }

    fn press_reading(&mut self, key: KeyEvent, mut panel: Panel) {
        let page = usize::from(self.areas().timeline.height).saturating_sub(1).max(1);
        let last = panel.lines.len().saturating_sub(page);
        panel.above = match key.code {
            KeyCode::Up | KeyCode::Char('k') => panel.above.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => panel.above + 1,
            KeyCode::PageUp => panel.above.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => panel.above + page,
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => return,
            // Whoever goes on writing has read enough.
            _ => return self.press_typing(key),
        }
        .min(last);
        self.mode = Mode::Reading(panel);
    }

    fn press_asking(&mut self, key: KeyEvent, question: Question) {
        match key.code {
            KeyCode::Char('y' | 'Y') => {
                if let Err(problem) = self.ask(question.yes) {
                    self.warn(problem);
                }
            }
            KeyCode::Char('n' | 'N') | KeyCode::Esc => {}
            _ => self.mode = Mode::Asking(question),
        }
    }
}
