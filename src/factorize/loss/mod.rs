//! The losses, one room each, with the same file names in both.

pub mod frobenius;
pub mod kullback_leibler;
