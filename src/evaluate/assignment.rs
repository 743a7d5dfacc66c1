//! Finds the best one-to-one assignment (Hungarian method), with which topics of two models are matched.

/// Assigns to each row of a square matrix of gains (n × n, finite) a column of its own, so that the sum of gains is
/// largest.
///
/// The method is that of shortest augmenting paths, in O(n³) (R. Jonker, A. Volgenant, Computing 38 (1987),
/// [doi:10.1007/BF02278710](https://doi.org/10.1007/BF02278710)).
///
/// ```
/// use topicmill::evaluate::best_assignment;
/// assert_eq!(best_assignment(&[vec![0.9, 0.8], vec![0.7, 0.1]]), [1, 0]);
/// ```
pub fn best_assignment(gains: &[Vec<f64>]) -> Vec<usize> {
    let n = gains.len();
    // Rows and columns count from 1, since 0 stands for "none". u and v are the dual potentials of rows and columns.
    let (mut u, mut v) = (vec![0.0; n + 1], vec![0.0; n + 1]);
    let mut row_of = vec![0; n + 1];
    for row in 1..=n {
        row_of[0] = row;
        let mut column = 0;
        let mut shortest = vec![f64::INFINITY; n + 1];
        let mut before = vec![0; n + 1];
        let mut done = vec![false; n + 1];
        while row_of[column] != 0 {
            done[column] = true;
            let current = row_of[column];
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for j in (1..=n).filter(|&j| !done[j]) {
                let reduced = -gains[current - 1][j - 1] - u[current] - v[j];
                if reduced < shortest[j] {
                    (shortest[j], before[j]) = (reduced, column);
                }
                if shortest[j] < delta {
                    (delta, next) = (shortest[j], j);
                }
            }
            for j in 0..=n {
                if done[j] {
                    u[row_of[j]] += delta;
                    v[j] -= delta;
                } else {
                    shortest[j] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut assigned = vec![0; n];
    (1..=n).for_each(|column| assigned[row_of[column] - 1] = column - 1);
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn best_by_trying(gains: &[Vec<f64>], row: usize, used: u32) -> f64 {
        if row == gains.len() {
            return 0.0;
        }
        (0..gains.len())
            .filter(|j| used >> j & 1 == 0)
            .map(|j| gains[row][j] + best_by_trying(gains, row + 1, used | 1 << j))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn no_permutation_is_better(n in 1_usize..7, values in prop::collection::vec(0.0_f64..1.0, 49)) {
            let gains: Vec<Vec<f64>> = (0..n).map(|i| values[i * 7..i * 7 + n].to_vec()).collect();
            let assigned = best_assignment(&gains);
            let mut seen = assigned.clone();
            seen.sort();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
            let total: f64 = assigned.iter().enumerate().map(|(i, &j)| gains[i][j]).sum();
            prop_assert!((total - best_by_trying(&gains, 0, 0)).abs() < 1e-12);
        }
    }
}
