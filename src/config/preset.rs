//! Settings for common kinds of text, and for how much work a fit is worth.

/// A named set of parameters, in `config/presets/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Titles, posts, answers to a survey.
    ShortTexts,
    /// Chapters, reports, speeches.
    LongDocuments,
    /// Mail and news messages.
    EMail,
    /// A first look: quality `fast`.
    Fast,
    /// The defaults by name: quality `balanced`.
    Balanced,
    /// Several starts, brought to a stationary point: quality `best`.
    Best,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 6] =
        [Self::ShortTexts, Self::LongDocuments, Self::EMail, Self::Fast, Self::Balanced, Self::Best];

    /// Its name: the file's, without the extension.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShortTexts => "short-texts",
            Self::LongDocuments => "long-documents",
            Self::EMail => "e-mail",
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Best => "best",
        }
    }

    /// Its TOML.
    pub fn toml(self) -> &'static str {
        match self {
            Self::ShortTexts => include_str!("../../config/presets/short-texts.toml"),
            Self::LongDocuments => include_str!("../../config/presets/long-documents.toml"),
            Self::EMail => include_str!("../../config/presets/e-mail.toml"),
            Self::Fast => include_str!("../../config/presets/fast.toml"),
            Self::Balanced => include_str!("../../config/presets/balanced.toml"),
            Self::Best => include_str!("../../config/presets/best.toml"),
        }
    }
}
