//! Writes the measures of a model for people to read.

use super::{Align, Style, folded, percent, render, verdict};
use crate::evaluate::{Agreement, Evaluation};
use crate::model::Topic;
use crate::wording::{counted, thousands};

/// Coherence and diagnostics of each topic, and the measures of the model as a whole.
pub fn evaluation(topics: &[Topic], evaluation: &Evaluation, style: Style) -> String {
    let tables = coherence(topics, evaluation, style) + &diagnostics(topics, evaluation, style);
    let mut out = diversity_line(evaluation);
    if let Some(explained) = evaluation.explained {
        let deviance = evaluation.deviance.map_or_else(String::new, |deviance| format!(", deviance {deviance:.4e}"));
        out.push_str(&format!("the factors explain {} of what one topic leaves{deviance}\n", percent(explained)));
    }
    if let Some(completion) = evaluation.completion.filter(|completion| completion.n_words > 0.0) {
        out.push_str(&format!(
            "document completion: {:.4} nats for each of {} words, perplexity {:.1}\n",
            completion.log_likelihood / completion.n_words.max(1.0),
            thousands(completion.n_words as u64),
            completion.perplexity()
        ));
    }
    if let Some(agreement) = &evaluation.agreement {
        out.push_str(&agreement_lines(agreement));
    }
    if evaluation.n_without_topic > 0 {
        out.push_str(&format!("without a topic: {}\n", counted(evaluation.n_without_topic, "document")));
    }
    format!("{tables}\n{}", folded(&out, style))
}

/// Coherence and diversity in two lines, for those who look at topics.
pub fn summary(evaluation: &Evaluation, style: Style) -> String {
    let mut out = String::new();
    if let Some(reference) = &evaluation.reference {
        let named = reference.coherence.iter().filter_map(|(measure, coherence)| Some((measure, coherence.mean?)));
        let values: Vec<String> = named.map(|(measure, mean)| format!("{measure} {mean:.3}")).collect();
        out.push_str(&format!(
            "coherence in {}: {}\n",
            counted(reference.n_documents as usize, "document"),
            values.join(", ")
        ));
    }
    out.push_str(&diversity_line(evaluation));
    folded(&out, style)
}

fn diversity_line(evaluation: &Evaluation) -> String {
    let diversity = &evaluation.diversity;
    format!(
        "diversity: {} of the words are distinct, inverted RBO {:.3}, mean Jaccard {:.3}; exclusivity {:.3}\n",
        percent(diversity.distinct_share),
        diversity.inverted_rbo,
        diversity.mean_jaccard,
        evaluation.exclusivity()
    )
}

fn coherence(topics: &[Topic], evaluation: &Evaluation, style: Style) -> String {
    let Some(reference) = &evaluation.reference else { return String::new() };
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
    let mut out = render(&header, &align, &rows, style);
    out.push_str(&format!("\ncoherence in {}\n", counted(reference.n_documents as usize, "document")));
    let n_absent = reference.coherence.first().map_or(0, |(_, coherence)| coherence.n_absent);
    if n_absent > 0 {
        out.push_str(&format!("{} of topics do not occur in them\n", counted(n_absent, "word")));
    }
    out.push('\n');
    out
}

fn diagnostics(topics: &[Topic], evaluation: &Evaluation, style: Style) -> String {
    let mut header =
        vec!["topic", "tokens", "documents", "words", "exclusivity", "from corpus", "largest", "allocation", "name"];
    let has_verdicts = evaluation.verdicts.iter().any(|verdicts| !verdicts.is_empty());
    if has_verdicts {
        header.insert(8, "verdict");
    }
    let mut align = vec![Align::Right; header.len() - 1];
    align.push(Align::Left);
    if has_verdicts {
        align[8] = Align::Warning;
    }
    let whole = |value: f64| thousands(value.round() as u64);
    let row = |topic: &Topic| {
        let of_topic = &evaluation.diagnostics[topic.id];
        let mut row = vec![
            topic.id.to_string(),
            whole(of_topic.tokens),
            whole(libm::exp(of_topic.document_entropy)),
            whole(of_topic.effective_words),
            format!("{:.3}", of_topic.exclusivity),
            format!("{:.2}", of_topic.corpus_distance),
            format!("{:.2}", of_topic.largest_share),
            format!("{:.2}", of_topic.allocation_ratio),
            topic.name.clone(),
        ];
        if has_verdicts {
            row.insert(8, verdict(&evaluation.verdicts[topic.id]));
        }
        row
    };
    render(&header, &align, &topics.iter().map(row).collect::<Vec<_>>(), style)
}

fn agreement_lines(agreement: &Agreement) -> String {
    let mut out = format!(
        "agreement of {} documents' topics with their labels: NMI (V-measure) {:.3}, AMI {:.3}, adjusted Rand {:.3}, \
         purity {:.3}, homogeneity {:.3}, completeness {:.3}\n",
        thousands(agreement.n as u64),
        agreement.nmi,
        agreement.ami,
        agreement.ari,
        agreement.purity,
        agreement.homogeneity,
        agreement.completeness
    );
    if agreement.n_classes == 1 {
        out.push_str("all labels are the same, so that agreement with them says nothing\n");
    }
    out
}
