//! `up`, `down`, `run` and `logs`: the scripts of the output under the names that Docker Compose has for them.
//!
//! `up` and `run` translate the project first. All of them run only scripts that this version would write.

mod progress;
mod script;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use compose2k8s::{OutputPaths, Session, Stopped};

use self::script::{Script, StartMode};
use super::lifecycle_arguments::{DownArgs, LogsArgs, OutputArgs, RunArgs, UpArgs};
use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};
use super::project_arguments::{ProjectArgs, SelectionArgs, VariableArgs};
use super::translate;

/// Runs `compose2k8s up`.
pub(crate) fn up(arguments: UpArgs) -> ExitCode {
    let UpArgs { services, mut selection, variables, output, build, detach: _, no_wait, timeout } = arguments;
    // The script starts the services of a profile. Translating with it would change the output.
    let profiles = std::mem::take(&mut selection.profile);
    let kit = match translated(selection, variables, &output) {
        Ok(kit) => kit,
        Err(status) => return status,
    };
    let mut script = Script::new(kit, "scripts/k8s-up.sh");
    script.flag(build, "--build").flag(no_wait, "--no-wait");
    script.option("--timeout", timeout.map(|seconds| seconds.to_string()));
    for profile in profiles {
        script.option("--profile", Some(profile));
    }
    script.operands(services);
    script.start(if std::io::stderr().is_terminal() { StartMode::WithProgress } else { StartMode::Replace })
}

/// Runs `compose2k8s down`.
pub(crate) fn down(arguments: DownArgs) -> ExitCode {
    let DownArgs { output, volumes, cluster } = arguments;
    let mut script = Script::new(directory(&output), "scripts/k8s-down.sh");
    script.flag(volumes, "--volumes").flag(cluster, "--cluster");
    script.start(StartMode::Replace)
}

/// Runs `compose2k8s run`.
pub(crate) fn run(arguments: RunArgs) -> ExitCode {
    let RunArgs { selection, output, env, entrypoint, no_deps, no_tty, rm: _, service, command } = arguments;
    let kit = match translated(selection, VariableArgs::default(), &output) {
        Ok(kit) => kit,
        Err(status) => return status,
    };
    let mut script = Script::new(kit, "scripts/k8s-run.sh");
    for variable in env {
        script.option("--env", Some(variable));
    }
    script.option("--entrypoint", entrypoint).flag(no_deps, "--no-deps").flag(no_tty, "-T");
    script.operands([service]).operands(command);
    script.start(StartMode::Replace)
}

/// Runs `compose2k8s logs`.
pub(crate) fn logs(arguments: LogsArgs) -> ExitCode {
    let LogsArgs { services, output, follow, timestamps, tail, since } = arguments;
    let mut script = Script::new(directory(&output), "scripts/k8s-logs.sh");
    script.flag(follow, "--follow").flag(timestamps, "--timestamps");
    script.option("--tail", tail).option("--since", since).operands(services);
    script.start(StartMode::Replace)
}

/// Translates the project, and returns the output directory, or the exit status if that failed.
fn translated(selection: SelectionArgs, variables: VariableArgs, output: &OutputArgs) -> Result<PathBuf, ExitCode> {
    let project = ProjectArgs { positional: Vec::new(), selection, variables };
    let mut session = Session::new();
    let written = translate::write(output.output.as_deref(), &project.request(), &mut session);
    let options = OutputOptions::brief(output.color);
    match written {
        Ok((paths, written)) => {
            let count = written.written.len() + written.removed.len();
            let folder = paths.display(&paths.kit);
            let summary = match count {
                0 => String::new(),
                1 => format!("{folder}: 1 file updated\n"),
                _ => format!("{folder}: {count} files updated\n"),
            };
            // The summary is for people; standard output belongs to the command that the script runs.
            outcome(Ok(Done::default()), session, &options, None, "");
            output::err(&summary);
            Ok(paths.kit)
        }
        Err(Stopped) => Err(outcome(Err(Stopped), session, &options, None, "nothing was started")),
    }
}

/// Returns the output directory without reading the Compose file, which may be invalid.
fn directory(output: &OutputArgs) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let given = translate::output_or_default(output.output.as_deref());
    OutputPaths::new(given, &here, &here).map_or_else(|_| here.join(given), |paths| paths.kit)
}
