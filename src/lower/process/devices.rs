//! Devices (`gpus` and the like) that a device plugin provides.

use crate::keys::Key;
use crate::lower::findings::{Findings, display_name};
use crate::lower::problem::Problem;
use crate::overrides::Overrides;
use crate::resolve::process::DeviceRequest;
use crate::resolve::{Service, ServiceName};

const KEYS: [Key; 2] = [Key::Gpus, Key::DeployResourcesReservationsDevices];

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
