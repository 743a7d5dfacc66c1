//! The reasons for which a fit ends.

use serde::{Deserialize, Serialize};

/// Why a fit ended. A fit that has not converged is still a result, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The objective fell by no more than `tolerance`, as a share of itself, over ten iterations.
    Converged,
    /// The KKT residual fell below `kkt_tolerance`.
    Stationary,
    /// `max_iterations` iterations were done.
    MaxIterations,
    /// One pass over the documents was made, as was asked for.
    OnePass,
    /// The time limit was reached.
    TimeLimit,
    /// The observer asked for an end, as a person does with Ctrl-C.
    Interrupted,
}

impl StopReason {
    /// Whether the fit was ended before it was done, so that it can go on.
    pub fn is_early(self) -> bool {
        matches!(self, Self::TimeLimit | Self::Interrupted)
    }
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged",
            Self::Stationary => "stationary point reached",
            Self::MaxIterations => "all iterations done",
            Self::OnePass => "one pass made",
            Self::TimeLimit => "time limit reached",
            Self::Interrupted => "interrupted",
        })
    }
}
