//! A fit on its way: factors that go down iteration by iteration.

use super::extrapolation::Extrapolation;
use super::guidance::{Given, Guided};
use super::loss::frobenius::{self, Shift};
use super::loss::kullback_leibler::diagonal_newton::Guard;
use super::loss::kullback_leibler::{coordinate_newton as newton, document_step, multiplicative_update, term_step};
use super::objective::{DataSums, objective};
use super::penalties::Penalties;
use super::stopping::has_converged;
use super::{
    Factorization, FactorizeError, FactorizeParams, Loss, Observer, Solver, Start, StopReason, Sweep, Verdict,
    kkt_residual,
};
use crate::kernels::{FactorMatrix, Step, TopicScale};
use crate::matrix::TermDocumentMatrix;

/// Iterations between two looks at the KKT residual.
const KKT_INTERVAL: usize = 10;

/// How the rows of a factor are updated.
#[derive(Clone, Copy, Debug)]
enum Update {
    /// For the Kullback-Leibler divergence.
    Divergence(Step),
    /// For the Frobenius norm.
    Squares(frobenius::Method),
}

impl Update {
    /// Whether rows go where the objective is lowest, if only along one coordinate after another.
    fn is_exact(self) -> bool {
        match self {
            Self::Divergence(step) => matches!(step, Step::Coordinate { .. }),
            Self::Squares(method) => {
                matches!(method, frobenius::Method::Hals | frobenius::Method::BlockPrincipalPivoting)
            }
        }
    }
}

/// W and H between two iterations, and how they came there.
#[derive(Debug)]
pub(super) struct Descent<'a> {
    v: &'a TermDocumentMatrix,
    params: &'a FactorizeParams,
    w: FactorMatrix,
    h: FactorMatrix,
    /// Smallest entries of W and H.
    floors: (f32, f32),
    data: DataSums,
    guard: Guard,
    extrapolation: Extrapolation,
    penalties: Option<Penalties>,
    guided: Option<&'a Guided>,
    trace: Vec<Sweep>,
}

impl<'a> Descent<'a> {
    /// With guidance, `v` has its pseudo-documents.
    pub(super) fn new(
        v: &'a TermDocumentMatrix,
        start: Start,
        params: &'a FactorizeParams,
        guided: Option<&'a Guided>,
    ) -> Self {
        let Start { w, h } = start;
        let floors = ((params.floor * w.mean()) as f32, (params.floor * h.mean()) as f32);
        let (data, penalties) = (DataSums::new(v), Penalties::new(v, params));
        let (guard, extrapolation) = (Guard::default(), Extrapolation::default());
        Self { v, params, w, h, floors, data, guard, extrapolation, penalties, guided, trace: Vec::new() }
    }

    /// The last objective known: that before the last iteration.
    pub(super) fn last_objective(&self) -> f64 {
        self.trace.last().map_or(f64::INFINITY, |sweep| sweep.objective)
    }

