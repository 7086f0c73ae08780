"""A Celery worker, timed by its signals with pystatsd."""
import sys
import time
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun, task_prerun
from statsd import StatsClient

statsd = StatsClient("127.0.0.1", int(sys.argv[1]), prefix="celery")
app = Celery("tasks", broker="memory://", backend="cache+memory://")
began = {}


@task_prerun.connect
def before(task_id, task, **_):
    began[task_id] = time.perf_counter()


@task_postrun.connect
def after(task_id, task, state, **_):
    statsd.timing(f"{task.name}.time", (time.perf_counter() - began.pop(task_id)) * 1000)
    statsd.incr(f"{task.name}.{state.lower()}")


@app.task(name="resize")
def resize(width):
    if width < 0:
        raise ValueError(width)
    return width


with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
    results = [resize.delay(width) for width in (1, 2, 3, -1)]
    for result in results:
        result.get(timeout=30, propagate=False)
