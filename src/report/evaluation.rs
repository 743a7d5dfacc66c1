//! Writes the measures of a model for people to read.

use super::{Align, Style, render};
use crate::evaluate::Evaluation;
use crate::model::Topic;

/// The coherence of each topic, if there is a reference corpus, and the measures of the model as a whole.
pub fn evaluation(topics: &[Topic], evaluation: &Evaluation, style: Style) -> String {
    let mut out = String::new();
    if let Some(reference) = &evaluation.reference {
        let mut header = vec!["topic"];
        header.extend(reference.coherence.iter().map(|(measure, _)| measure.name()));
        header.push("words");
        let mut align = vec![Align::Right; header.len() - 1];
        align.push(Align::Left);
        let value = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
        let mut rows: Vec<Vec<String>> = Vec::new();
        for topic in topics {
            let mut row = vec![topic.id.to_string()];
            row.extend(reference.coherence.iter().map(|(_, coherence)| value(coherence.topics[topic.id])));
            row.push(topic.words.iter().map(|word| word.form.as_str()).collect::<Vec<_>>().join(", "));
            rows.push(row);
        }
        let mut mean = vec!["mean".to_string()];
        mean.extend(reference.coherence.iter().map(|(_, coherence)| value(coherence.mean)));
        mean.push(String::new());
        rows.push(mean);
        out.push_str(&render(&header, &align, &rows, style));
        out.push_str(&format!("\ncoherence in {} documents\n", reference.n_documents));
        let n_absent = reference.coherence.first().map_or(0, |(_, coherence)| coherence.n_absent);
        if n_absent > 0 {
            out.push_str(&format!("{n_absent} words of topics do not occur in them\n"));
        }
        out.push('\n');
    }
    let diversity = &evaluation.diversity;
    out.push_str(&format!(
        "diversity: {:.3} of the words are distinct, inverted RBO {:.3}, mean Jaccard {:.3}\n",
        diversity.distinct_share, diversity.inverted_rbo, diversity.mean_jaccard
    ));
    if let Some(agreement) = &evaluation.agreement {
        out.push_str(&format!(
            "agreement of {} documents' topics with their labels: NMI {:.3}, AMI {:.3}, adjusted Rand {:.3}, purity {:.3}, \
             homogeneity {:.3}, completeness {:.3}\n",
            agreement.n,
            agreement.nmi,
            agreement.ami,
            agreement.ari,
            agreement.purity,
            agreement.homogeneity,
            agreement.completeness
        ));
    }
    out
}
