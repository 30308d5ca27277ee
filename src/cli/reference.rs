//! Commands without input files: `keys`, `explain`, `schema`, `completions`, `man`.

use std::process::ExitCode;

use clap::CommandFactory;
use compose2k8s::check::{self, Kind};
use compose2k8s::keys::render;
use compose2k8s::overrides;
use compose2k8s::report::{self, did_you_mean};

use super::arguments::{Cli, SchemaOf, TableFormat};
use super::output;

/// Prints the key table.
pub(crate) fn print_keys(format: TableFormat) {
    output::out(&match format {
        TableFormat::Text => render::table_text(),
        TableFormat::Markdown => render::markdown(),
        TableFormat::Json => render::json(),
    });
}

/// Prints every code with its severity and first sentence.
pub(crate) fn print_codes() {
    for code in compose2k8s::codes() {
        let about = code.about.trim().split_inclusive(". ").next().unwrap_or_default().replace('\n', " ");
        output::out(&format!("{:<40} {:<8} {}\n", code.name, code.severity.name(), about.trim()));
    }
}

/// Explains a code or a key.
pub(crate) fn explain(what: &str) -> ExitCode {
    match explanation(what) {
        Ok(text) => {
            output::out(&text);
            ExitCode::SUCCESS
        }
        Err(help) => {
            output::err(&format!("error: `{what}` is neither a code nor a key; {help}\n"));
            ExitCode::from(2)
        }
    }
}

/// Returns the text for a code or a key; the error is a spelling suggestion.
fn explanation(what: &str) -> Result<String, String> {
    if let Some(code) = compose2k8s::code(what) {
        let about = code.about.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
        return Ok(format!("{} ({})\n\n{about}\n", code.name, code.severity.name()));
    }
    if what == "facts" {
        return Ok(facts());
    }
    if what.contains("::") {
        let help = did_you_mean(what, compose2k8s::codes().map(|code| code.name));
        return Err(help.unwrap_or_else(|| "`compose2k8s explain --list` names every code".to_owned()));
    }
    match render::meant(what) {
        Ok(keys) => Ok(keys.into_iter().map(render::explain).collect::<Vec<_>>().join("\n")),
        Err(suggestion) => Err(suggestion.unwrap_or_else(|| "`compose2k8s keys` names every key".to_owned())),
    }
}

/// Returns the list of fact kinds by topic.
fn facts() -> String {
    let mut text =
        "What the check compares; anything else is not. `compose2k8s facts` prints the facts of either side.\n"
            .to_owned();
    let mut topic = "";
    for kind in Kind::ALL {
        if kind.topic() != topic {
            topic = kind.topic();
            text.push_str(&format!("\n{topic}\n"));
        }
        text.push_str(&format!("  {:<18} {}\n", kind.name(), kind.about().trim()));
    }
    text
}

/// Prints a JSON Schema.
pub(crate) fn print_schema(of: SchemaOf) {
    output::out(match of {
        SchemaOf::Overrides => overrides::schema(),
        SchemaOf::Problems => report::json::SCHEMA,
        SchemaOf::Facts => check::SCHEMA,
    });
}

/// Prints a completion script for a shell.
pub(crate) fn print_completions(shell: clap_complete::Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "compose2k8s", &mut script);
    output::out(&String::from_utf8_lossy(&script));
}

/// Prints the manual page.
pub(crate) fn print_man() {
    let mut page = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = clap_mangen::Man::new(Cli::command()).render(&mut page);
    output::out(&String::from_utf8_lossy(&page));
}
