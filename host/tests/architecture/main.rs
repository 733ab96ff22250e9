//! The design, held against the sources.

mod cycles;
mod fences;
mod files;
mod layers;
mod source;
