//! Quantities of CPU and memory.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// Formats thousandths of a CPU as a decimal number of CPUs.
pub(crate) fn format_cpu(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Formats bytes in the largest unit that leaves no remainder.
pub(crate) fn format_bytes(bytes: u64) -> String {
    let units: [(u64, &str); 6] =
        [(1 << 30, "Gi"), (1 << 20, "Mi"), (1_000_000_000, "G"), (1_000_000, "M"), (1 << 10, "Ki"), (1000, "k")];
    let whole = units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    whole.map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}

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
