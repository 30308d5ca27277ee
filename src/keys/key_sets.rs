//! Keys with properties that do not have a column in the table.

use super::table::Key;

impl Key {
    /// Keys that the official loader reads and the published specification does not have yet.
    pub const NEWER: &'static [Key] = &[
        Key::BuildNoCacheFilter,
        Key::PreStart,
        Key::PreStartCommand,
        Key::PreStartImage,
        Key::PreStartUser,
        Key::PreStartPrivileged,
        Key::PreStartWorkingDir,
        Key::PreStartEnvironment,
        Key::PreStartPerReplica,
    ];

    /// Keys without which the mapping that they stand in is wrong.
    pub const REQUIRED: &'static [Key] = &[
        Key::BuildUlimitsSoft,
        Key::BuildUlimitsHard,
        Key::DevelopWatchPath,
        Key::DevelopWatchAction,
        Key::DevelopWatchExecCommand,
        Key::DependsOnCondition,
        Key::DeployResourcesReservationsDevicesCapabilities,
        Key::DevicesSource,
        Key::ProviderType,
        Key::EnvFilePath,
        Key::ExtendsService,
        Key::UlimitsSoft,
        Key::UlimitsHard,
        Key::VolumesType,
        Key::PostStartCommand,
        Key::PreStopCommand,
        Key::TopModelsModel,
    ];

    /// Keys whose mapping, or whose items' mapping, takes no `x-` extensions.
    pub(super) const WITHOUT_EXTENSIONS: &'static [Key] = &[
        Key::TopInclude,
        Key::BlkioConfig,
        Key::BlkioConfigWeightDevice,
        Key::BlkioConfigDeviceReadBps,
        Key::BlkioConfigDeviceReadIops,
        Key::BlkioConfigDeviceWriteBps,
        Key::BlkioConfigDeviceWriteIops,
        Key::EnvFile,
        Key::Extends,
    ];

    /// Keys whose mapping, or whose items' mapping, may hold keys that the specification does not name.
    pub(super) const OPEN: &'static [Key] = &[Key::Gpus, Key::TopSecretsExternal, Key::TopConfigsExternal];
}
