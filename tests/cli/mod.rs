//! Tests of whole commands: exit code, stdout and stderr.

mod checkpoints;
mod commands;
mod explain;
mod exports;
mod formats;
mod forms;
mod groups;
mod hygiene;
mod matrices;
mod mistakes;
mod models;
mod names;
mod outputs;
mod phrases;
mod pictures;
mod reading;
mod robustness;
mod runs;
mod selection;
mod shards;
mod sharpening;
mod solvers;
mod tables;
mod updates;
mod verdicts;
mod views;
