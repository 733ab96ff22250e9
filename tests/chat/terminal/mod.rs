//! The terminal front end and the line commands: the real program against real nodes.

mod away;
mod hostile;
mod lines;
mod person;
mod screen;
mod talk;
