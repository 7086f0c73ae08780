#!/usr/bin/env bash
# cadence (Rust): one Duration is whole milliseconds as a timer and nanoseconds as a histogram.
#
# Guess:   client.time("x", Duration) writes milliseconds with decimals, and histogram and time
#          agree about the unit of the same type.
# Instead: time() cuts to whole milliseconds: 1.9 ms is 1, 0.9 ms is 0. histogram() writes
#          nanoseconds: 1900000. distribution() takes plain numbers only. The line does not tell
#          the unit.
# Matters: fast calls read 0 ms, all means are half a millisecond low, and moving a metric from
#          timer to histogram multiplies it by a million.
# Versions: cadence 1.8.0 (crates.io). No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
cadence = "=1.8.0"
TOML
cat > src/main.rs <<'RS'
use cadence::{prelude::*, SpyMetricSink, StatsdClient};
use std::time::Duration;

fn main() {
    let (lines, sink) = SpyMetricSink::new();
    let client = StatsdClient::from_sink("app", sink);
    for micros in [1_900, 900] {
        let took = Duration::from_micros(micros);
        client.time("work", took).unwrap();
        client.histogram("work", took).unwrap();
        client.distribution("work", took.as_micros() as u64).unwrap();
    }
    while let Ok(line) = lines.try_recv() {
        println!("{}", String::from_utf8_lossy(&line));
    }
}
RS
cat > expected <<'TXT'
app.work:1|ms
app.work:1900000|h
app.work:1900|d
app.work:0|ms
app.work:900000|h
app.work:900|d
TXT
timeout 300 cargo run --quiet | tee seen
diff expected seen
