//! Claims of the default storage class.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, VolumeResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// kind's storage class does not enforce the size: the node's disk is the limit.
const DEFAULT_SIZE: &str = "1Gi";

/// Returns the specification of a claim. kind has one node, so that several pods can share a ReadWriteOnce claim.
pub(crate) fn claim_spec(size: Option<&str>) -> PersistentVolumeClaimSpec {
    let size = size.unwrap_or(DEFAULT_SIZE).to_owned();
    PersistentVolumeClaimSpec {
        access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
        resources: Some(VolumeResourceRequirements {
            requests: Some(BTreeMap::from([("storage".to_owned(), Quantity(size))])),
            limits: None,
        }),
        ..PersistentVolumeClaimSpec::default()
    }
}
