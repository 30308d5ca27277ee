//! The wording of unknown values, and of values that are not shown.

use std::fmt;

use crate::check::facts::unclear::Unclear;

impl fmt::Display for Unclear {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unclear::NumberOfName | Unclear::NumberOfGroup => {
                out.write_str("since the image alone knows the number of a name")
            }
            Unclear::FileOfNode => out.write_str("since only the node knows what lies there"),
            Unclear::NoObject(kind, name) => write!(out, "since the {kind} `{name}` is not among the manifests"),
            Unclear::NoKey(key, kind, object) => {
                write!(out, "since the key `{key}` of the {kind} `{object}` is not among the manifests")
            }
            Unclear::SetAtStart => out.write_str("since the cluster fills it in when the pod starts"),
            Unclear::Built => out.write_str("since Compose builds the image itself"),
            Unclear::Autoscaled(name) => write!(out, "since the HorizontalPodAutoscaler `{name}` decides"),
            Unclear::NoContent => out.write_str("since its bytes are in neither text"),
            Unclear::ContentOfImage => out.write_str("since only the image says what it has there itself"),
            Unclear::StatedByImage => out.write_str("since it leaves that to the image"),
            Unclear::EntrypointOfImage => {
                out.write_str("since `…` is the image's own entrypoint, which is in neither text")
            }
            Unclear::NoCommand => out.write_str("since it asks in another way than by a command"),
        }
    }
}

/// Returns what is shown instead of a value from a Secret.
pub(crate) fn secret_value(secret: &str) -> String {
    format!("a text of the Secret {secret}")
}

/// Returns the value of a variable that an object provides.
pub(crate) fn entry_of_object(kind: &str, object: &str, key: &str) -> String {
    format!("{kind} {object}, key {key}")
}

/// Returns the value of a variable that the pod provides, as its field path if it has one.
pub(crate) fn field_of_pod(path: Option<&str>) -> &str {
    path.unwrap_or("the pod")
}
