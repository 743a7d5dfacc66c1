//! All tests that use the project from outside, in one program, so that it is linked only once and helpers are
//! shared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
#[cfg(feature = "cli")]
mod cli;
mod common;
mod corpora;
mod explain;
#[cfg(feature = "cli")]
mod explorer;
mod golden_coherence;
mod golden_nmf;
mod golden_text;
mod guidance;
mod languages;
mod laws;
mod library;
mod memory;
mod online;
mod oracle;
mod resume;
mod sharpening;
mod scattered;
mod sharded;
mod statistics;
mod structured;
