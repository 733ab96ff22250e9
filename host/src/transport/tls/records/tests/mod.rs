//! Records: against stock rustls at the other end, and against one that has the keys and means ill.

mod halves;
mod rules;
mod stock;
