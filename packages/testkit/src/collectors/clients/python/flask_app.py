"""A Flask backend whose views are timed by a decorator, wall and CPU, with a roll-up for all."""
import functools
import sys
import time
from flask import Flask
from statsd import StatsClient

app = Flask(__name__)
statsd = StatsClient("127.0.0.1", int(sys.argv[1]), prefix="myapp")


def timed(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return view(*args, **kwargs)
        finally:
            statsd.timing(f"{view.__name__}.cpu", (time.thread_time() - cpu) * 1000)
            statsd.timing(view.__name__, (time.perf_counter() - wall) * 1000)
            statsd.timing("api.request", (time.perf_counter() - wall) * 1000)

    return wrapper


@app.get("/home")
@timed
def home():
    time.sleep(0.002)
    return "home"


@app.get("/users/<int:user>")
@timed
def user(user):
    return str(user)


client = app.test_client()
for number in range(10):
    assert client.get("/home").status_code == 200
    assert client.get(f"/users/{number}").status_code == 200
