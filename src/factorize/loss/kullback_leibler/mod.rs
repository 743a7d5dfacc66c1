//! The generalised Kullback-Leibler divergence: the steps of its methods, one file each.

pub mod coordinate_newton;
pub mod diagonal_newton;
mod half_step;
pub mod multiplicative_update;

pub use half_step::{document_step, term_step};