    /// Iterates until `n_iterations` are done in all, or there is a reason to stop before.
    pub(super) fn advance(
        &mut self,
        n_iterations: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<StopReason>, FactorizeError> {
        while self.trace.len() < n_iterations {
            let verdict = self.iterate(observer)?;
            if let Verdict::Stop(reason) = verdict {
                return Ok(Some(reason));
            }
            if self.trace.len() < n_iterations && has_converged(&self.trace, self.params) {
                return Ok(Some(StopReason::Converged));
            }
            if self.is_stationary() {
                return Ok(Some(StopReason::Stationary));
            }
        }
        Ok(None)
    }

    /// An update of H, then one of W.
    fn iterate(&mut self, observer: &mut dyn Observer) -> Result<Verdict, FactorizeError> {
        let (documents, terms) = self.updates();
        let mut objective = self.document_step(documents);
        if self.extrapolation.has_extended() && objective > self.last_objective() {
            self.extrapolation.go_back([&mut self.w, &mut self.h]);
            objective = self.document_step(documents);
        }
        let verdict = self.record(objective, observer)?;
        self.term_step(terms);
        if terms.is_exact() {
            self.extrapolation.extend([&mut self.w, &mut self.h]);
        }
        Ok(verdict)
    }

    /// Updates H, and gives the objective before.
    fn document_step(&mut self, update: Update) -> f64 {
        let penalised = self.penalties.as_ref().map(|penalties| (penalties, penalties.columns(&self.w, &self.h)));
        let penalty = penalised.as_ref().map_or(0.0, |(penalties, columns)| penalties.value(&self.w, &self.h, columns));
        match update {
            Update::Divergence(step) => {
                let (w_sums, h_sums) = (self.w.topic_sums(), self.h.topic_sums());
                let scale = match &penalised {
                    Some((penalties, columns)) => penalties.document_scale(columns, self.floors.1),
                    None => TopicScale::new(&w_sums, self.floors.1),
                };
                let log_ratio = document_step(self.v, &self.w, &scale, &mut self.h, step);
                if let Some(guided) = self.guided {
                    guided.after_documents(&w_sums, &mut self.h);
                }
                self.data.objective(log_ratio, &w_sums, &h_sums) + penalty
            }
            Update::Squares(method) => {
                let shift =
                    penalised.map_or_else(Shift::default, |(penalties, columns)| penalties.document_shift(&columns));
                let rest = frobenius::document_step(self.v, &self.w, &mut self.h, self.floors.1, method, &shift);
                self.data.half_squares + rest + penalty
            }
        }
    }

    /// Updates W.
    fn term_step(&mut self, update: Update) {
        let penalised = self.penalties.as_ref().map(|penalties| (penalties, penalties.columns(&self.w, &self.h)));
        match update {
            Update::Divergence(step) => {
                let scale = match &penalised {
                    Some((penalties, columns)) => penalties.term_scale(&self.w, columns, self.floors.0),
                    None => TopicScale::new(&self.h.topic_sums(), self.floors.0),
                };
                term_step(self.v, &mut self.w, &self.h, &scale, step);
                if let Some(guided) = self.guided {
                    guided.after_terms(&mut self.w);
                }
            }
            Update::Squares(method) => {
                let shift =
                    penalised.map_or_else(Shift::default, |(penalties, columns)| penalties.term_shift(&columns));
                frobenius::term_step(self.v, &mut self.w, &self.h, self.floors.0, method, &shift);
            }
        }
    }

    /// What penalties add to the objective.
    fn penalty(&self) -> f64 {
        let value = |penalties: &Penalties| penalties.value(&self.w, &self.h, &penalties.columns(&self.w, &self.h));
        self.penalties.as_ref().map_or(0.0, value)
    }

    /// The updates of documents and of terms in the next iteration.
    fn updates(&mut self) -> (Update, Update) {
        if self.params.loss == Loss::Frobenius {
            let method = match self.params.solver {
                Solver::Mu => frobenius::Method::MultiplicativeUpdate,
                Solver::Anls => frobenius::Method::BlockPrincipalPivoting,
                Solver::ProjectedGradient => frobenius::Method::ProjectedGradient,
                Solver::Auto | Solver::Hals | Solver::Accelerated | Solver::Newton => frobenius::Method::Hals,
            };
            return (Update::Squares(method), Update::Squares(method));
        }
        let (documents, terms) = match self.params.solver {
            Solver::Mu => multiplicative_update::steps(),
            Solver::Newton if self.trace.len() >= newton::ACCELERATED_ITERATIONS => {
                if self.trace.len() == newton::ACCELERATED_ITERATIONS {
                    newton::clear_floor(&mut self.w, self.floors.0);
                    newton::clear_floor(&mut self.h, self.floors.1);
                    self.floors = (0.0, 0.0);
                }
                newton::steps()
            }
            _ => self.guard.steps(),
        };
        (Update::Divergence(documents), Update::Divergence(terms))
    }

    fn is_stationary(&self) -> bool {
        if self.params.solver != Solver::Newton
            || self.trace.len() <= newton::ACCELERATED_ITERATIONS
            || !self.trace.len().is_multiple_of(KKT_INTERVAL)
        {
            return false;
        }
        let [w, h] = self.extrapolation.last().unwrap_or([&self.w, &self.h]);
        kkt_residual(self.v, w, h, self.floors, Loss::KullbackLeibler) < self.params.kkt_tolerance
    }

    /// Adds a row to the trace. A divergence is never negative but for rounding: below -0.1 % of V's size numbers have underflowed.
    fn record(&mut self, objective: f64, observer: &mut dyn Observer) -> Result<Verdict, FactorizeError> {
        let iteration = self.trace.len();
        let size = match self.params.loss {
            Loss::KullbackLeibler => self.data.total,
            Loss::Frobenius => self.data.half_squares,
        };
        if !objective.is_finite() || objective < -1e-3 * size {
            return Err(FactorizeError::NotFinite { iteration, objective });
        }
        let change = self.trace.last().map(|before| match before.objective {
            0.0 => 0.0,
            value => (value - objective) / value.abs(),
        });
        let sweep = Sweep { iteration, objective, change };
        self.trace.push(sweep);
        self.guard.observe(change);
        Ok(observer.observe(&sweep))
    }

    /// The result, with the objective after the last iteration.
    pub(super) fn finish(
        mut self,
        stop_reason: StopReason,
        observer: &mut dyn Observer,
    ) -> Result<Factorization, FactorizeError> {
        let loss = self.params.loss;
        self.extrapolation.go_back([&mut self.w, &mut self.h]);
        self.record(objective(self.v, &self.w, &self.h, loss) + self.penalty(), observer)?;
        let is_plain = self.penalties.is_none() && self.guided.is_none();
        let kkt_residual = is_plain.then(|| kkt_residual(self.v, &self.w, &self.h, self.floors, loss));
        let Self { w, h, trace, guided, .. } = self;
        let h = match guided {
            Some(guided) => guided.without_seeds(&h),
            None => h,
        };
        let given = guided.map_or_else(Given::default, |guided| guided.given);
        Ok(Factorization { w, h, trace, stop_reason, kkt_residual, given })
    }
}
