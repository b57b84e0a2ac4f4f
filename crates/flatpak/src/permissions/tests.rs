use super::*;
use crate::keyfile::KeyFile;
use std::path::Path;

fn load(layer: Layer, text: &str) -> Context {
    let file = KeyFile::parse(text.as_bytes()).unwrap();
    Context::load(&file, &Origin::layer(layer)).unwrap()
}

fn from_options(options: &[&str]) -> Context {
    let mut context = Context::default();
    for option in options {
        let (name, value) = option.trim_start_matches('-').split_once('=').unwrap();
        for change in options::parse(name, value).unwrap() {
            context.apply(change, &Origin::COMMAND_LINE);
        }
    }
    context
}

fn saved(context: &Context, form: Form) -> String {
    let mut file = KeyFile::new();
    context.save(&mut file, form).unwrap();
    file.to_string()
}

const FULL: &str = "\
[Context]
shared=!ipc;network;
sockets=wayland;x11;if:x11:!has-wayland;
devices=dri;
features=!devel;multiarch;
filesystems=!host:reset;!host;home:ro;~/a:create;xdg-music;/x\\;y;
persistent=.cfg;
unset-environment=B;

[Session Bus Policy]
org.a.*=talk
org.b=none

[System Bus Policy]
org.c=see

[Accessibility Bus Policy]
org.d=own

[Environment]
A=1
B=

[Policy sub]
key=!b;a;

[USB Devices]
enumerable-devices=vnd:0fd9;
hidden-devices=cls:0e:*;
";

#[test]
fn a_layer_comes_back_as_it_was() {
    let context = load(Layer::App, FULL);
    assert_eq!(saved(&context, Form::Layer), FULL);
    assert!(context.ignored.is_empty());
}

#[test]
fn flattened_permissions_take_nothing_away() {
    let text = saved(&load(Layer::App, FULL), Form::Flattened);
    assert!(!text.contains("!ipc") && !text.contains("!host;") && !text.contains("reset"));
    assert!(!text.contains("org.b") && !text.contains("!devel") && text.contains("key=a;"));
    assert!(text.contains("unset-environment=B;") && text.contains("if:x11:!has-wayland;"));
}

#[test]
fn options_say_what_the_file_says() {
    let context = load(Layer::CommandLine, FULL);
    let written = context.to_options();
    let known = written
        .iter()
        .map(String::as_str)
        .filter(|option| !option.contains("see-name"));
    let mut again = from_options(&known.collect::<Vec<_>>());
    for (key, access) in &context.buses {
        again.buses.insert(key.clone(), access.clone());
    }
    assert_eq!(saved(&again, Form::Layer), FULL);
}

#[test]
fn each_permission_keeps_its_origin() {
    let file = Path::new("/o/org.x.Y");
    let over = KeyFile::parse(b"[Context]\nsockets=!x11;\nfilesystems=home:ro;\n").unwrap();
    let over = Context::load(&over, &Origin::file(Layer::UserApp, file)).unwrap();
    let app = "[Context]\nshared=network;\nsockets=x11;wayland;\nfilesystems=home;host;\n";
    let layers = Layers {
        app: load(Layer::App, app),
        overrides: vec![over],
        command_line: from_options(&["--device=dri"]),
        ..Layers::default()
    };
    let context = layers.effective();
    let granted = context.granted(&Facts::default());
    assert_eq!(granted.shares[&Share::Network].layer, Layer::App);
    assert_eq!(granted.devices[&Device::Dri], Origin::COMMAND_LINE);
    assert!(!granted.sockets.contains_key(&Socket::X11));
    let home = &context.filesystems[&Location::Home];
    assert_eq!(
        (home.value, home.origin.layer),
        (Grant::ReadOnly, Layer::UserApp)
    );
    assert_eq!(home.origin.to_string(), "user override (/o/org.x.Y)");
    assert_eq!(context.grant(&Location::Host), Grant::ReadWrite);
}

