//! Recipes: each is a whole program, and a test.
//!
//! # Topics of a folder, with progress and a time limit
//!
//! ```
//! use std::ops::ControlFlow;
//! use std::time::{Duration, Instant};
//! use topicmill::factorize::{Iteration, StopReason};
//! use topicmill::{Config, Dataset, FactorizeParams, fit};
//!
//! let dataset = Dataset::read(&["corpora/newsroom"], &Config::default())?;
//! let end = Instant::now() + Duration::from_secs(60);
//! let mut observer = |iteration: &Iteration| {
//!     eprintln!("{} {:.1}", iteration.number, iteration.objective);
//!     if Instant::now() < end { ControlFlow::Continue(()) } else { ControlFlow::Break(StopReason::TimeLimit) }
//! };
//! let model = fit(&dataset, &FactorizeParams { n_topics: 6, ..Default::default() }, &mut observer)?;
//! assert_eq!(model.n_topics(), 6);
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # Another number of topics without reading again
//!
//! ```
//! use topicmill::{Config, Dataset, FactorizeParams, Silent, fit};
//!
//! let dataset = Dataset::read(&["corpora/newsroom"], &Config::default())?;
//! for n_topics in [3, 6] {
//!     let model = fit(&dataset, &FactorizeParams { n_topics, ..Default::default() }, &mut Silent)?;
//!     println!("{n_topics}: {:.1}", model.trace.last().unwrap().objective);
//! }
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # Documents of one's own, with labels and metadata
//!
//! ```
//! use topicmill::evaluate::Evaluation;
//! use topicmill::ingest::Document;
//! use topicmill::{Config, Dataset, FactorizeParams, Silent, fit};
//!
//! let documents = (0..8).map(|i| {
//!     let (text, label) = if i % 2 == 0 { ("ships at sea", "travel") } else { ("bread and butter", "food") };
//!     Document::new(format!("d{i}"), text).with_label(label).with_metadata([("year", (2000 + i).to_string())])
//! });
//! let dataset = Dataset::from_documents(documents, &Config::default())?;
//! let model = fit(&dataset, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent)?;
//! assert_eq!(Evaluation::new(&model).agreement.unwrap().nmi, 1.0);
//! let food = model.document_shares(model.document("d1").unwrap());
//! assert!(food.iter().any(|share| *share > 0.9));
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # Stop words, stems, seed words, penalties
//!
//! ```
//! use topicmill::{Config, Dataset, Silent, fit};
//!
//! let mut config = Config::default();
//! config.text.extra_stopwords = vec!["said".into()];
//! config.text.stem = true;
//! config.factorize.n_topics = 6;
//! config.factorize.seeds = vec![vec!["goal".into(), "match".into()]];
//! config.factorize.decorrelation = 0.2;
//! let dataset = Dataset::read(&["corpora/newsroom"], &config)?;
//! let model = fit(&dataset, &config.factorize, &mut Silent)?;
//! println!("the seeded topic: {}", model.topic_name(0));
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # New documents on a server
//!
//! ```
//! use std::sync::Arc;
//! use topicmill::model::{TopicModel, Transformer};
//!
//! let model = TopicModel::load("tests/golden/model-v1")?;
//! let transformer = Arc::new(Transformer::new(&model)?);
//! let threads: Vec<_> = (0..2)
//!     .map(|_| {
//!         let transformer = Arc::clone(&transformer);
//!         std::thread::spawn(move || transformer.texts(&["a telescope on a mountain"]))
//!     })
//!     .collect();
//! for thread in threads {
//!     println!("{:?}", thread.join().unwrap()?[0].shares());
//! }
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # Tables and arrays
//!
//! ```
//! use topicmill::export::{TableFormat, TableName, TableOptions, content};
//! use topicmill::model::TopicModel;
//!
//! let model = TopicModel::load("tests/golden/model-v1")?;
//! let topics = model.topic_terms(); // an ndarray view, topics × terms: p(term | topic)
//! assert_eq!(topics.nrows(), model.n_topics());
//! let options = TableOptions { n_words: Some(5), ..Default::default() };
//! let words = content(&model, TableName::TopicTerms, options)?.unwrap();
//! let csv = TableFormat::Csv.write(&words)?;
//! assert!(csv.starts_with(b"topic,rank,term,form,probability\n"));
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # A matrix of one's own
//!
//! ```
//! use topicmill::factorize::{FactorizeParams, Loss, Origin, Silent, fit};
//! use topicmill::matrix::TermDocumentMatrix;
//!
//! // (term, document, value)
//! let v = TermDocumentMatrix::from_triplets(3, 3, &[(0, 0, 3.0), (1, 0, 1.0), (1, 1, 2.0), (2, 2, 4.0)])?;
//! let params = FactorizeParams { n_topics: 2, loss: Loss::Frobenius, ..Default::default() };
//! let canonical = fit(&v, &params, Origin::Init, &mut Silent)?.canonical(&v, &params);
//! assert!((canonical.w.topic_sums()[0] - 1.0).abs() < 1e-6);
//! # Ok::<(), topicmill::Error>(())
//! ```
