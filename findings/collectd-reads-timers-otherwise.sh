#!/usr/bin/env bash
# collectd's statsd plugin: a sampled time is divided by its rate, a packed line is a metric of
# its own name.
#
# Guess:   `t:10|ms|@0.1` is ten calls of 10 ms; `t:0.4|ms` is 0.4 ms; `t:1:2:3|ms` is three
#          values or an error.
# Instead: the time becomes 100 ms and the count 1; 0.4 ms is left out (average 0); the packed
#          line makes a metric named "packed:1:2" with the value 3, one more for each
#          combination of values. No error is logged.
# Matters: sampling a tenth makes a service look ten times slower, fast routes read 0, and value
#          packing fills the disk with a file per latency.
# Versions: collectd 5.12.0 (Debian 12 package, unpacked, not installed). No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download collectd-core > apt.log 2>&1
dpkg -x ./*.deb root
cat > probe.py <<'PY'
import glob
import os
import re
import socket
import subprocess
import time

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
here = os.getcwd()
with open("collectd.conf", "w") as conf:
    conf.write(f"""
Hostname "host"
FQDNLookup false
Interval 2
BaseDir "{here}"
PluginDir "{here}/root/usr/lib/collectd"
TypesDB "{here}/root/usr/share/collectd/types.db"
LoadPlugin csv
LoadPlugin statsd
<Plugin csv>
  DataDir "{here}/csv"
</Plugin>
<Plugin statsd>
  Host "127.0.0.1"
  Port "{port}"
  TimerCount true
</Plugin>
""")
server = subprocess.Popen(["root/usr/sbin/collectd", "-f", "-C", "collectd.conf"], stderr=subprocess.DEVNULL)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
lines = b"plain:10|ms\nrated:10|ms|@0.1\nfraction:0.4|ms\npacked:1:2:3|ms"
try:
    for _ in range(20):
        client.sendto(lines, ("127.0.0.1", port))
        time.sleep(0.5)
        if len(glob.glob("csv/host/statsd/*average*")) >= 4:
            break
    time.sleep(3)
finally:
    server.terminate()
    server.wait(10)
for path in sorted(glob.glob("csv/host/statsd/latency-*-average-*")):
    name = re.fullmatch(r".*/latency-(.*)-average-\d+-\d+-\d+", path)[1]
    with open(path) as rows:
        print(f"{name}: {float(rows.read().splitlines()[1].split(',')[1]) * 1000:g} ms")
PY
cat > expected <<'TXT'
fraction: 0 ms
packed:1:2: 3 ms
plain: 10 ms
rated: 100 ms
TXT
timeout 60 python3 probe.py | tee seen
diff expected seen