#[test]
fn host_reset_clears_what_is_below_and_host_alone_does_not() {
    let app = || load(Layer::App, "[Context]\nfilesystems=host;~/a;xdg-music;\n");
    let layers = |option: &str| Layers {
        app: app(),
        command_line: from_options(&[option, "--filesystem=/new"]),
        ..Layers::default()
    };
    let reset = layers("--nofilesystem=host:reset").effective();
    assert_eq!(reset.filesystems.len(), 2);
    assert_eq!(reset.grant(&Location::Host), Grant::Nothing);
    assert_eq!(
        reset.grant(&Location::Absolute("/new".into())),
        Grant::ReadWrite
    );
    let only_host = layers("--nofilesystem=host").effective();
    assert_eq!(only_host.grant(&Location::Host), Grant::Nothing);
    assert_eq!(
        only_host.grant(&Location::BelowHome("a".into())),
        Grant::ReadWrite
    );
}

#[test]
fn of_a_runtime_only_the_environment_counts() {
    let runtime = load(
        Layer::Runtime,
        "[Context]\nshared=network;\nunset-environment=C;\n[Environment]\nA=1\nB=2\n\
         [USB Devices]\nenumerable-devices=all;\n",
    );
    let app = load(Layer::App, "[Environment]\nB=3\n");
    let context = Layers {
        runtime: Some(runtime),
        app,
        ..Layers::default()
    }
    .effective();
    assert!(context.shares.is_empty() && context.usb_enumerable.is_empty());
    assert_eq!(context.environment["A"].value.as_deref(), Some("1"));
    assert_eq!(context.environment["B"].value.as_deref(), Some("3"));
    assert_eq!(context.environment["C"].value, None);
}

#[test]
fn sandboxed_keeps_multiarch_and_the_environment() {
    let layers = Layers {
        app: load(Layer::App, FULL),
        sandboxed: true,
        command_line: from_options(&["--socket=cups"]),
        ..Layers::default()
    };
    let context = layers.effective();
    let granted = context.granted(&Facts::default());
    assert_eq!(
        granted.features.keys().collect::<Vec<_>>(),
        [&Feature::Multiarch]
    );
    assert_eq!(granted.sockets.keys().collect::<Vec<_>>(), [&Socket::Cups]);
    assert!(granted.shares.is_empty() && granted.devices.is_empty());
    assert!(context.filesystems.is_empty() && context.persistent.is_empty());
    assert!(context.buses.is_empty() && context.policies.is_empty());
    assert!(context.usb_enumerable.is_empty() && context.usb_hidden.is_empty());
    assert_eq!(context.environment.len(), 2);
}

#[test]
fn fallback_x11_decides_about_x11() {
    // sockets; X11 without Wayland; X11 with it
    let rows = [
        ("fallback-x11;wayland", true, false),
        ("x11;fallback-x11;wayland", true, false),
        ("x11;wayland", true, true),
        ("fallback-x11", true, true),
        ("wayland", false, false),
    ];
    for (sockets, without, with) in rows {
        let context = load(Layer::App, &format!("[Context]\nsockets={sockets};\n"));
        for (has_wayland, expected) in [(false, without), (true, with)] {
            let granted = context.granted(&Facts {
                has_wayland,
                ..Facts::default()
            });
            assert_eq!(
                granted.sockets.contains_key(&Socket::X11),
                expected,
                "{sockets}"
            );
            assert!(!granted.sockets.contains_key(&Socket::FallbackX11));
        }
    }
}

#[test]
fn false_conditions_grant_nothing() {
    let text = "[Context]\nshared=network;if:network:false;\nfeatures=devel;if:devel:tomorrow;\n";
    let granted = load(Layer::App, text).granted(&Facts::default());
    assert_eq!(granted, Granted::default());
}

#[test]
fn what_is_not_understood_is_recorded_or_refused() {
    let text = "[Context]\nsockets=telepathy;x11;\nfilesystems=foo;home:shiny;/;!home:reset;\n\
                persistent=../x;\n[Session Bus Policy]\norg.x=shout\n";
    let context = load(Layer::App, text);
    let why: Vec<&str> = context
        .ignored
        .iter()
        .map(|ignored| ignored.why.as_str())
        .collect();
    assert_eq!(why.len(), 7, "{why:?}");
    assert!(why.contains(&"read socket, on telepathy: not a known word"));
    assert_eq!(context.grant(&Location::Home), Grant::ReadWrite);
    for refused in [
        "[Context]\nfilesystems=/a\u{1b}b;\n",
        "[Context]\npersistent=a\\nb;\n",
        "[Context]\nsockets=if:x11;\n",
        "[Context]\nsockets=a\\qb;\n",
        "[Session Bus Policy]\norg=talk\n",
        "[USB Devices]\nenumerable-devices=dev:1234;\n",
    ] {
        let file = KeyFile::parse(refused.as_bytes()).unwrap();
        assert!(
            Context::load(&file, &Origin::COMMAND_LINE).is_err(),
            "{refused}"
        );
    }
}

