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

names!(Preset {
    ShortTexts = "short-texts",
    LongDocuments = "long-documents",
    EMail = "e-mail",
    Fast = "fast",
    Balanced = "balanced",
    Best = "best",
});

impl Preset {
    /// Presets of how much work a fit is worth, least first.
    pub const QUALITIES: [Self; 3] = [Self::Fast, Self::Balanced, Self::Best];

    /// Presets of a kind of text.
    pub const TEXTS: [Self; 3] = [Self::ShortTexts, Self::LongDocuments, Self::EMail];

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
