//! What can be wrong with an overrides file.

use crate::report::problems;
use crate::text::Span;

problems! { overrides
    /// A key that overrides files do not have at this place.
    error unknown_key UnknownKey { key: String, at: Span, suggestion: Option<String> }
        "`{key}` is not a key of an overrides file here",
        [at "unknown key"],
        help suggestion.unwrap_or_else(|| "`compose2k8s schema` prints what may stand here".to_owned());
    /// Every entry that departs from Compose has a reason (`because`, or `reason` of an `accept` entry), and some keys mean nothing without another one.
    error missing_key MissingKey { key: String, at: Span }
        "the key `{key}` is missing",
        [at "here"],
        help match key.as_str() {
            "because" | "reason" => format!("add `{key}:` with the reason, in a sentence"),
            _ => format!("add `{key}:`"),
        };
    /// An `accept` entry has a key under the name of an earlier version: `of` is now `subject`, `because` is now `reason`. It is
    /// read all the same.
    advice renamed_key RenamedKey { old: &'static str, new: &'static str, at: Span }
        "`{old}` of an `accept` entry is now called `{new}`",
        [at "old name"],
        help format!("rename the key to `{new}`");
    /// The overrides file is for another version of this program, which could generate another output.
    error required_version RequiredVersion { required: String, version: &'static str, at: Span }
        "the overrides require compose2k8s {required}, and this is {version}",
        [at "required here"],
        help format!("install compose2k8s {required}, or change `required-version` and regenerate the output");
    /// `zones`, and `dns` of a service, were removed. The project resolver answers the names of the project and forwards all
    /// other queries to the servers that `dns` of the Compose file lists, as Docker does.
    error removed_keys RemovedKeys { at: Vec<Span> }
        "overrides files no longer have `zones`, or `dns` of a service: the project resolver serves `dns` of the Compose file",
        [at "removed"],
        help "remove these entries, or run `compose2k8s init --migrate`: the project resolver needs neither";
    /// Choices are closed: only the words that the schema lists may stand there.
    error unknown_choice UnknownChoice { word: String, choices: String, suggestion: Option<String>, at: Span }
        "`{word}` is not one of the choices here: {choices}",
        [at "not a choice"],
        help suggestion.unwrap_or_else(|| format!("choose one of {choices}"));
    /// The value is of another kind than the schema says, or outside its bounds.
    error unsuitable Unsuitable { why: String, at: Span }
        "{why}",
        [at "here"],
        help "`compose2k8s schema` prints what may stand here";
    /// The overrides have entries about services, networks or volumes that the Compose project does not have, for example
    /// after one was removed or renamed. The entries have no effect.
    advice unknown_name UnknownName { names: String, suggestion: Option<String>, at: Span }
        "entries of the overrides have no effect, because the project does not have: {names}",
        [at "first such entry"],
        help suggestion.unwrap_or_else(|| "remove the entries, or use the new names".to_owned());
    /// `mounts:` lists bind mounts by their path in the container, and the service has none at this path. The entry has no
    /// effect.
    advice unknown_mount UnknownMount { path: String, service: String, suggestion: Option<String>, at: Span }
        "the service `{service}` has no bind mount at `{path}`",
        [at "no effect"],
        help suggestion.unwrap_or_else(|| "remove the entry, or use the path in the container of a bind mount".to_owned());
    /// An entry is about a setting that the service does not have in the Compose file, for example after an edit. The entry
    /// has no effect.
    advice says_nothing SaysNothing { entry: &'static str, service: String, at: Span }
        "`{entry}` of `{service}` has no effect: the service has no `{entry}` in the Compose file",
        [at "no effect"],
        help "remove the entry";
    /// Nothing is to be kept apart where every service shares a network with every other one, and nothing to be kept in where
    /// each is on a network with a way out.
    advice separates_nobody SeparatesNobody { at: Span }
        "`separation` says nothing: every service shares a network with every other one, and none is on internal networks alone",
        [at "without effect"],
        help "remove the entry";
    /// A device plugin is for what some service asks of its driver.
    advice unused_device_plugin UnusedDevicePlugin { driver: String, at: Span }
        "no service asks for devices of the driver `{driver}`",
        [at "without effect"],
        help "remove the entry, or write the `driver` of `gpus` or `deploy.resources.reservations.devices`";
    /// The writer of a volume is a service that mounts it.
    advice writer_without_mount WriterWithoutMount { volume: String, service: String, at: Span }
        "the service `{service}` does not mount the volume `{volume}`",
        [at "cannot write there"],
        help "name a service that mounts the volume";
    /// Addresses are numbers with dots (or colons), ranges an address and a prefix length.
    error not_an_address NotAnAddress { text: String, wanted: &'static str, at: Span }
        "`{text}` is not {wanted}",
        [at "here"],
        help format!("give {wanted}");
    /// Names that become Kubernetes' or a script's are bound by their rules.
    error not_a_name NotAName { text: String, wanted: &'static str, at: Span }
        "`{text}` is not {wanted}",
        [at "here"],
        help format!("give {wanted}");
    /// A quantity is a number with a unit such as `Mi` or `Gi`.
    error not_a_size NotASize { text: String, at: Span }
        "`{text}` is not a size",
        [at "here"],
        help "write a whole number and one of `Ki`, `Mi`, `Gi`, `Ti`: `1Gi`";
    /// Paths in a container begin at its root, paths of further Compose files at the project directory.
    error misplaced_path MisplacedPath { path: String, wanted: &'static str, at: Span }
        "`{path}` is not {wanted}",
        [at "here"],
        help format!("give {wanted}");
    /// A run merges further Compose files, and one of them does not exist, for example because the project is in an earlier state.
    /// The run has no script.
    advice run_file_missing RunFileMissing { run: String, path: String, at: Span }
        "the run `{run}` is left out, because its file `{path}` does not exist",
        [at "no such file"],
        help "create the file, or remove the run from the overrides";
    /// Two entries say something about one thing.
    error given_twice GivenTwice { what: String, at: Span, first: Span }
        "{what} is given twice",
        [at "given again here", first "first given here"],
        help "remove one of the two";
    /// A service that makes something for others runs to its end before them, so it cannot be one of them.
    error setup_before_itself SetupBeforeItself { service: String, at: Span }
        "the setup service `{service}` cannot run before itself",
        [at "here"],
        help "remove it from the list";
    /// Only differences can be accepted: those that the translation makes (`lower::`) and that leave a kit that works, and
    /// those that the comparison finds between two sides that both work (`check::missing`, `surplus`, `differs`,
    /// `unknown`, `no_workload`, `surplus_workload`). Everything else is a mistake or a contradiction, to be mended where it is.
    error unacceptable_code UnacceptableCode { code: String, at: Span }
        "`{code}` cannot be accepted",
        [at "to be mended"],
        help "mend what it speaks of; what can be accepted is a difference from Compose, with a code that begins with `lower::` or `check::`";
    /// A loss of the translation is named by its Compose key, a difference of the comparison by its sort of fact.
    error unfitting_entry UnfittingEntry { word: String, code: String, compared: bool, at: Span }
        "`{word}` says nothing of `{code}`",
        [at "without effect"],
        help if compared { "name the fact with `fact` and `subject`: `compose2k8s explain facts` lists them" } else { "name the Compose key with `key`" };
    /// An acceptance names the key of the Compose Specification that its finding is about: one of a service where it
    /// names a service, and one of the project where it does not.
    error unknown_compose_key UnknownComposeKey { key: String, suggestion: Option<String>, at: Span }
        "`{key}` is not a key that the Compose Specification has there",
        [at "unknown key"],
        help suggestion.unwrap_or_else(|| "`compose2k8s keys` prints all of them".to_owned());
    /// A difference of a service is accepted with the service's name, a list of names, or `*`.
    error no_service_named NoServiceNamed { key: String, example: String, at: Span }
        "`{key}` is a key of services, and the entry names no service",
        [at "key of a service"],
        help format!("add `{example}` for one service, a list for several, or `service: \"*\"` for every service");
    /// `preset` and `--preset` take the name of a built-in preset, or `none`.
    error unknown_preset UnknownPreset { name: String, known: String, suggestion: Option<String>, at: Vec<Span> }
        "there is no preset `{name}`",
        [at "unknown preset"],
        help suggestion.unwrap_or_else(|| format!("use one of {known}"));
}
