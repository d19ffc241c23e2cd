//! The shipped configurations: the code defaults of Kazoo's versions (kazoo-semantics 3.1).

/// A shipped configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// Kazoo 3.18 and 3.19.
    Kazoo318,
    /// Kazoo 3.20 and 3.21: the configuration of the Phone Numbers API document, and the default.
    Kazoo320,
    /// Kazoo 4.1.
    Kazoo41,
    /// Kazoo 4.2 and 5.x.
    Kazoo42,
    /// Kazoo 4.3.
    Kazoo43,
}

impl Preset {
    /// All presets, oldest first.
    pub const ALL: [Preset; 5] = [
        Preset::Kazoo318,
        Preset::Kazoo320,
        Preset::Kazoo41,
        Preset::Kazoo42,
        Preset::Kazoo43,
    ];

    /// The preset that is used when nothing is configured.
    pub const DEFAULT: Preset = Preset::Kazoo320;

    /// The preset called `name`, such as `kazoo-4.2`.
    ///
    /// ```
    /// use numplan::config::preset::Preset;
    /// assert_eq!(Preset::named("kazoo-3.20"), Some(Preset::DEFAULT));
    /// assert_eq!(Preset::named("kazoo-9"), None);
    /// ```
    pub fn named(name: &str) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The preset's name.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Kazoo318 => "kazoo-3.18",
            Preset::Kazoo320 => "kazoo-3.20",
            Preset::Kazoo41 => "kazoo-4.1",
            Preset::Kazoo42 => "kazoo-4.2",
            Preset::Kazoo43 => "kazoo-4.3",
        }
    }

    /// The preset's source: a `number_manager` document as JSON text.
    pub fn text(self) -> &'static str {
        match self {
            Preset::Kazoo318 => include_str!("../../presets/kazoo-3.18.json"),
            Preset::Kazoo320 => include_str!("../../presets/kazoo-3.20.json"),
            Preset::Kazoo41 => include_str!("../../presets/kazoo-4.1.json"),
            Preset::Kazoo42 => include_str!("../../presets/kazoo-4.2.json"),
            Preset::Kazoo43 => include_str!("../../presets/kazoo-4.3.json"),
        }
    }
}
