//! Iterates over all documents of all inputs in order, whether an input is a folder, a file or a container of many.

use std::collections::VecDeque;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use super::compression::{Stream, decompress, read_up_to};
use super::container::Container;
use super::format::HEAD;
use super::record::{Body, Record, read_bounded};
use super::source::{SourceFile, is_maildir, is_own_output, maildir, open, walk};
use super::{Document, Format, IngestError, IngestParams, STDIN};

/// The documents of `inputs` (files, folders, `-` for standard input) in order; those of a folder in byte order of
/// their relative paths. Fails as [`records`] does.
///
/// ```
/// use topicmill::ingest::{IngestParams, documents};
/// let folder = std::path::PathBuf::from("corpora/newsroom/space");
/// let first = documents(&[folder], &IngestParams::default())?.next().unwrap()?;
/// assert!(first.id.starts_with("01-") && !first.title.is_empty());
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn documents<'a>(
    inputs: &[PathBuf],
    params: &'a IngestParams,
) -> Result<impl Iterator<Item = Result<Document, IngestError>> + 'a, IngestError> {
    Ok(records(inputs, params)?.map(|record| record?.load(params)))
}

/// The documents of `inputs`, found but not yet decoded. Fails if a parameter is invalid, or if an input does not
/// exist or is a folder that this program wrote.
pub fn records<'a>(inputs: &[PathBuf], params: &'a IngestParams) -> Result<Records<'a>, IngestError> {
    params.check()?;
    if let Some(missing) = inputs.iter().find(|path| path.as_os_str() != STDIN && !path.exists()) {
        return Err(IngestError::NotFound(missing.clone()));
    }
    if let Some(own) = inputs.iter().find(|path| path.is_dir() && is_own_output(path)) {
        return Err(IngestError::Broken {
            place: own.display().to_string(),
            problem: "was written by topicmill and holds no documents".into(),
            hint: Some("give the documents themselves, or a directory that `topicmill vectorize` wrote, alone".into()),
        });
    }
    Ok(Records {
        params,
        inputs: inputs.iter().cloned().collect(),
        many: inputs.len() > 1,
        files: VecDeque::new(),
        current: None,
        first: None,
    })
}

/// The documents of one open stream, in the format that `params` names; `auto` recognises it by the extension of `name`
/// and the first bytes.
///
/// ```
/// use topicmill::ingest::{Format, IngestParams, records_of};
/// let params = IngestParams { format: Format::Lines, ..Default::default() };
/// let texts = records_of(&b"one\ntwo\n"[..], "text", &params)?.map(|record| record?.load(&params));
/// assert_eq!(texts.collect::<Result<Vec<_>, _>>()?[1].text, "two");
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn records_of<'a>(
    stream: impl Read + Send + 'static,
    name: &str,
    params: &'a IngestParams,
) -> Result<Records<'a>, IngestError> {
    let file = SourceFile { path: PathBuf::new(), name: name.to_string(), folder: None, named: true, format: None };
    let mut records = records(&[], params)?;
    if let Some(record) = records.start_stream(file, Box::new(stream))? {
        records.first = Some(record);
    }
    Ok(records)
}

/// Iterator over the records of all inputs. It ends after any error but a skipped document: what follows the broken
/// part of a container cannot be trusted, and a stream that fails once would fail for ever.
pub struct Records<'a> {
    params: &'a IngestParams,
    inputs: VecDeque<PathBuf>,
    /// Whether there are several inputs; names then begin with the name of the input, which tells them apart.
    many: bool,
    files: VecDeque<Result<SourceFile, IngestError>>,
    current: Option<Container>,
    /// A record that was found when the stream was opened; it comes first.
    first: Option<Record>,
}

impl Iterator for Records<'_> {
    type Item = Result<Record, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.find_next()?;
        if item.as_ref().is_err_and(|error| error.skip().is_none()) {
            self.inputs.clear();
            self.files.clear();
            self.current = None;
        }
        Some(item)
    }
}

impl Records<'_> {
    fn find_next(&mut self) -> Option<Result<Record, IngestError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        loop {
            if let Some(container) = &mut self.current {
                match container.next(self.params) {
                    Some(item) => return Some(item),
                    None => self.current = None,
                }
            } else if let Some(file) = self.files.pop_front() {
                match file.and_then(|file| self.start(file)) {
                    Ok(Some(record)) => return Some(Ok(record)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                }
            } else {
                let input = self.inputs.pop_front()?;
                self.list(&input);
            }
        }
    }

    /// Queues the files of an input.
    fn list(&mut self, input: &Path) {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let real = || input.canonicalize().ok().as_deref().and_then(name);
        let own = name(input).or_else(real).unwrap_or_else(|| "input".into());
        if input.is_dir() {
            let mut files = if is_maildir(input) { maildir(input) } else { walk(input, self.params) };
            if self.many {
                for file in files.iter_mut().flatten() {
                    file.name = format!("{own}/{}", file.name);
                    file.folder.get_or_insert_with(|| own.clone());
                }
            }
            self.files = files.into();
        } else {
            self.files =
                [Ok(SourceFile { path: input.to_path_buf(), name: own, folder: None, named: true, format: None })]
                    .into();
        }
    }

    /// Begins a file: returns its record if it is one document, else makes it the current container.
    fn start(&mut self, file: SourceFile) -> Result<Option<Record>, IngestError> {
        let format = file.format.unwrap_or(self.params.format);
        if format.is_whole() || format == Format::Auto && !file.named {
            return Ok(Some(Record(Body::File(file, None))));
        }
        let stream = open(&file.path)?;
        self.start_stream(file, stream)
    }

    fn start_stream(&mut self, file: SourceFile, stream: Stream) -> Result<Option<Record>, IngestError> {
        let mut stream = decompress(stream).map_err(|error| IngestError::io(&file.name, error))?;
        let mut head = vec![0; HEAD];
        let n = read_up_to(&mut stream, &mut head)
            .map_err(|error| IngestError::broken_stream(file.name.clone(), &error))?;
        head.truncate(n);
        let format = match self.params.format {
            Format::Auto if file.path.as_os_str() == STDIN => Format::of_stream(&head, &self.params.text_column),
            Format::Auto => Format::of_file(&file.name, &head),
            format => format,
        };
        let stream = Box::new(Cursor::new(head).chain(stream));
        if format.is_whole() {
            // A pipe can be read only once, so that its content must come along.
            let content = if file.path.is_file() { None } else { Some(read_bounded(stream, &file.name, self.params)?) };
            return Ok(Some(Record(Body::File(SourceFile { format: Some(format), ..file }, content))));
        }
        self.current = Some(Container::open(stream, &file, format, self.many, self.params)?);
        Ok(None)
    }
}
