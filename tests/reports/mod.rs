//! Diagnostics and facts in every format, and the completeness of the diagnostic codes.

mod facts;
mod formats;
mod hidden_values;
mod problems;
