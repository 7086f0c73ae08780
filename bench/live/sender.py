"""Sends StatsD as fast as it is told to: `sender.py PORT FILE`, then lines of `RATE SECONDS` on stdin.

FILE has the payloads, separated by NUL. Rate 0 is as fast as possible. Answers with packets and seconds.
"""
import socket
import sys
import time

with open(sys.argv[2], "rb") as file:
    payloads = file.read().split(b"\0")
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect(("127.0.0.1", int(sys.argv[1])))
send = sock.send
clock = time.perf_counter
count = len(payloads)
for line in sys.stdin:
    rate, seconds = (float(word) for word in line.split())
    sent = 0
    start = clock()
    while True:
        elapsed = clock() - start
        if elapsed >= seconds:
            break
        # After a pause that the system forced upon it, it does not make up for all of it at once.
        due = sent + 64 if rate == 0 else min(int(rate * elapsed), sent + 200)
        if due <= sent:
            time.sleep(0.0001)
            continue
        for i in range(sent, due):
            send(payloads[i % count])
        sent = due
    print(sent, clock() - start, flush=True)
