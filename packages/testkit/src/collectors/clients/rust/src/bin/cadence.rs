//! cadence: tags, several values in one line, sets and sampled counters.
use cadence::{prelude::*, StatsdClient, UdpMetricSink};
use std::{net::UdpSocket, time::Duration};

fn main() {
    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sink = UdpMetricSink::from(("127.0.0.1", port), socket).unwrap();
    let client = StatsdClient::builder("shop", sink).with_tag("env", "test").build();
    client.count_with_tags("orders", 3).with_tag("plan", "free").try_send().unwrap();
    client.gauge("balance", 7.5).unwrap();
    client.time("resize", Duration::from_millis(12)).unwrap();
    client.histogram("size", vec![7_u64, 8, 9]).unwrap();
    client.distribution_with_tags("weight", 9).with_tag_value("canary").try_send().unwrap();
    client.set("members", 1).unwrap();
    client.set("members", 2).unwrap();
}
