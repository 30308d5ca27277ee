//! `compose2k8s check` of manifests that compose2k8s did not write. `tests/fixtures/mutations` has the mutation tests of the check.

mod bad_input;
mod baseline;
mod live;
mod self_check;
