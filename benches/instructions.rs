//! A fixed amount of work for one kernel, whose instructions `benches/count-instructions` counts.
//!
//!     instructions KERNEL TOPICS ROUNDS
#![allow(missing_docs)]

use topicmill::kernels::{FactorMatrix, Kernel, RowUpdate, Step, StepTerms};

const ROWS: usize = 100;
const ROW: usize = 60;
const OTHERS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kernel, n_topics, rounds] = &arguments[..] else { return };
    let kernel = Kernel::ALL.iter().copied().find(|known| format!("{known:?}").eq_ignore_ascii_case(kernel));
    let (Some(kernel), Ok(n_topics), Ok(rounds)) = (kernel, n_topics.parse(), rounds.parse::<usize>()) else { return };
    let pointers: Vec<u64> = (0..=ROWS).map(|row| (ROW * row) as u64).collect();
    let indices: Vec<u32> = (0..ROWS * ROW).map(|e| (e * 7919 % OTHERS) as u32).collect();
    let values: Vec<f32> = (0..ROWS * ROW).map(|e| (e % 7 + 1) as f32).collect();
    let other = FactorMatrix::from_fn(OTHERS, n_topics, |row, topic| ((row + 3 * topic) % 11 + 1) as f32);
    let mut factor = FactorMatrix::from_fn(ROWS, n_topics, |row, topic| ((row + topic) % 5 + 1) as f32);
    let scale = StepTerms::new(&other.topic_sums(), 1e-6);
    let update = RowUpdate::new(kernel, Step::Multiplicative, &pointers, &indices, &values, &other, &scale);
    let mut objectives = vec![0.0; ROWS];
    for _ in 0..rounds {
        update.run(0, factor.lanes_mut(), &mut objectives);
    }
    println!("{} nonzeros", rounds * ROWS * ROW);
}
