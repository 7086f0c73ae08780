#!/usr/bin/env bash
# datadog (Python): statsd.timed sends seconds under the type for milliseconds.
#
# Guess:   `with statsd.timed('x')` around 50 ms of work writes about x:50|ms, as the StatsD
#          protocol says and the other common Python client does.
# Instead: it writes x:0.05|ms. use_ms=True is needed for milliseconds. The client `statsd`
#          writes 50 for the same work.
# Matters: a server that believes the type shows 0.05 ms; and one that renames the metric to
#          seconds divides once more. A service in Node beside one in Python differs by 1000.
# Versions: datadog 0.56.0, statsd 4.0.1 (PyPI), Python 3.11. No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datadog==0.56.0 statsd==4.0.1
cat > probe.py <<'PY'
import re
import socket
import sys
import time

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
server.settimeout(5)
port = server.getsockname()[1]

from datadog.dogstatsd import DogStatsd
from statsd import StatsClient

datadog = DogStatsd(host="127.0.0.1", port=port, disable_telemetry=True, disable_buffering=True)
datadog_ms = DogStatsd(host="127.0.0.1", port=port, disable_telemetry=True, disable_buffering=True, use_ms=True)
plain = StatsClient("127.0.0.1", port)

def show(name, timer):
    with timer:
        time.sleep(0.05)
    line = server.recv(8192).decode().strip()
    print(f"{name}: {line}", file=sys.stderr)
    value, kind = re.fullmatch(r"work:([0-9.]+)\|(\w+)", line).groups()
    unit = "seconds" if 0.05 <= float(value) < 5 else "milliseconds" if 50 <= float(value) < 5000 else value
    print(f"{name}: {unit} as |{kind}")

show("datadog timed", datadog.timed("work"))
show("datadog timed, use_ms", datadog_ms.timed("work"))
show("datadog distributed", datadog.distributed("work"))
show("statsd timer", plain.timer("work"))
PY
cat > expected <<'TXT'
datadog timed: seconds as |ms
datadog timed, use_ms: milliseconds as |ms
datadog distributed: seconds as |d
statsd timer: milliseconds as |ms
TXT
timeout 30 venv/bin/python probe.py | tee seen
diff expected seen
