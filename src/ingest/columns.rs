//! What the columns of a table are for: text, id, label and metadata.

use super::record::{Body, Record};
use super::{Document, IngestError, IngestParams, MOST_COLUMNS};

/// The header of a table, and the columns that hold text, id and label; all others are metadata.
pub(super) struct Columns {
    pub(super) header: Vec<String>,
    text: Vec<usize>,
    id: Option<usize>,
    label: Option<usize>,
}

impl Columns {
    /// Finds the columns that the parameters name. Fails if one is missing, or if there are too many.
    pub(super) fn find(header: Vec<String>, path: &str, params: &IngestParams) -> Result<Self, IngestError> {
        // Id, label and text columns are no metadata.
        if header.len() > MOST_COLUMNS + 2 + params.text_column.len().max(1) {
            return Err(IngestError::too_many_columns(path.to_string(), header.len()));
        }
        let position = |name: &str| header.iter().position(|column| column == name);
        let named = |name: &str, flag| {
            position(name).ok_or_else(|| IngestError::MissingColumn {
                path: path.to_string(),
                column: name.to_string(),
                columns: header.clone(),
                flag,
            })
        };
        let optional = |asked: &Option<String>, usual: &str, flag| match asked {
            Some(name) => named(name, flag).map(Some),
            None => Ok(position(usual)),
        };
        let text = match &params.text_column[..] {
            [] if header.len() == 1 => vec![0],
            [] => vec![named("text", "--text-column")?],
            names => names.iter().map(|name| named(name, "--text-column")).collect::<Result<_, _>>()?,
        };
        let id = optional(&params.id_column, "id", "--id-column")?;
        let label = optional(&params.label_column, "label", "--label-column")?;
        optional(&params.date_column, "date", "--date-column")?;
        Ok(Self { text, id, label, header })
    }

    /// The record of a row, whose fields `field` gives by column.
    pub(super) fn record(&self, source: String, field: impl Fn(usize) -> String) -> Record {
        let texts: Vec<String> = self.text.iter().map(|&column| field(column)).collect();
        let is_metadata =
            |column: &usize| !self.text.contains(column) && self.id != Some(*column) && self.label != Some(*column);
        let metadata = (0..self.header.len())
            .filter(is_metadata)
            .map(|column| (self.header[column].clone(), field(column)))
            .collect();
        Record(Body::Row(Document {
            id: self.id.map(&field).filter(|id| !id.is_empty()).unwrap_or_else(|| source.clone()),
            text: texts.join("\n\n"),
            label: self.label.map(&field).filter(|label| !label.is_empty()),
            title: String::new(),
            source,
            metadata,
        }))
    }
}
