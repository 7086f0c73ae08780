#!/usr/bin/env bash
# VictoriaMetrics and older Prometheus: a request of remote write 2.0 is taken with 204, and nothing of it is kept.
#
# Guess:   a receiver that knows remote write 1.0 alone answers 415 to a content type that it does not know, as
#          the specification of 2.0 wants it, or 400; a 2xx means that the samples are there.
# Instead: both read the body as a message of 1.0, whose fields 2.0 has left out, find an empty request and answer
#          204. The samples are gone. Only the missing header X-Prometheus-Remote-Write-Samples-Written tells.
# Matters: a sender that is switched to 2.0, or comes in a version that prefers it, sees no error but writes
#          nothing. One that goes by the status never falls back to 1.0.
# Versions: VictoriaMetrics 1.79.5 and Prometheus 2.42.0 (Debian 12: victoria-metrics, prometheus); VictoriaMetrics
#          1.151.0 as well (VICTORIA names the program). No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.py <<'PY'
import json, os, socket, struct, subprocess, time, urllib.error, urllib.parse, urllib.request

def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])

def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body

def sample(value, at):
    return b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at)

def one(labels, value, at):
    pairs = b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in labels)
    return field(1, pairs + field(2, sample(value, at)))

def two(labels, value, at):
    texts = [""] + [text for pair in labels for text in pair]
    refs = b"".join(varint(ref) for ref in range(1, len(texts)))
    return b"".join(field(4, text.encode()) for text in texts) + field(5, field(1, refs) + field(2, sample(value, at)))

def snappy(raw):
    """The block format, as literals alone."""
    out = varint(len(raw))
    for begin in range(0, len(raw), 60):
        part = raw[begin : begin + 60]
        out += bytes([len(part) - 1 << 2]) + part
    return out

def post(url, body, kind, version):
    headers = {"content-type": kind, "content-encoding": "snappy", "x-prometheus-remote-write-version": version}
    request = urllib.request.Request(url + "/api/v1/write", snappy(body), headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers.get("X-Prometheus-Remote-Write-Samples-Written")
    except urllib.error.HTTPError as error:
        return error.code, None

def has(url, name, tries):
    for _ in range(tries):
        query = urllib.parse.urlencode({"query": name, "nocache": "1"})
        with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=5) as answer:
            if json.load(answer)["data"]["result"]:
                return "kept"
        time.sleep(0.2)
    return "gone"

def run(name, command, url):
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(url + "/api/v1/query?query=1", timeout=2).read()
                break
            except OSError:
                continue
        at = int(time.time() * 1000) - 60_000
        status, written = post(url, two([("__name__", "by_two")], 7, at), "application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0")
        before, _ = post(url, one([("__name__", "by_one")], 7, at), "application/x-protobuf", "0.1.0")
        kept = has(url, "by_one", 100)
        print(f"{name}: 1.0 {before} {kept}; 2.0 {status} {has(url, 'by_two', 10)}, written: {written}")
    finally:
        server.terminate()
        server.wait()

port = free()
run("VictoriaMetrics", [os.environ.get("VICTORIA", "victoria-metrics"), "-storageDataPath=data", f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s"], f"http://127.0.0.1:{port}")
open("prometheus.yml", "w").write("{}")
port = free()
run("Prometheus", ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"], f"http://127.0.0.1:{port}")
PY
cat > expected <<'TXT'
VictoriaMetrics: 1.0 204 kept; 2.0 204 gone, written: None
Prometheus: 1.0 204 kept; 2.0 204 gone, written: None
TXT
timeout 120 python3 probe.py | tee seen
diff expected seen
