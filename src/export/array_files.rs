//! Writes arrays by name: as npz (NumPy), as safetensors, as JSON.

use std::io;

use serde_json::{Map, Value, json};

use super::{Array, ExportError};

/// Most bytes of texts in an npz file, all of which take as much as the longest.
#[cfg(feature = "exports")]
const MOST_TEXT_BYTES: usize = 2 << 30;

impl Array {
    fn shape(&self) -> Vec<usize> {
        match self {
            Self::Matrix { n_columns, values } => vec![values.len() / (*n_columns).max(1), *n_columns],
            Self::Numbers(values) => vec![values.len()],
            Self::Integers(values) => vec![values.len()],
            Self::Texts(values) => vec![values.len()],
        }
    }

    /// Bytes that NumPy's form of the array takes.
    #[cfg(feature = "exports")]
    fn npy_bytes(&self) -> usize {
        match self {
            Self::Matrix { values, .. } => 4 * values.len(),
            Self::Numbers(values) => 8 * values.len(),
            Self::Integers(values) => 8 * values.len(),
            Self::Texts(values) => {
                let longest = values.iter().map(|text| text.chars().count()).max().unwrap_or(0);
                longest.saturating_mul(4).saturating_mul(values.len())
            }
        }
    }

    /// NumPy's name of the type, and the bytes in C order. Texts are of a fixed length in UTF-32.
    fn numpy(&self) -> (String, Vec<u8>) {
        match self {
            Self::Matrix { values, .. } => {
                ("<f4".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Self::Numbers(values) => ("<f8".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            Self::Integers(values) => ("<i8".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            Self::Texts(values) => {
                let length = values.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
                let mut bytes = Vec::with_capacity(4 * length * values.len());
                for text in values {
                    let characters = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(length);
                    bytes.extend(characters.flat_map(u32::to_le_bytes));
                }
                (format!("<U{length}"), bytes)
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Matrix { n_columns, values } => {
                // The shortest decimal form of an f32, and not the digits of the f64 that equals it.
                let number = |value: &f32| super::shortest(*value).parse::<f64>().unwrap_or_default();
                let row = |row: &[f32]| Value::from(row.iter().map(number).collect::<Vec<f64>>());
                values.chunks((*n_columns).max(1)).map(row).collect()
            }
            Self::Numbers(values) => json!(values),
            Self::Integers(values) => json!(values),
            Self::Texts(values) => json!(values),
        }
    }
}

/// A zip file of NumPy arrays, which `numpy.load` opens.
#[cfg(feature = "exports")]
pub(super) fn npz(arrays: &[(String, Array)]) -> Result<Vec<u8>, ExportError> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    for (name, array) in arrays {
        if array.npy_bytes() > MOST_TEXT_BYTES && matches!(array, Array::Texts(_)) {
            return Err(ExportError::TooLarge { table: name.clone(), format: "npz" });
        }
        let failed = |error: zip::result::ZipError| ExportError::Io(io::Error::other(error));
        zip.start_file(format!("{name}.npy"), options).map_err(failed)?;
        let (kind, bytes) = array.numpy();
        let shape: String = array.shape().iter().map(|length| format!("{length},")).collect();
        zip.write_all(&crate::model::npy::head(&kind, &shape))?;
        zip.write_all(&bytes)?;
    }
    let done = zip.finish().map_err(|error| ExportError::Io(io::Error::other(error)))?;
    Ok(done.into_inner())
}

#[cfg(not(feature = "exports"))]
pub(super) fn npz(_: &[(String, Array)]) -> Result<Vec<u8>, ExportError> {
    Err(ExportError::NotBuilt { format: "npz", feature: "exports" })
}

/// Tensors in the format of Hugging Face: the length of a JSON header, the header, the numbers. Texts are left out,
/// since the format has none.
pub(super) fn safetensors(arrays: &[(String, Array)]) -> Result<Vec<u8>, ExportError> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    // Wide numbers come first, so that every tensor begins at a multiple of its width.
    let wide = arrays.iter().filter(|(_, array)| matches!(array, Array::Numbers(_) | Array::Integers(_)));
    let narrow = arrays.iter().filter(|(_, array)| matches!(array, Array::Matrix { .. }));
    for (name, array) in wide.chain(narrow) {
        let (kind, bytes) = array.numpy();
        let kind = match kind.as_str() {
            "<f4" => "F32",
            "<f8" => "F64",
            _ => "I64",
        };
        let start = data.len();
        data.extend(bytes);
        let place = json!({ "dtype": kind, "shape": array.shape(), "data_offsets": [start, data.len()] });
        header.insert(name.clone(), place);
    }
    let mut head = serde_json::to_vec(&header).map_err(io::Error::from)?;
    head.resize(head.len().next_multiple_of(8), b' ');
    Ok([&(head.len() as u64).to_le_bytes()[..], &head, &data].concat())
}

/// An object with a list for each array, rows in lists of their own.
pub(super) fn json_arrays(arrays: &[(String, Array)]) -> Result<Vec<u8>, ExportError> {
    let object: Map<String, Value> = arrays.iter().map(|(name, array)| (name.clone(), array.json())).collect();
    let mut bytes = serde_json::to_vec(&object).map_err(io::Error::from)?;
    bytes.push(b'\n');
    Ok(bytes)
}
