"""The same answers as Redline's from FastAPI with asyncpg and Pydantic response models, as its documentation shows it."""

import json
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
import sys

database_url, port = sys.argv[1:]


class Counts(BaseModel):
    planned: int
    completed: int
    failed: int
    budget: int


class Best(BaseModel):
    number: int
    objective: float


class Step(BaseModel):
    after: int
    objective: float | None


class Tuning(BaseModel):
    id: str
    name: str
    project: str
    owner: str | None
    engine: str
    model: str
    state: str
    phase: str
    message: str | None
    createdAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None
    experiments: Counts
    best: Best | None
    baselineObjective: float | None
    gain: float | None
    verdict: str | None
    outcomes: str
    steps: list[Step]
    lastEvent: int
    temporalUrl: str | None
    spec: dict[str, Any]


class Page(BaseModel):
    tunings: list[Tuning]
    next: str | None


class Experiment(BaseModel):
    number: int
    kind: str
    role: str | None
    pair: int | None
    confirms: int | None
    replaces: int | None
    excluded: bool
    configuration: dict[str, Any]
    reason: str
    state: str
    stage: str
    attempt: int
    plannedAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None
    objective: float | None
    feasible: bool | None
    result: dict[str, Any] | None
    conditions: dict[str, Any] | None
    temporalUrl: str | None


class Experiments(BaseModel):
    experiments: list[Experiment]


COLUMNS = """id, name, project, owner, engine, model, state, phase, message, created_at, started_at, finished_at, planned_count,
  completed_count, failed_count, best_number, best_objective, baseline_objective, gain, verdict, outcomes, steps, last_seq, spec"""
KEY = """to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') as key"""
PLAIN = ("id", "name", "project", "owner", "engine", "model", "state", "phase", "message", "gain", "verdict", "outcomes", "steps", "spec")
LIMIT = 50


async def prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(database_url, min_size=10, max_size=10, init=prepare) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


def tuning(row: asyncpg.Record) -> Tuning:
    best = row["best_number"]
    return Tuning(
        **{name: row[name] for name in PLAIN},
        createdAt=row["created_at"],
        startedAt=row["started_at"],
        finishedAt=row["finished_at"],
        experiments=Counts(
            planned=row["planned_count"],
            completed=row["completed_count"],
            failed=row["failed_count"],
            budget=row["spec"]["budget"]["experiments"],
        ),
        best=None if best is None else Best(number=best, objective=row["best_objective"]),
        baselineObjective=row["baseline_objective"],
        lastEvent=row["last_seq"],
        temporalUrl=None,
    )


def experiment(row: asyncpg.Record) -> Experiment:
    values = dict(row)
    return Experiment(
        **values,
        plannedAt=values["planned_at"],
        startedAt=values["started_at"],
        finishedAt=values["finished_at"],
        temporalUrl=None,
    )


@app.get("/api/v1/tunings")
async def list_tunings() -> Page:
    query = f"select {COLUMNS}, {KEY} from tunings where deleted_at is null order by created_at desc, id desc limit $1"
    rows = await app.state.pool.fetch(query, LIMIT + 1)
    cursor = None
    if len(rows) > LIMIT:
        last = rows[LIMIT - 1]
        text = json.dumps({"sort": "created_desc", "key": last["key"], "id": last["id"]}, separators=(",", ":"))
        cursor = urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return Page(tunings=[tuning(row) for row in rows[:LIMIT]], next=cursor)


@app.get("/api/v1/tunings/{id}")
async def read_tuning(id: str) -> Tuning:
    row = await app.state.pool.fetchrow(f"select {COLUMNS} from tunings where id = $1 and deleted_at is null", id)
    if row is None:
        raise HTTPException(404)
    return tuning(row)


@app.get("/api/v1/tunings/{id}/experiments")
async def list_experiments(id: str) -> Experiments:
    rows = await app.state.pool.fetch("select * from experiments where tuning_id = $1 order by number", id)
    if not rows and await app.state.pool.fetchval("select 1 from tunings where id = $1", id) is None:
        raise HTTPException(404)
    return Experiments(experiments=[experiment(row) for row in rows])


uvicorn.run(app, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")
