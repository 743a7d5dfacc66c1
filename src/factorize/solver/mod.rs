//! The methods, one file each.

pub mod accelerated;
pub mod frobenius;
mod half_step;
pub mod multiplicative_update;
pub mod newton;

pub use half_step::{document_step, term_step};
