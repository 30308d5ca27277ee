//! The section `device-plugins`, and the device requests that plugins provide.

use super::names;
use crate::maps::IndexMap;
use crate::overrides::model::{DevicePlugin, Overrides};
use crate::overrides::problem::Problem;
use crate::overrides::written;
use crate::overrides::written::spanned::Named;
use crate::report::Report;
use crate::resolve::Project;
use crate::resolve::process::DeviceRequest;
use crate::text::{SourceId, Span};

/// Validates the section. Reports plugins whose driver no service requests.
pub(crate) fn device_plugins(
    written: Named<written::DevicePluginEntry>,
    source: SourceId,
    project: &Project,
    report: &mut Report,
) -> IndexMap<String, DevicePlugin> {
    let only = written.0.len() == 1;
    let mut plugins = IndexMap::default();
    for (driver, plugin) in written.0 {
        let written::DevicePluginEntry { resource, all, because } = plugin;
        let resource = resource.spanned(source);
        if !names::is_resource(&resource.value) {
            let wanted = "the name of a resource of a device plugin, as `nvidia.com/gpu`";
            report.add(Problem::NotAName { text: resource.value.clone(), wanted, at: resource.span });
        }
        let mut requests = project.services.values().flat_map(|service| &service.process.resources.devices);
        if !requests.any(|request| is_for(&driver.value, only, request)) {
            report.add(Problem::UnusedDevicePlugin { driver: driver.value.clone(), at: driver.span(source) });
        }
        plugins.insert(driver.value, DevicePlugin { resource, all: all.value, because: because.0 });
    }
    plugins
}

/// Whether a plugin provides a request. Without a driver, Docker chooses one by the capabilities, which is that of NVIDIA
/// for `gpu`; here the only plugin is used, or that of the driver `nvidia`. The driver of devices of the Container Device Interface is also their kind, `VENDOR/CLASS`.
fn is_for(driver: &str, only: bool, request: &DeviceRequest) -> bool {
    let of_kind = request.cdi_device().is_some_and(|(kind, _)| kind == driver);
    of_kind || request.driver.as_ref().map_or(only || driver == "nvidia", |named| named.value == driver)
}

impl Overrides {
    /// Returns the plugin that provides a request.
    #[must_use]
    pub fn plugin_of(&self, request: &DeviceRequest) -> Option<&DevicePlugin> {
        let of_kind = request.cdi_device().and_then(|(kind, _)| self.device_plugins.get(kind));
        let only = self.device_plugins.len() == 1;
        let provides = |(driver, _): &(&String, &DevicePlugin)| is_for(driver, only, request);
        of_kind.or_else(|| self.device_plugins.iter().find(provides).map(|(_, plugin)| plugin))
    }

    /// Returns the number of each resource that a container requests, with the location of the first request.
    #[must_use]
    pub fn devices_of<'a>(&'a self, requests: &[DeviceRequest]) -> IndexMap<&'a str, (u64, Span)> {
        let mut given: IndexMap<&str, (u64, Span)> = IndexMap::default();
        for request in requests {
            let Some(plugin) = self.plugin_of(request) else { continue };
            let named = u64::try_from(request.device_ids.len()).unwrap_or(u64::MAX);
            let all_of_kind = request.cdi_device().is_some_and(|(_, name)| name == "all");
            let by_count = || request.count.unwrap_or_else(|| u64::from(plugin.all));
            let number = if named > 0 && !all_of_kind { named } else { by_count() };
            let sum = given.entry(&plugin.resource.value).or_insert((0, request.span));
            sum.0 = sum.0.saturating_add(number);
        }
        given.retain(|_, (number, _)| *number > 0);
        given
    }
}
