//! One list of names per enum: what files, flags, outputs and messages call its values.

/// Gives an enum its names, and with them `ALL`, `name`, `Display`, `FromStr`, serde's traits and, for the command
/// line, the values of a flag. A name behind `|` is an older one, which is still accepted; `why_not` may say more of
/// a name that is none of them.
///
/// A list in one place, because the same names stand in TOML, in manifests, on the command line and in messages; two
/// lists would drift apart.
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal $(| $alias:literal)*),+ $(,)? } $(, why_not: $why_not:path)?) => {
        #[allow(unreachable_pub, reason = "some enums are public, others are not")]
        impl $type {
            /// All values, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// What files, flags and outputs call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Older names, which are still accepted.
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*]),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let is_called = |value: &&Self| value.name() == text || value.aliases().contains(&text);
                Self::ALL.iter().find(is_called).copied().ok_or_else(|| {
                    $(if let Some(reason) = $why_not(text) { return reason; })?
                    let names: Vec<&str> = Self::ALL.iter().map(|value| value.name()).collect();
                    format!("{text:?} is none of {}", names.join(", "))
                })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "cli")]
        impl clap::ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                Some(clap::builder::PossibleValue::new(self.name()).aliases(self.aliases()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fruit {
        Apple,
        BloodOrange,
    }

    fn why_not(name: &str) -> Option<String> {
        (name == "stone").then(|| "a stone is no fruit".to_string())
    }

    names!(Fruit { Apple = "apple", BloodOrange = "blood-orange" | "moro" }, why_not: why_not);

    #[test]
    fn every_name_is_read_and_written_alike_everywhere() {
        for &fruit in Fruit::ALL {
            assert_eq!(fruit.name().parse(), Ok(fruit));
            assert_eq!(fruit.to_string(), fruit.name());
            let json = serde_json::to_string(&fruit).unwrap();
            assert_eq!(json, format!("\"{}\"", fruit.name()));
            assert_eq!(serde_json::from_str::<Fruit>(&json).unwrap(), fruit);
        }
        assert_eq!("moro".parse(), Ok(Fruit::BloodOrange));
        assert_eq!("pear".parse::<Fruit>(), Err("\"pear\" is none of apple, blood-orange".to_string()));
        assert_eq!("stone".parse::<Fruit>(), Err("a stone is no fruit".to_string()));
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_flag_takes_the_names_and_the_older_ones() {
        use clap::ValueEnum;
        assert_eq!(Fruit::from_str("moro", false), Ok(Fruit::BloodOrange));
        let offered: Vec<_> = Fruit::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        assert_eq!(offered.iter().map(|value| value.get_name()).collect::<Vec<_>>(), ["apple", "blood-orange"]);
    }
}
