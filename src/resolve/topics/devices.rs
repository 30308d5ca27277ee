//! Part of topic *process*: reads the device requests of `gpus` and `deploy.resources.reservations.devices`.

use super::fields::Fields;
use crate::keys::Key;
use crate::report::Report;
use crate::resolve::model::process::DeviceRequest;

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
        all.push(DeviceRequest {
            key,
            span: request.span,
            driver: request.take_text(driver).filter(|driver| !driver.value.is_empty()),
            count: request.take_text(count).and_then(|count| count.value.parse().ok()),
            device_ids: request.take_texts(device_ids),
            capabilities: request.take_texts(capabilities),
        });
        request.finish(report);
    }
    all
}
