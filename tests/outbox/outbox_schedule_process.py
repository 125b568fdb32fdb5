"""One of several processes that fire the same schedule; run by the tests with the database's address.

It waits for a line on its standard input, then fires at every minute of an hour and prints how many messages it made.
"""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, make_url

from outbox.schedule import Schedule, fire
from outbox.sqlite import sqlite_engine

SCHEDULE = Schedule(
    name="each-minute", cron="* * * * *", zone=ZoneInfo("UTC"), destination="authority", kind="export", payload=b"go"
)
START = datetime(2026, 9, 1, 8, 0, 30, tzinfo=UTC)


def main(address: str) -> None:
    url = make_url(address)
    engine = sqlite_engine(url.database or "") if url.drivername == "sqlite" else create_engine(url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    made = 0
    for minute in range(60):
        with engine.begin() as connection:
            made += len(fire(connection, [SCHEDULE], now=START + timedelta(minutes=minute)))
    sys.stdout.write(f"{made}\n")
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
