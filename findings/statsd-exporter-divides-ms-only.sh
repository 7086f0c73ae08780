#!/usr/bin/env bash
# statsd_exporter: the same value is divided by 1000 as |ms and left alone as |h and |d.
#
# Guess:   a latency of 1500 ms is 1.5 s in Prometheus whichever of the three types carries it,
#          or 1500 for all three.
# Instead: |ms becomes seconds (1.5); |h and |d are taken as they are (1500). All three are
#          exported as a summary, under a name without a unit.
# Matters: changing a timer into a histogram or a distribution, as Datadog recommends, makes
#          every route a thousand times slower on the Prometheus side; buckets configured in
#          seconds put everything into +Inf.
# Versions: statsd_exporter 0.31.0 (Go module). No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

export GOBIN=$work GOFLAGS=-mod=mod
go install github.com/prometheus/statsd_exporter@v0.31.0
cat > probe.py <<'PY'
import socket, subprocess, time, urllib.request

def free(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

web, udp, tcp = free(socket.SOCK_STREAM), free(socket.SOCK_DGRAM), free(socket.SOCK_STREAM)
server = subprocess.Popen(["./statsd_exporter", f"--web.listen-address=127.0.0.1:{web}", f"--statsd.listen-udp=127.0.0.1:{udp}", f"--statsd.listen-tcp=127.0.0.1:{tcp}"], stderr=subprocess.DEVNULL)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    for _ in range(100):
        time.sleep(0.1)
        try:
            text = urllib.request.urlopen(f"http://127.0.0.1:{web}/metrics", timeout=2).read().decode()
        except OSError:
            continue
        lines = [line for line in text.splitlines() if line.startswith("as_") and line.split()[0].endswith("_sum")]
        if len(lines) == 3:
            break
        if not lines:
            client.sendto(b"as_ms:1500|ms\nas_h:1500|h\nas_d:1500|d", ("127.0.0.1", udp))
            time.sleep(1)
    types = [line for line in text.splitlines() if line.startswith("# TYPE as_")]
    print("\n".join(sorted(lines + types)))
finally:
    server.terminate()
PY
cat > expected <<'TXT'
# TYPE as_d summary
# TYPE as_h summary
# TYPE as_ms summary
as_d_sum 1500
as_h_sum 1500
as_ms_sum 1.5
TXT
timeout 60 python3 probe.py | tee seen
diff expected seen
