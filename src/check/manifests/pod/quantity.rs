//! Quantities of CPU and memory.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// Returns a quantity in thousandths of a CPU or in bytes.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub(crate) fn base_units(name: &str, quantity: &Quantity) -> Option<u64> {
    let text = quantity.0.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: f64 = match unit {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    let scale = if name == "cpu" { 1e3 } else { 1.0 };
    format!("{:.0}", number.parse::<f64>().ok()? * factor * scale).parse().ok()
}
