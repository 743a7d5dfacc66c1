//! Settings for common kinds of text.

/// A named set of parameters, in `config/presets/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Titles, posts, answers to a survey.
    ShortTexts,
    /// Chapters, reports, speeches.
    LongDocuments,
    /// Mail and news messages.
    EMail,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::ShortTexts, Self::LongDocuments, Self::EMail];

    /// Its name: the file's, without the extension.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShortTexts => "short-texts",
            Self::LongDocuments => "long-documents",
            Self::EMail => "e-mail",
        }
    }

    /// Its TOML.
    pub fn toml(self) -> &'static str {
        match self {
            Self::ShortTexts => include_str!("../../config/presets/short-texts.toml"),
            Self::LongDocuments => include_str!("../../config/presets/long-documents.toml"),
            Self::EMail => include_str!("../../config/presets/e-mail.toml"),
        }
    }
}
