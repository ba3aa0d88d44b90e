//! One JSON line each.

use std::io::Write;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Prints one figure; `more` says what else must be known to read it.
pub(crate) fn figure(name: &str, value: f64, unit: &str, more: &Value) -> Result<()> {
    let mut line = format!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"");
    for (key, value) in more.as_object().into_iter().flatten() {
        line.push_str(&format!(",\"{key}\":{value}"));
    }
    writeln!(std::io::stdout(), "{line}}}").context("failed to print a figure")
}

/// Times of the same thing, in milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Notes one.
    pub(crate) fn add(&mut self, from: Timestamp, to: Timestamp) {
        self.0.push(to.duration_since(from).as_secs_f64() * 1000.0);
    }

    /// The time that `part` of all did not exceed: 0.5 is the median.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// Prints median and 99th percentile.
    pub(crate) fn tell(&self, name: &str, more: &Value) -> Result<()> {
        let mut more = more.clone();
        more["of"] = json!(self.0.len());
        figure(&format!("{name}_p50"), self.quantile(0.5), "ms", &more)?;
        figure(&format!("{name}_p99"), self.quantile(0.99), "ms", &more)
    }
}