#[test]
fn options_refuse_in_one_grammar() {
    let rows = [
        (
            "share",
            "foo",
            "read share, on foo: not one of network, ipc",
        ),
        (
            "socket-if",
            "x11",
            "read socket, on x11: not a word with its condition",
        ),
        (
            "filesystem",
            "home:foo",
            "read filesystem, on home:foo: the suffix foo is not known",
        ),
        (
            "filesystem",
            "/a\u{1b}",
            "read filesystem, on /a\\x1b: the character \\x1b",
        ),
        (
            "filesystem",
            "/a/../b",
            "read filesystem, on /a/../b: it contains ..",
        ),
        (
            "own-name",
            "foo",
            "read bus name, on foo: not a well-known bus name",
        ),
        (
            "env",
            "SECRET",
            "read variable, on SECRET: not of the form NAME=VALUE",
        ),
        (
            "env",
            "=secret",
            "read variable, on : not of the form NAME=VALUE",
        ),
        (
            "env",
            "A\n[Context]\nx=y",
            "read variable, on A\\x0a[Context]\\x0ax: not of the form NAME=VALUE",
        ),
        (
            "unset-env",
            "A=B",
            "read variable, on A=B: not of the form NAME=VALUE",
        ),
        (
            "add-policy",
            "a=b",
            "read policy, on a=b: not of the form SUBSYSTEM.KEY=VALUE",
        ),
        (
            "add-policy",
            "a.b=!c",
            "read policy, on a.b=!c: not of the form SUBSYSTEM.KEY=VALUE",
        ),
        (
            "usb",
            "dev:0001",
            "read usb query, on dev:0001: dev needs a vnd beside it",
        ),
        (
            "bus",
            "x",
            "read option, on bus: no option that changes permissions",
        ),
    ];
    for (name, value, said) in rows {
        assert_eq!(options::parse(name, value).unwrap_err().to_string(), said);
    }
    let list = options::usb_list("all;!cls:0e:*;\nvnd:0fd9\n").unwrap();
    assert_eq!(list.len(), 3);
    let block = options::env_block(b"A=1\0B=two=2\n\0").unwrap();
    assert_eq!(
        block[1],
        Change::Environment("B".into(), Some("two=2\n".into()))
    );
    assert!(options::env_block(b"A\0").is_err() && options::env_block(b"A=\xff\0").is_err());
}

#[test]
fn rewriting_an_override_keeps_what_is_not_a_permission() {
    let text = "# mine\n[Context]\n# why\nfuture=1\nsockets=x11;\n\n[USB Devices]\nlater=1\n\
                hidden-devices=all;\n\n[Environment]\nA=1\n# last\nB=2\n\n[Other]\nk=v\n";
    let mut file = KeyFile::parse(text.as_bytes()).unwrap();
    let mut context = Context::load(&file, &Origin::COMMAND_LINE).unwrap();
    context.environment.remove("A");
    context.usb_hidden.clear();
    for change in options::parse("nosocket", "x11").unwrap() {
        context.apply(change, &Origin::COMMAND_LINE);
    }
    context.save(&mut file, Form::Layer).unwrap();
    let expected = "# mine\n[Context]\n# why\nfuture=1\nsockets=!x11;\n\n[USB Devices]\nlater=1\n\
                    \n[Environment]\n# last\nB=2\n\n[Other]\nk=v\n";
    assert_eq!(file.to_string(), expected);
}

#[test]
fn rows_are_fit_for_a_terminal() {
    let mut context = load(
        Layer::App,
        "[Environment]\nA=x\u{1b}[2K\n[Context]\nshared=network;\n",
    );
    context.merge(&from_options(&["--env=B=\u{202e}"]));
    let rows: Vec<String> = context
        .rows(Form::Layer)
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "[Context] shared=network (application)",
        "[Environment] A=x\\x1b[2K (application)",
        "[Environment] B=\\u{202e} (command line)",
    ];
    assert_eq!(rows, expected);
}
