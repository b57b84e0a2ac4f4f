//! The value of each key.

use super::{KEYS, Surroundings, Text, shown};
use crate::amount::{Limit, parse_duration};
use crate::error::ProfileError;
use crate::host_executed::normal;
use crate::setting::{
    BadValue, Device, Home, Net, PathRule, Reach, Screen, Sourced, Stance, User, parse_bus_name,
    parse_reach,
};
use crate::settings::{Settings, Variable};
use crate::similar;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

type Value<'a> = Spanned<DeValue<'a>>;

impl Text<'_> {
    /// Sets what `key` asks for.
    pub(super) fn set(
        self,
        settings: &mut Settings,
        (key, span): (&str, Range<usize>),
        value: &Value<'_>,
        around: Surroundings<'_>,
    ) -> Result<(), ProfileError> {
        match key {
            "cwd" => settings.cwd = self.one(value, parse_reach)?,
            "ro" => self.paths(settings, Reach::ReadOnly, value, around)?,
            "rw" => self.paths(settings, Reach::ReadWrite, value, around)?,
            "hide" => self.paths(settings, Reach::Hidden, value, around)?,
            "tmp" => self.paths(settings, Reach::Temporary, value, around)?,
            "home" => settings.home = Some(self.home(value, around)?),
            "env" => settings.environment.extend(self.variables(value, around)?),
            "workdir" => {
                let path = self.path(self.word(value)?, value.span(), around)?;
                settings.workdir = Some(Sourced::new(path, self.origin(value.span())));
            }
            "user" => settings.user = self.one(value, User::parse)?,
            "net" => settings.net = self.one(value, Net::parse)?,
            "display" => settings.screens.extend(self.many(value, Screen::parse)?),
            "dbus-talk" => settings.bus_names.extend(self.many(value, parse_bus_name)?),
            "device" => settings.devices.extend(self.many(value, Device::parse)?),
            "seccomp" => settings.seccomp.extend(self.words(value)?),
            "limit" => settings.limits.extend(self.limits(value)?),
            "timeout" => settings.timeout = self.one(value, parse_duration)?,
            "new-session" => settings.new_session = Some(self.flag(value)?),
            "allow-host-executed" => settings.allow_host_executed = Some(self.flag(value)?),
            "report" => settings.report = Some(self.flag(value)?),
            unknown => {
                let names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
                let names = [&names[..], &["description", "include", "when"]].concat();
                let error = self.error(span, format_args!("unknown key `{}`", shown(unknown)));
                return Err(self.suggest(error, similar::closest(unknown, &names)));
            }
        }
        Ok(())
    }

    pub(super) fn word<'v>(self, value: &'v Value<'_>) -> Result<&'v str, ProfileError> {
        let word = value.get_ref().as_str();
        word.ok_or_else(|| self.wrong_kind(value, "a string"))
    }

    /// A string, or a list of them.
    pub(super) fn words(self, value: &Value<'_>) -> Result<Vec<Sourced<String>>, ProfileError> {
        let sourced = |value: &Value<'_>| {
            let word = self.word(value)?.to_owned();
            Ok(Sourced::new(word, self.origin(value.span())))
        };
        match value.get_ref() {
            DeValue::Array(list) => list.iter().map(sourced).collect(),
            DeValue::String(_) => sourced(value).map(|word| vec![word]),
            _ => Err(self.wrong_kind(value, "a string, or a list of strings")),
        }
    }

    fn wrong_kind(self, value: &Value<'_>, expected: &str) -> ProfileError {
        let found = value.get_ref().type_str();
        self.error(
            value.span(),
            format_args!("{expected} belongs here, not {found}"),
        )
    }

    fn flag(self, value: &Value<'_>) -> Result<Sourced<bool>, ProfileError> {
        let flag = value.get_ref().as_bool();
        let flag = flag.ok_or_else(|| self.wrong_kind(value, "true or false"))?;
        Ok(Sourced::new(flag, self.origin(value.span())))
    }

    fn one<T>(
        self,
        value: &Value<'_>,
        parse: impl Fn(&str) -> Result<T, BadValue>,
    ) -> Result<Option<Sourced<T>>, ProfileError> {
        let parsed = parse(self.word(value)?).map_err(|bad| self.bad(value.span(), &bad))?;
        Ok(Some(Sourced::new(parsed, self.origin(value.span()))))
    }

    fn many<T>(
        self,
        value: &Value<'_>,
        parse: impl Fn(&str) -> Result<T, BadValue>,
    ) -> Result<Vec<Sourced<T>>, ProfileError> {
        let words = self.words(value)?.into_iter();
        let parsed = words.map(|word| match parse(&word.value) {
            Ok(value) => Ok(Sourced::new(value, word.origin)),
            Err(bad) => Err(self.bad(value.span(), &bad)),
        });
        parsed.collect()
    }

    fn limits(self, value: &Value<'_>) -> Result<Vec<Sourced<Limit>>, ProfileError> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.wrong_kind(value, "a table"))?;
        let mut limits = Vec::new();
        for (key, span, value) in super::rows(table) {
            let amount = match value.get_ref() {
                DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
                _ => self.word(value)?,
            };
            let limit = Limit::parse(&format!("{key}={amount}"));
            let limit = limit.map_err(|bad| self.bad(span, &bad))?;
            limits.push(Sourced::new(limit, self.origin(value.span())));
        }
        Ok(limits)
    }

    /// A profile is for many hosts, so that paths which do not exist are passed over.
    fn paths(
        self,
        settings: &mut Settings,
        reach: Reach,
        value: &Value<'_>,
        around: Surroundings<'_>,
    ) -> Result<(), ProfileError> {
        for word in self.words(value)? {
            let path = self.path(&word.value, value.span(), around)?;
            let known = settings.paths.iter().find(|known| known.value.path == path);
            if known.is_some_and(|known| known.value.reach != reach) {
                let why = format_args!(
                    "`{}` is named twice, with different rights",
                    shown(&word.value)
                );
                return Err(self.error(value.span(), why));
            }
            let stance = Stance::Optional;
            let rule = PathRule {
                path,
                reach,
                stance,
            };
            settings.paths.push(Sourced::new(rule, word.origin));
        }
        Ok(())
    }

    fn home(
        self,
        value: &Value<'_>,
        around: Surroundings<'_>,
    ) -> Result<Sourced<Home>, ProfileError> {
        let word = self.expanded(self.word(value)?, value.span(), around)?;
        let home = Home::parse(&word).map_err(|bad| self.bad(value.span(), &bad))?;
        let home = match home {
            Home::Directory(_) => Home::Directory(self.path(&word, value.span(), around)?),
            other => other,
        };
        Ok(Sourced::new(home, self.origin(value.span())))
    }

    fn variables(
        self,
        value: &Value<'_>,
        around: Surroundings<'_>,
    ) -> Result<Vec<Sourced<Variable>>, ProfileError> {
        let words = self.words(value)?.into_iter();
        let variables = words.map(|word| {
            let (name, text) = match word.value.split_once('=') {
                Some((name, text)) => (name, Some(self.expanded(text, value.span(), around)?)),
                None => (word.value.as_str(), None),
            };
            if name.is_empty() {
                return Err(self.error(value.span(), "a variable has a name"));
            }
            let variable = Variable {
                name: name.into(),
                value: text.map(Into::into),
            };
            Ok(Sourced::new(variable, word.origin))
        });
        variables.collect()
    }

    /// An absolute path, or one that begins with a variable or `~/`.
    fn path(
        self,
        word: &str,
        span: Range<usize>,
        around: Surroundings<'_>,
    ) -> Result<PathBuf, ProfileError> {
        let word = match word.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{{home}}{rest}"),
            _ => word.to_owned(),
        };
        let path = self.expanded(&word, span.clone(), around)?;
        if !Path::new(&path).is_absolute() {
            let why = "a path begins with `/`, `~/`, `{home}` or `{cwd}`";
            return Err(self.error(span, why));
        }
        Ok(normal(Path::new(&path)))
    }

    /// With the variables `{cwd}`, `{home}` and `{name}` replaced.
    pub(super) fn expanded(
        self,
        word: &str,
        span: Range<usize>,
        around: Surroundings<'_>,
    ) -> Result<String, ProfileError> {
        let mut expanded = String::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                self.error(
                    span.clone(),
                    "a variable that begins with `{` ends with `}`",
                )
            })?;
            expanded += before;
            expanded += &self.variable(name, span.clone(), around)?;
            rest = after;
        }
        Ok(expanded + rest)
    }

    fn variable(
        self,
        name: &str,
        span: Range<usize>,
        around: Surroundings<'_>,
    ) -> Result<String, ProfileError> {
        let path = match name {
            "home" => Some(around.facts.home.as_path()),
            "cwd" => around.facts.cwd.as_deref(),
            "name" => around.name.map(Path::new),
            other => {
                let error = self.error(
                    span,
                    format_args!("unknown variable `{{{}}}`", shown(other)),
                );
                return Err(self.suggest(
                    error,
                    similar::closest(&format!("{{{other}}}"), &["{home}", "{cwd}", "{name}"]),
                ));
            }
        };
        let text = path.and_then(Path::to_str).map(ToOwned::to_owned);
        text.ok_or_else(|| {
            self.error(
                span,
                format_args!("`{{{name}}}` has no value here, or one that is no text"),
            )
        })
    }
}
