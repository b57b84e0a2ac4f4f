//! Completions for shells.

use crate::table::{self, Kind, Row};

/// For bash: `bwrap.bash`.
pub fn bash() -> String {
    let names: Vec<&str> = table::rows().map(|row| row.name).collect();
    let mut arms = String::new();
    // How many values each option has tells where the command begins.
    for row in table::rows().filter(|row| !row.values.is_empty()) {
        let kinds: Vec<&str> = row
            .values
            .iter()
            .map(|value| bash_kind(value.kind))
            .collect();
        arms.push_str(&format!(
            "            {}) kinds=({}) ;;\n",
            row.name,
            kinds.join(" ")
        ));
    }
    BASH.replace("@NAMES@", &names.join(" "))
        .replace("@ARMS@", &arms)
}

fn bash_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Path | Kind::Target => "file",
        Kind::Directory => "directory",
        Kind::Variable => "export",
        Kind::Fd | Kind::Capability | Kind::Word => "none",
    }
}

const BASH: &str = r#"# bash completion for bwrap
_bwrap() {
    local current=${COMP_WORDS[COMP_CWORD]} i=1 kinds kind
    COMPREPLY=()
    while ((i < COMP_CWORD)); do
        kinds=()
        case ${COMP_WORDS[i]} in
@ARMS@            --) ((i++)); break ;;
            -*) ;;
            *) break ;;
        esac
        ((i++))
        for kind in "${kinds[@]}"; do
            if ((i == COMP_CWORD)); then
                [[ $kind == none ]] || mapfile -t COMPREPLY < <(compgen -A "$kind" -- "$current")
                return
            fi
            ((i++))
        done
    done
    if ((i < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            mapfile -t COMPREPLY < <(compgen -A file -- "$current")
        fi
    elif [[ $current == -* && ${COMP_WORDS[COMP_CWORD-1]} != -- ]]; then
        mapfile -t COMPREPLY < <(compgen -W "@NAMES@" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
    fi
}
complete -o filenames -F _bwrap bwrap
"#;

/// For zsh: `_bwrap`.
pub fn zsh() -> String {
    let mut text = String::from("#compdef bwrap\n_arguments -S \\\n");
    for row in table::rows() {
        let mut argument = format!("*{}[{}]", row.name, zsh_escape(row.help));
        for value in row.values {
            argument.push_str(&format!(":{}:{}", value.name, zsh_kind(value.kind)));
        }
        text.push_str(&format!("  {} \\\n", quote(&argument)));
    }
    text.push_str("  '(-):command: _command_names -e' \\\n  '*::arguments: _normal'\n");
    text
}

fn zsh_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Path | Kind::Target => "_files",
        Kind::Directory => "_files -/",
        Kind::Fd => "_file_descriptors",
        Kind::Variable => "_parameters -g \"*export*\"",
        Kind::Capability | Kind::Word => " ",
    }
}

fn zsh_escape(text: &str) -> String {
    text.replace('[', "\\[")
        .replace(']', "\\]")
        .replace(':', "\\:")
}

/// For fish: `bwrap.fish`.
pub fn fish() -> String {
    let mut text = String::from(FISH);
    for row in table::rows() {
        text.push_str(&fish_line(row));
    }
    text
}

const FISH: &str = "\
# fish completion for bwrap
complete -c bwrap -f
complete -c bwrap -n 'not string match -q -- \"-*\" (commandline -ct)' -F
";

fn fish_line(row: &Row) -> String {
    let name = row.name.trim_start_matches('-');
    let value = match row.values.first().map(|value| value.kind) {
        None => "",
        Some(Kind::Path | Kind::Target) => " -r -F",
        Some(Kind::Directory) => " -x -a '(__fish_complete_directories)'",
        Some(Kind::Variable) => " -x -a '(set -nx)'",
        Some(Kind::Fd | Kind::Capability | Kind::Word) => " -x",
    };
    format!(
        "complete -c bwrap -l {name}{value} -d {}\n",
        quote(row.help)
    )
}

/// In single quotes, as all three shells read them when there is none inside.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "’"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_in_each() {
        let (bash, zsh, fish) = (bash(), zsh(), fish());
        for row in table::rows() {
            let name = row.name;
            assert!(bash.contains(&format!(" {name}")) || bash.contains(&format!("\"{name}")));
            assert!(zsh.contains(&format!("'*{name}[")), "{name}");
            let long = format!("-l {} ", name.trim_start_matches('-'));
            assert!(fish.contains(&long), "{name}");
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let text = bash();
        assert!(!text.contains("@NAMES@") && !text.contains("@ARMS@"));
    }

    #[test]
    fn bash_takes_its_part() {
        let Ok(mut shell) = std::process::Command::new("bash")
            .arg("-n")
            .stdin(std::process::Stdio::piped())
            .spawn()
        else {
            return;
        };
        let input = shell.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut &input, bash().as_bytes()).expect("write to the shell");
        drop(input);
        assert!(shell.wait().expect("the shell").success());
    }
}
