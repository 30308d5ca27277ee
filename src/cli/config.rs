//! `compose2k8s config`: prints the merged project in the canonical form of the official loader, or a list from it.
//! <https://docs.docker.com/reference/cli/docker/compose/config/>

use std::fmt::Write as _;
use std::process::ExitCode;

use compose2k8s::Session;
use compose2k8s::emit;
use compose2k8s::parse::{self, Parsed, VariableReference};
use compose2k8s::report::json::escape_controls;
use compose2k8s::report::text::{sanitize, sanitize_line};
use compose2k8s::report::{Diagnostic, Report, Stopped};
use compose2k8s::resolve::{self, Canonical};
use compose2k8s::text::Sources;
use serde_json::{Map, Value as Json, json};

use super::arguments::{ConfigArgs, DataFormat};
use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};

/// Runs `compose2k8s config FILE…`.
pub(crate) fn run(arguments: &ConfigArgs) -> ExitCode {
    let Session { mut sources, mut report } = Session::new();
    let result = rendered(arguments, &mut sources, &mut report).and_then(|text| match &arguments.output {
        // `--quiet` only validates; `--output` is ignored.
        _ if arguments.quiet => Ok(Done::default()),
        None => {
            output::out(&text);
            Ok(Done::default())
        }
        Some(path) => std::fs::write(path, text).map(|()| Done::default()).map_err(|error| {
            output::err(&format!(
                "error: `{}` cannot be written: {error}\n",
                sanitize_line(&path.display().to_string())
            ));
            Stopped
        }),
    });
    outcome(result, Session { sources, report }, &OutputOptions::for_text(arguments.color), None, "nothing was written")
}

/// Returns the text to print.
fn rendered(arguments: &ConfigArgs, sources: &mut Sources, report: &mut Report) -> Result<String, Stopped> {
    let mut options = arguments.project.options();
    // Variables are listed before interpolation replaces them.
    options.no_interpolate = arguments.no_interpolate || arguments.variables;
    let parsed = parse::parse(&options, sources, report)?;
    if arguments.variables {
        let variables = parse::variables(&parsed, sources);
        return printed(variables_as(arguments.format, &variables, sources), report);
    }
    if arguments.environment && arguments.no_interpolate {
        return Ok(environment(&parsed));
    }
    let given = environment(&parsed);
    let canonical = resolve::canonical(parsed, &options, sources, report)?;
    if arguments.environment {
        return Ok(given);
    }
    if let Some(lines) = requested_list(arguments, &canonical) {
        return Ok(lines);
    }
    if arguments.quiet {
        return Ok(String::new());
    }
    let format = arguments.format.unwrap_or(DataFormat::Yaml);
    if arguments.no_interpolate {
        return printed(data(format, "the project", &resolve::config::unresolved(&canonical)), report);
    }
    let text = printed(data(format, "the project", &resolve::config::value(&canonical)), report)?;
    Ok(match format {
        // The YAML is a Compose file again, in which dollars are escaped, as Docker Compose prints it.
        DataFormat::Yaml => text.replace('$', "$$"),
        // The JSON is the model of the loader, for programs.
        DataFormat::Json => text,
    })
}

fn printed(text: Result<String, Box<Diagnostic>>, report: &mut Report) -> Result<String, Stopped> {
    text.map_err(|problem| {
        report.add(problem);
        Stopped
    })
}

fn data(format: DataFormat, name: &str, value: &Json) -> Result<String, Box<Diagnostic>> {
    match format {
        DataFormat::Yaml => emit::yaml_document(name, value),
        DataFormat::Json => Ok(escape_controls(&format!("{value:#}\n"))),
    }
}

/// Returns the requested names or strings, one per line, in their order; `None` if the whole project is requested.
fn requested_list(arguments: &ConfigArgs, canonical: &Canonical) -> Option<String> {
    let mut lines = match () {
        () if arguments.services => resolve::config::names(canonical, "services"),
        () if arguments.volumes => resolve::config::names(canonical, "volumes"),
        () if arguments.networks => resolve::config::names(canonical, "networks"),
        () if arguments.images => resolve::config::images(canonical),
        () if arguments.profiles => resolve::config::profiles(canonical),
        () if arguments.models => resolve::config::models(canonical),
        () => return None,
    };
    lines.sort();
    lines.dedup();
    Some(lines.into_iter().map(|text| sanitize_line(&text) + "\n").collect())
}

/// Returns the variables for interpolation, as `docker compose config --environment` prints them.
fn environment(parsed: &Parsed) -> String {
    let mut lines: Vec<String> =
        parsed.environment.variables.iter().map(|(name, value)| format!("{name}={}\n", sanitize(value))).collect();
    lines.sort();
    lines.concat()
}

/// Returns the variables as a table, or as data in the format of Docker Compose with locations added.
fn variables_as(
    format: Option<DataFormat>,
    variables: &[VariableReference],
    sources: &Sources,
) -> Result<String, Box<Diagnostic>> {
    let Some(format) = format else { return Ok(table(variables, sources)) };
    let words = match format {
        DataFormat::Json => ["Name", "DefaultValue", "PresenceValue", "Required", "Where"],
        DataFormat::Yaml => ["name", "defaultvalue", "presencevalue", "required", "where"],
    };
    let mut all = Map::new();
    for name in variables.iter().map(|variable| &variable.name) {
        if all.contains_key(name) {
            continue;
        }
        // Several uses of a variable are combined.
        let ways = || variables.iter().filter(|variable| variable.name == *name);
        let default = ways().find_map(|variable| variable.default.as_deref()).unwrap_or_default();
        let alternate = ways().find_map(|variable| variable.alternate.as_deref()).unwrap_or_default();
        let required = ways().any(|variable| variable.required);
        let mut at: Vec<_> = ways().flat_map(|variable| &variable.at).collect();
        at.sort_unstable();
        let at: Vec<String> = at.into_iter().map(|at| sources.place(*at)).collect();
        let values = [json!(name), json!(default), json!(alternate), json!(required), json!(at)];
        all.insert(name.clone(), words.into_iter().map(str::to_owned).zip(values).collect());
    }
    data(format, "the variables", &Json::Object(all))
}

/// Returns a table with one line per use of a variable, with the column widths of Docker Compose.
fn table(variables: &[VariableReference], sources: &Sources) -> String {
    let heads = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE", "WHERE"].map(str::to_owned);
    let rows = variables.iter().map(|variable| {
        let first = variable.at.first().map_or_else(String::new, |at| sources.place(*at));
        let at = match variable.at.len() {
            0 | 1 => first,
            number => format!("{first} and {} more", number - 1),
        };
        let word = |word: &Option<String>| sanitize_line(&word.clone().unwrap_or_default().replace('\n', "\\n"));
        let required = variable.required.to_string();
        [variable.name.clone(), required, word(&variable.default), word(&variable.alternate), at]
    });
    let rows: Vec<[String; 5]> = std::iter::once(heads).chain(rows).collect();
    let wide = |column: &dyn Fn(&[String; 5]) -> &String| {
        rows.iter().map(|row| column(row).chars().count() + 3).max().unwrap_or(0).max(20)
    };
    let widths = [wide(&|row| &row[0]), wide(&|row| &row[1]), wide(&|row| &row[2]), wide(&|row| &row[3])];
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a String cannot fail.
            let _ = write!(out, "{cell:width$}");
        }
        out.extend(row.iter().skip(widths.len()).map(String::as_str));
        out.push('\n');
    }
    out
}
