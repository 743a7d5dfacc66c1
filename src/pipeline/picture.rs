//! Pictures of a model, by what they show.

use crate::Error;
use crate::config::ConfigError;
use crate::evaluate::{GroupShares, Similarity};
use crate::model::{By, DEFAULT_QUANTILES, Grouping, ModelError, TopicModel};
use crate::report::{pictures, selection_svg};

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Topics on a plane, by distance and share.
    Map,
    /// First words by topic.
    Terms,
    /// Shares over time.
    Time,
    /// Shares by group, or how alike topics are.
    Heatmap,
    /// The tree of topics.
    Hierarchy,
    /// The objective by iteration.
    Convergence,
    /// What is known of numbers of topics.
    Selection,
}

names!(Picture {
    Map = "map",
    Terms = "terms",
    Time = "time",
    Heatmap = "heatmap",
    Hierarchy = "hierarchy",
    Convergence = "convergence",
    Selection = "selection",
});

impl Picture {
    /// Refuses options that the picture has no use for.
    pub fn check(self, by: Option<By>, date_column: Option<&str>, column: Option<&str>) -> Result<(), ConfigError> {
        let options = [
            ("--by", by.is_some(), Self::Time),
            ("--date-column", date_column.is_some(), Self::Time),
            ("--column", column.is_some(), Self::Heatmap),
        ];
        match options.into_iter().find(|(_, is_given, whose)| *is_given && *whose != self) {
            Some((option, _, whose)) => {
                Err(ConfigError::Value { place: option.into(), problem: format!("is for --kind {whose}") })
            }
            None => Ok(()),
        }
    }
}

/// Groups of a heat map; the largest are taken.
const MOST_GROUPS: usize = 60;

/// Draws a picture as SVG, and notes on dates that could not be read. Periods of time are `by` long and have their
/// dates from `date_column`; `column` has the groups of a heat map. Fails if the model has not what is to be shown,
/// or if an option is given that the picture has no use for.
///
/// ```
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{Picture, picture};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let (svg, _) = picture(&model, Picture::Terms, None, None, None)?;
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn picture(
    model: &TopicModel,
    kind: Picture,
    by: Option<By>,
    date_column: Option<&str>,
    column: Option<&str>,
) -> Result<(String, Vec<String>), Error> {
    kind.check(by, date_column, column)?;
    let similarity = Similarity::new(model);
    let missing = |what: &str| Error::from(ModelError::Invalid(format!("the model has no {what}")));
    let mut notes = Vec::new();
    let svg = match kind {
        Picture::Map => pictures::map(model, &similarity),
        Picture::Terms => pictures::terms(model, &similarity, model.ranking(None)?),
        Picture::Hierarchy => pictures::tree(model, &similarity),
        Picture::Time => {
            let dates = model.dates(date_column)?;
            let dates = dates.ok_or_else(|| ModelError::NoDates { columns: model.documents.columns.clone() })?;
            let grouping = Grouping::by_dates(&dates, by, DEFAULT_QUANTILES)?;
            notes = dates.notes;
            pictures::stacked_shares(model, &similarity, &GroupShares::new(model, grouping))
        }
        Picture::Heatmap => match column {
            Some(column) => {
                let grouping = Grouping::by_column(model, column, None)?.largest(MOST_GROUPS);
                pictures::heat_map(model, &similarity, &GroupShares::new(model, grouping))
            }
            None => pictures::similarities(model, &similarity),
        },
        Picture::Convergence => pictures::convergence(model).ok_or_else(|| missing("trace of its fit"))?,
        Picture::Selection => {
            selection_svg(model.selection.as_ref().ok_or_else(|| missing("record of how its number was chosen"))?)
        }
    };
    Ok((svg, notes))
}
