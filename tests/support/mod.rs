//! What several tests share: expected output, and the input folders of `fixtures/`.

pub(crate) mod golden;
pub(crate) mod inputs;
pub(crate) mod self_check;
