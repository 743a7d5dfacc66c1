//! topicmill
pub mod text;
pub mod matrix;
pub mod kernels; pub mod factorize;
/// error
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// text
    #[error(transparent)] Text(#[from] text::TextError),
    /// f
    #[error(transparent)] Factorize(#[from] factorize::FactorizeError),
    /// m
    #[error(transparent)] Matrix(#[from] matrix::MatrixError),
}
