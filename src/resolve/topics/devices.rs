//! Part of topic *process*: reads `devices`, and the device requests of `gpus` and `deploy.resources.reservations.devices`.

use super::fields::Fields;
use crate::keys::Key;
use crate::report::Report;
use crate::resolve::model::process::{CDI_DRIVER, Device, DeviceRequest};
use crate::text::Spanned;

/// Takes `devices`: the devices that are paths of the host, and requests for the others. Docker Compose makes the latter
/// requests of the driver `cdi` too.
pub(crate) fn take_devices(fields: &mut Fields<'_>, report: &mut Report) -> (Vec<Device>, Vec<DeviceRequest>) {
    let (mut paths, mut requests) = (Vec::new(), Vec::new());
    for mut device in fields.take_items(Key::Devices) {
        let source = device.take_text(Key::DevicesSource);
        let target = device.take_text(Key::DevicesTarget).map(|target| target.value);
        let permissions = device.take_text(Key::DevicesPermissions).map_or_else(|| "rwm".to_owned(), |text| text.value);
        match source {
            Some(source) if source.value.starts_with('/') => {
                let target = target.unwrap_or_else(|| source.value.clone());
                paths.push(Device { source, target, permissions });
            }
            Some(source) => requests.push(DeviceRequest {
                key: Key::Devices,
                span: source.span,
                driver: Some(Spanned::new(CDI_DRIVER.to_owned(), source.span)),
                count: None,
                device_ids: vec![source],
                capabilities: Vec::new(),
            }),
            None => {}
        }
        device.finish(report);
    }
    (paths, requests)
}

/// Takes the device requests of a key.
pub(crate) fn take_device_requests(fields: &mut Fields<'_>, key: Key, report: &mut Report) -> Vec<DeviceRequest> {
    let [driver, count, device_ids, capabilities, options] = if key == Key::Gpus {
        [Key::GpusDriver, Key::GpusCount, Key::GpusDeviceIds, Key::GpusCapabilities, Key::GpusOptions]
    } else {
        [
            Key::DeployResourcesReservationsDevicesDriver,
            Key::DeployResourcesReservationsDevicesCount,
            Key::DeployResourcesReservationsDevicesDeviceIds,
            Key::DeployResourcesReservationsDevicesCapabilities,
            Key::DeployResourcesReservationsDevicesOptions,
        ]
    };
    let mut all = Vec::new();
    for mut request in fields.take_items(key) {
        request.skip(&[options]);
        let whole = DeviceRequest {
            key,
            span: request.span,
            driver: request.take_text(driver).filter(|driver| !driver.value.is_empty()),
            count: request.take_text(count).and_then(|count| count.value.parse().ok()),
            device_ids: request.take_texts(device_ids),
            capabilities: request.take_texts(capabilities),
        };
        // Devices of the Container Device Interface may be of several kinds, and each kind has a device plugin of its own.
        if whole.driver.as_ref().is_some_and(|driver| driver.value == CDI_DRIVER) && !whole.device_ids.is_empty() {
            let of_id = |id: &Spanned<String>| DeviceRequest { device_ids: vec![id.clone()], ..whole.clone() };
            all.extend(whole.device_ids.iter().map(of_id));
        } else {
            all.push(whole);
        }
        request.finish(report);
    }
    all
}
