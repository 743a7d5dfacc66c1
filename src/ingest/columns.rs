//! What the columns of a table are for: text, id, label and metadata.

use std::sync::Arc;

use super::{Document, IngestError, IngestParams, MOST_COLUMNS, Skipped};

/// The header of a table, and the columns that hold text, id and label; all others are metadata.
#[derive(Debug)]
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

    /// A row with a field for each column.
    pub(super) fn row(self: &Arc<Self>, source: String, fields: Vec<String>) -> Row {
        Row { columns: Arc::clone(self), fields, source, problem: None }
    }
}

/// Documents of the rows of a table in memory, whose columns are used as those of a file. Every row is a document, also
/// one without text; where no column is the id, its number from 1 is. Fails if a column is missing that the parameters
/// name, or `text` where they name none and there are several.
///
/// ```
/// use topicmill::ingest::{IngestParams, documents_of_rows};
/// let (header, row) = (vec!["text".into(), "year".into()], vec!["ships at sea".into(), "1851".into()]);
/// let documents: Vec<_> = documents_of_rows(header, [row], &IngestParams::default())?.collect();
/// assert_eq!((documents[0].id.as_str(), documents[0].metadata[0].1.as_str()), ("1", "1851"));
/// # Ok::<(), topicmill::ingest::IngestError>(())
/// ```
pub fn documents_of_rows<R: IntoIterator<Item = Vec<String>>>(
    header: Vec<String>,
    rows: R,
    params: &IngestParams,
) -> Result<impl Iterator<Item = Document> + use<R>, IngestError> {
    let columns = Arc::new(Columns::find(header, "the table", params)?);
    let rows = (1_u64..).zip(rows);
    Ok(rows.map(move |(number, fields)| Row::split(&columns, fields, number.to_string())))
}

/// A row of a table, whose fields are decoded.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) columns: Arc<Columns>,
    pub(super) fields: Vec<String>,
    pub(super) source: String,
    /// Why the row is no document.
    pub(super) problem: Option<Skipped>,
}

impl Row {
    /// The row as a document, without a title. Fails if the row is none.
    pub(super) fn document(self) -> Result<Document, IngestError> {
        match self.problem {
            Some(problem) => Err(IngestError::Skipped(problem)),
            None => Ok(Self::split(&self.columns, self.fields, self.source)),
        }
    }

    /// The fields by what their columns are for.
    fn split(columns: &Columns, mut fields: Vec<String>, source: String) -> Document {
        // A column may have several roles.
        let field = |column: usize| fields.get(column).cloned().unwrap_or_default();
        let texts: Vec<String> = columns.text.iter().map(|&column| field(column)).collect();
        let id = columns.id.map(field).filter(|id| !id.is_empty()).unwrap_or_else(|| source.clone());
        let label = columns.label.map(field).filter(|label| !label.is_empty());
        let mut take = |column: usize| fields.get_mut(column).map(std::mem::take).unwrap_or_default();
        let is_metadata = |column: &usize| {
            !columns.text.contains(column) && columns.id != Some(*column) && columns.label != Some(*column)
        };
        let metadata = (0..columns.header.len())
            .filter(is_metadata)
            .map(|column| (columns.header[column].clone(), take(column)))
            .collect();
        Document { id, text: texts.join("\n\n"), label, title: String::new(), source, metadata }
    }

    /// The fields with the names of their columns, as many as the header has: what a row has more is added to the last.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let n = self.columns.header.len();
        let mut fields: Vec<String> = self.fields.iter().take(n).cloned().collect();
        fields.resize(n, String::new());
        if let (Some(last), Some(more)) = (fields.last_mut(), self.fields.get(n..)) {
            more.iter().for_each(|field| last.push_str(&format!(",{field}")));
        }
        self.columns.header.iter().cloned().zip(fields).collect()
    }
}
