"""Locust's FastHttpUser in a closed loop: prints calls, seconds and CPU seconds as JSON.

A process of its own, because importing Locust rewrites the standard library for gevent.
"""

from __future__ import annotations

import json
import sys
import time


def main(url: str, users: int, seconds: float, body: bytes) -> dict[str, float]:
    import gevent
    from locust import FastHttpUser, constant, task
    from locust.env import Environment

    class Caller(FastHttpUser):
        host = url
        wait_time = constant(0)

        @task
        def call(self) -> None:
            self.client.post("/generate", data=body, headers={"Content-Type": "application/json"})

    environment = Environment(user_classes=[Caller])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=1000)
    gevent.sleep(1.0)
    total = environment.stats.total
    calls, cpu, began = total.num_requests, time.process_time(), time.perf_counter()
    gevent.sleep(seconds)
    measured = {
        "calls": total.num_requests - calls,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "failures": total.num_failures,
    }
    runner.quit()
    return measured


if __name__ == "__main__":
    row = main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read())
    print(json.dumps(row))
