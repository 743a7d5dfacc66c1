//! Configuration files and overrides.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topicmill::config::{Config, ConfigSources, Override, to_toml};

fuzz_target!(|text: &str| {
    if let Ok(set) = Override::parse(text) {
        let _ = ConfigSources { overrides: vec![set], ..ConfigSources::default() }.apply(&Config::default());
    }
    let sources = ConfigSources { file: Some(("fuzz.toml".into(), text.into())), ..ConfigSources::default() };
    if let Ok(config) = sources.apply(&Config::default()) {
        let again: Config = toml_of(&to_toml(&config));
        assert_eq!(again, config, "what is written reads back");
    }
});

fn toml_of(text: &str) -> Config {
    let sources = ConfigSources { file: Some(("written".into(), text.into())), ..ConfigSources::default() };
    match sources.apply(&Config::default()) {
        Ok(config) => config,
        Err(error) => panic!("{error}\n{text}"),
    }
}
