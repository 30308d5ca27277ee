//! Devices (`gpus`, CDI devices and the like) that a device plugin provides.

use crate::keys::Key;
use crate::lower::findings::{Findings, display_name};
use crate::lower::pod_problem::Problem as PodProblem;
use crate::lower::problem::Problem;
use crate::overrides::Overrides;
use crate::resolve::process::DeviceRequest;
use crate::resolve::{Service, ServiceName};

const KEYS: [Key; 3] = [Key::Gpus, Key::DeployResourcesReservationsDevices, Key::Devices];

/// Returns whether a key requests devices and the overrides name a plugin for all of its requests. Plugins have no
/// options.
pub(crate) fn has_device_plugin(key: Key, service: &Service, overrides: &Overrides) -> bool {
    let options = matches!(key, Key::GpusOptions | Key::DeployResourcesReservationsDevicesOptions);
    let Some(asked) = KEYS.into_iter().find(|asked| key.path().starts_with(asked.path())) else { return false };
    !options && device_requests(service, asked).all(|request| overrides.plugin_of(request).is_some())
}

fn device_requests(service: &Service, key: Key) -> impl Iterator<Item = &DeviceRequest> {
    service.process.resources.devices.iter().filter(move |request| request.key == key)
}

/// Returns how to declare the plugin of the first request of a key that has none.
pub(crate) fn plugin_advice(key: Key, service: &Service, overrides: &Overrides) -> Option<String> {
    let asked = KEYS.into_iter().find(|asked| key.path().starts_with(asked.path()))?;
    device_requests(service, asked)
        .find(|request| overrides.plugin_of(request).is_none())
        .map(|request| declaration(request, overrides))
}

/// Returns the entry of `device-plugins` that provides a request. Its driver is that of the request.
fn declaration(request: &DeviceRequest, overrides: &Overrides) -> String {
    let kind = request.cdi_device().map(|(kind, _)| kind);
    let driver = kind.or(request.driver.as_ref().map(|driver| driver.value.as_str()));
    if driver.is_none() && !overrides.device_plugins.is_empty() {
        let drivers: Vec<String> = overrides.device_plugins.keys().map(|driver| format!("`{driver}`")).collect();
        return format!(
            "set `driver` to one of those under `device-plugins` in the overrides file: {}",
            drivers.join(", ")
        );
    }
    let driver = driver.unwrap_or("nvidia");
    let resource = kind.map_or_else(|| format!("{driver}.com/gpu"), str::to_owned);
    format!(
        "declare the device plugin of the cluster in the overrides file: \
         `device-plugins: {{{driver}: {{resource: {resource}, all: 1, because: REASON}}}}`"
    )
}

/// Reports devices of the Container Device Interface that no declared plugin provides.
pub(crate) fn report_cdi_devices(
    name: &ServiceName,
    service: &Service,
    overrides: &Overrides,
    findings: &mut Findings,
    new: &dyn Fn(Key) -> bool,
) {
    let is_missing = |request: &&DeviceRequest| new(Key::Devices) && overrides.plugin_of(request).is_none();
    for request in device_requests(service, Key::Devices).filter(is_missing) {
        let device = request.device_ids.first().map(|id| id.value.clone()).unwrap_or_default();
        let advice = declaration(request, overrides);
        let problem = PodProblem::CdiDevice { service: name.to_string(), device, advice, at: request.span };
        findings.for_service(name, problem);
    }
}

/// Reports how devices from a plugin differ: Docker lets containers share devices and choose them by ID; a plugin
/// assigns a number of devices exclusively.
pub(crate) fn report_device_plugins(
    name: &ServiceName,
    service: &Service,
    overrides: &Overrides,
    findings: &mut Findings,
    new: &dyn Fn(Key) -> bool,
) {
    for key in KEYS.into_iter().filter(|key| new(*key) && has_device_plugin(*key, service, overrides)) {
        let Some(first) = device_requests(service, key).next() else { continue };
        let mut difference =
            String::from("a device is given to one container alone: a second one that asks for it waits");
        let ids: Vec<&str> =
            device_requests(service, key).flat_map(|it| &it.device_ids).map(|id| id.value.as_str()).collect();
        if !ids.is_empty() {
            difference.push_str(&format!("; which devices, the plugin chooses, not `device_ids` ({})", ids.join(", ")));
        }
        let mut further: Vec<&str> =
            device_requests(service, key).flat_map(|it| &it.capabilities).map(|it| it.value.as_str()).collect();
        further.retain(|capability| *capability != "gpu");
        if !further.is_empty() {
            difference.push_str(&format!(
                "; what of its driver the container sees, the plugin decides, not `capabilities` ({})",
                further.join(", ")
            ));
        }
        let owner = format!("`{name}`");
        let at = vec![first.span];
        findings.for_key(
            name,
            key,
            Problem::Approximated { key: display_name(key).to_owned(), owner, difference, advice: None, at },
        );
    }
}
