//! The schema and the pages say what the program does.

use aril_profile::{
    BUILT_IN, Facts, HOST_EXECUTED, HostFiles, KEYS, Settings, Shape, Surroundings, Text, load,
    parse_profile,
};

const SCHEMA: &str = include_str!("../../../docs/profile.schema.json");
const PROFILES: &str = include_str!("../../../docs/profiles.md");
const EXEC: &str = include_str!("../../../docs/exec.md");

fn facts() -> Facts {
    Facts {
        uid: 7,
        gid: 7,
        user: "u".into(),
        group: "u".into(),
        home: "/home/u".into(),
        cwd: Some("/work".into()),
        environment: Vec::new(),
        has_terminal: true,
        keeps_signals: true,
    }
}

#[test]
fn every_key_is_in_the_schema_and_on_the_page() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    for key in KEYS {
        let property = &properties[key.name];
        assert_eq!(property["description"], key.about, "{}", key.name);
        let fits = match key.shape {
            Shape::Word => property["type"] == "string",
            Shape::Words => property["oneOf"].is_array(),
            Shape::Flag => property["type"] == "boolean",
            Shape::Limits => property["type"] == "object",
        };
        assert!(fits, "{}", key.name);
        assert!(
            PROFILES.contains(&format!("| `{}` |", key.name)),
            "{}",
            key.name
        );
        assert!(
            properties["when"]["items"]["properties"][key.name].is_object(),
            "{}",
            key.name
        );
    }
    assert_eq!(properties.len(), KEYS.len() + 3);
}

#[test]
fn every_protected_file_is_on_the_page() {
    for row in HOST_EXECUTED {
        assert!(
            EXEC.contains(&format!("| `{}` | {}", row.name, row.why)),
            "{}",
            row.name
        );
    }
}

#[test]
fn built_in_profiles_and_the_example_can_be_read() {
    let facts = facts();
    let around = Surroundings {
        facts: &facts,
        files: &HostFiles,
        name: None,
    };
    for (name, _) in BUILT_IN {
        load(name, around).unwrap();
    }
    let example = PROFILES.split("```").nth(1).unwrap();
    let text = example.strip_prefix("toml\n").unwrap();
    let document = parse_profile(
        Text {
            name: "example",
            text,
        },
        around,
    )
    .unwrap();
    assert_ne!(document.settings, Settings::default());
}
