//! Peculiarities of the official loader's output.

use serde_json::{Map, Value as Json};

use crate::keys::{Key, Node, Shape};

/// Returns the keys that the canonical form contains even if they are missing in the file.
pub(super) fn always_printed(node: &Node) -> &'static [Key] {
    match (node.key(), node.owner()) {
        (None, Some(Key::TopServices)) => &[Key::Command, Key::Entrypoint],
        (None, Some(Key::TopNetworks)) => &[Key::TopNetworksIpam],
        (None, Some(Key::DevelopWatch)) => &[Key::DevelopWatchExec],
        (None, Some(Key::PreStart)) => &[Key::PreStartCommand],
        (None, Some(Key::BlkioConfigWeightDevice)) => {
            &[Key::BlkioConfigWeightDevicePath, Key::BlkioConfigWeightDeviceWeight]
        }
        (None, Some(Key::BlkioConfigDeviceReadBps)) => {
            &[Key::BlkioConfigDeviceReadBpsPath, Key::BlkioConfigDeviceReadBpsRate]
        }
        (None, Some(Key::BlkioConfigDeviceReadIops)) => {
            &[Key::BlkioConfigDeviceReadIopsPath, Key::BlkioConfigDeviceReadIopsRate]
        }
        (None, Some(Key::BlkioConfigDeviceWriteBps)) => {
            &[Key::BlkioConfigDeviceWriteBpsPath, Key::BlkioConfigDeviceWriteBpsRate]
        }
        (None, Some(Key::BlkioConfigDeviceWriteIops)) => {
            &[Key::BlkioConfigDeviceWriteIopsPath, Key::BlkioConfigDeviceWriteIopsRate]
        }
        (Some(Key::Deploy), _) => &[Key::DeployResources, Key::DeployPlacement],
        (_, _) => &[],
    }
}

/// Returns the value of a key of [`always_printed`] that is missing in the file.
#[allow(clippy::wildcard_enum_match_arm, reason = "the other such keys are strings")]
pub(super) fn missing_value(key: Key, node: &'static Node) -> Json {
    match key.shape() {
        Shape::Words => Json::Null,
        Shape::Mapping if key == Key::DevelopWatchExec => {
            let command = Key::DevelopWatchExecCommand;
            Json::Object(
                node.child(command.name()).map(|_| (command.name().to_owned(), Json::Null)).into_iter().collect(),
            )
        }
        Shape::Mapping => Json::Object(Map::new()),
        Shape::Integer if key.name() == "rate" => Json::String("0".to_owned()),
        Shape::Integer => Json::from(0),
        _ => Json::String(String::new()),
    }
}

/// Returns a key as the official loader prints it: a few of its structures have no JSON names.
#[allow(clippy::wildcard_enum_match_arm, reason = "all others are written as the user writes them")]
pub(super) fn printed_name(key: Key) -> &'static str {
    match key {
        Key::BlkioConfigWeightDevicePath
        | Key::BlkioConfigDeviceReadBpsPath
        | Key::BlkioConfigDeviceReadIopsPath
        | Key::BlkioConfigDeviceWriteBpsPath
        | Key::BlkioConfigDeviceWriteIopsPath => "Path",
        Key::BlkioConfigWeightDeviceWeight => "Weight",
        Key::BlkioConfigDeviceReadBpsRate
        | Key::BlkioConfigDeviceReadIopsRate
        | Key::BlkioConfigDeviceWriteBpsRate
        | Key::BlkioConfigDeviceWriteIopsRate => "Rate",
        _ => key.name(),
    }
}
