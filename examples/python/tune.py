"""Starts a tuning, waits for its end and prints what came of it, by the generated client (npm run client:python)."""

import os
import time

from redline_client import Client
from redline_client.api.experiments import list_experiments
from redline_client.api.results import read_report
from redline_client.api.tunings import read_tuning, start_tuning
from redline_client.models import TuningRequest

token = os.environ.get("REDLINE_TOKEN")
client = Client(
    os.environ.get("REDLINE_URL", "http://127.0.0.1:4680"),
    headers={"Authorization": f"Bearer {token}"} if token else {},
    raise_on_unexpected_status=True,
)

request = TuningRequest.from_dict(
    {
        "name": "from Python",
        "engine": {"kind": "llama.cpp", "model": "gemma-3-270m"},
        "workload": {
            "prompts": {"synthetic": {"inputTokens": 32, "outputTokens": 16}},
            "load": {"concurrency": 8},
            "duration": "3s",
            "warmup": "500ms",
        },
        "objective": {"maximize": "output_tokens_per_second"},
        "space": {
            "parallel": {"type": "integer", "low": 1, "high": 16, "scale": "power-of-two"},
            "ubatch_size": {"type": "integer", "low": 64, "high": 512, "scale": "power-of-two"},
        },
        "budget": {"experiments": 4},
        "confirmation": {"pairs": 3},
    }
)

tuning = start_tuning.sync(client=client, body=request)
while tuning.finished_at is None:
    time.sleep(1)
    tuning = read_tuning.sync(tuning.id, client=client)
print(f"{tuning.name} is {tuning.state}: {tuning.message}")

for experiment in list_experiments.sync(tuning.id, client=client).experiments:
    print(experiment.number, experiment.kind, experiment.configuration.to_dict(), experiment.objective)

report = read_report.sync(tuning.id, client=client)
print(report.headline)
if report.best is not None:
    print("to deploy:", report.best.configuration.to_dict())
