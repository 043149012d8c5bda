"""People who look at the page, and ask, and read, and ask again: locust's user."""

import json
import random
from pathlib import Path

from locust import HttpUser, between, task

_FILE = Path(__file__).resolve().parents[2] / "eval" / "questions.jsonl"
QUESTIONS = [json.loads(line)["question"] for line in _FILE.read_text("utf-8").splitlines()]


class Person(HttpUser):
    """Asks about every ten seconds. A 503 with Retry-After is what is promised to a person too
    many: it is counted under a name of its own, and the person waits."""

    wait_time = between(5, 15)

    def on_start(self) -> None:
        self.client.get("/", name="the page")

    @task
    def ask(self) -> None:
        question = {"question": random.choice(QUESTIONS)}
        with self.client.post(
            "/api/v1/answers", json=question, name="a question", catch_response=True
        ) as response:
            if response.status_code == 503 and response.headers.get("Retry-After"):
                response.request_meta["name"] = "a question, shed"
                response.success()
