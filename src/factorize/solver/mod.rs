//! The methods, one file each.

pub mod multiplicative_update;
