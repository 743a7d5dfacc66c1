//! Named sets of parameters: for common kinds of text, and for how much work a fit is worth.

/// A named set of parameters; its TOML file is in `config/presets/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// For titles, posts, answers to a survey.
    ShortTexts,
    /// For chapters, reports, speeches.
    LongDocuments,
    /// For mail and news messages.
    EMail,
    /// Quality `fast`: for a first look.
    Fast,
    /// Quality `balanced`: the defaults, by a name.
    Balanced,
    /// Quality `best`: several starts, of which the best is brought close to a stationary point.
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
    /// The presets for how much work a fit is worth, the least first.
    pub const QUALITIES: [Self; 3] = [Self::Fast, Self::Balanced, Self::Best];

    /// The presets for kinds of text.
    pub const TEXTS: [Self; 3] = [Self::ShortTexts, Self::LongDocuments, Self::EMail];

    /// The preset as TOML.
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
