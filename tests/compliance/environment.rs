//! `--setenv`, `--unsetenv`, `--clearenv`: they act while the words are read, in their order.

use crate::judge::compliance;
use crate::roots::host;

compliance!(the_environment_is_inherited, {
    let facts = host().env("A", "1").facts();
    assert_eq!(facts.environ["A"], "1");
    assert_eq!(facts.environ["PWD"], "/");
});

compliance!(a_later_option_wins, {
    let facts = host()
        .args(["--setenv", "A", "1", "--unsetenv", "A"])
        .facts();
    assert!(!facts.environ.contains_key("A"));
    let facts = host()
        .args(["--unsetenv", "A", "--setenv", "A", "1"])
        .facts();
    assert_eq!(facts.environ["A"], "1");
    let facts = host()
        .args(["--setenv", "A", "1", "--setenv", "A", "2"])
        .facts();
    assert_eq!(facts.environ["A"], "2");
});

compliance!(clearenv_leaves_what_is_set_later_and_pwd, {
    let facts = host()
        .env("A", "1")
        .args(["--setenv", "B", "2", "--clearenv"]);
    let facts = facts.args(["--setenv", "C", "3"]).facts();
    let names: Vec<_> = facts.environ.keys().map(String::as_str).collect();
    assert_eq!(names, ["C", "PWD"]);
});

compliance!(values_may_be_empty_or_hold_an_equals_sign, {
    let facts = host()
        .args(["--setenv", "A", "", "--setenv", "B", "x=y\nz"])
        .facts();
    assert_eq!(
        (facts.environ["A"].as_str(), facts.environ["B"].as_str()),
        ("", "x=y\nz")
    );
});

compliance!(names_may_not, {
    host()
        .args(["--setenv", "A=B", "c", "true"])
        .finish()
        .refused("setenv failed");
    host()
        .args(["--setenv", "", "c", "true"])
        .finish()
        .refused("setenv failed");
    host()
        .args(["--unsetenv", "A=B", "true"])
        .finish()
        .refused("unsetenv failed");
    host()
        .args(["--unsetenv", "", "true"])
        .finish()
        .refused("unsetenv failed");
});

compliance!(unsetting_what_is_not_set_is_no_error, {
    host()
        .args(["--unsetenv", "NOT_SET", "true"])
        .finish()
        .success();
});

compliance!(pwd_cannot_be_set, {
    assert_eq!(
        host().args(["--setenv", "PWD", "/x"]).facts().environ["PWD"],
        "/"
    );
    assert_eq!(
        host().args(["--unsetenv", "PWD"]).facts().environ["PWD"],
        "/"
    );
});
