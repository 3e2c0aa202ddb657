"""Optuna's multivariate TPE over a table: reads {"problem", "rows", "seeds", "trials"} as one line of JSON from stdin and
prints, per seed, the numbers of the rows it asked for in turn."""

import json
import sys
import warnings

import optuna

warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.ERROR)
given = json.loads(sys.stdin.readline())
parameters = given["problem"]["parameters"]
(objective,) = given["problem"]["objectives"]
constraints = given["problem"]["constraints"]
rows = {json.dumps(row["config"], sort_keys=True): (number, row) for number, row in enumerate(given["rows"])}


def suggested(trial, parameter):
    name = parameter["name"]
    if "choices" in parameter:
        return trial.suggest_categorical(name, parameter["choices"])
    if parameter["scale"] == "log2":
        low, high = parameter["min"].bit_length() - 1, parameter["max"].bit_length() - 1
        return 2 ** trial.suggest_int(f"log2 {name}", low, high)
    return trial.suggest_int(name, parameter["min"], parameter["max"])


def start():
    return {
        (f"log2 {p['name']}" if p.get("scale") == "log2" else p["name"]): (
            p["default"].bit_length() - 1 if p.get("scale") == "log2" else p["default"]
        )
        for p in parameters
    }


def tell_constraints(trial, metrics):
    for number, constraint in enumerate(constraints):
        excess = metrics[constraint["metric"]] / constraint["value"] - 1
        trial.set_constraint(str(number), excess if constraint["op"] == "<=" else -excess)


for seed in given["seeds"]:
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)
    study = optuna.create_study(direction=objective["direction"], sampler=sampler)
    study.enqueue_trial(start())
    asked = []
    while len(asked) < given["trials"]:
        trial = study.ask()
        number, row = rows[json.dumps({p["name"]: suggested(trial, p) for p in parameters}, sort_keys=True)]
        # What it asks for again costs it a trial, as it would a user.
        asked.append(number)
        if row["status"] == "ok":
            tell_constraints(trial, row["metrics"])
            study.tell(trial, row["metrics"][objective["metric"]])
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
    print(json.dumps(asked), flush=True)
