"""A tuning's events from FastAPI with sse-starlette: one connection listens, what is new is read once for all who follow."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from sse_starlette import EventSourceResponse, ServerSentEvent

database_url, port = sys.argv[1:]

AFTER = "select seq, at, body::text as body from events where tuning_id = $1 and seq > $2 order by seq limit 1000"


def message(row: asyncpg.Record) -> bytes:
    data = f'{{"seq":{row["seq"]},"at":{json.dumps(row["at"].isoformat())},"event":{row["body"]}}}'
    return ServerSentEvent(data=data, id=str(row["seq"])).encode()


class Feed:
    def __init__(self, tuning: str, last: int) -> None:
        self.tuning = tuning
        self.last = last
        self.queues: set[asyncio.Queue] = set()
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self.pass_on())

    async def pass_on(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            for row in await app.state.pool.fetch(AFTER, self.tuning, self.last):
                self.last = row["seq"]
                sent = message(row)
                for queue in self.queues:
                    queue.put_nowait((self.last, sent))


feeds: dict[str, Feed] = {}


def heard(_connection: object, _pid: int, _channel: str, tuning: str) -> None:
    if tuning in feeds:
        feeds[tuning].changed.set()


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(database_url, min_size=10, max_size=10) as pool:
        app.state.pool = pool
        listener = await asyncpg.connect(database_url)
        await listener.add_listener("redline_events", heard)
        yield
        await listener.close()


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/tunings/{id}/events")
async def follow(id: str, after: int = 0, last_event_id: int | None = Header(None)) -> EventSourceResponse:
    newest = await app.state.pool.fetchval("select last_seq from tunings where id = $1", id)
    if newest is None:
        raise HTTPException(404)
    if id not in feeds:
        feeds[id] = Feed(id, newest)
    return EventSourceResponse(stream(feeds[id], after if last_event_id is None else last_event_id))


async def stream(feed: Feed, last: int):
    queue: asyncio.Queue = asyncio.Queue()
    feed.queues.add(queue)
    try:
        while rows := await app.state.pool.fetch(AFTER, feed.tuning, last):
            for row in rows:
                last = row["seq"]
                yield message(row)
        while True:
            seq, sent = await queue.get()
            if seq > last:
                yield sent
    finally:
        feed.queues.discard(queue)


uvicorn.run(app, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")
