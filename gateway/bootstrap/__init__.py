"""The composition root: the only room that names concrete classes."""

from gateway.bootstrap.installation import Gateway, new_id, utc_now
from gateway.bootstrap.worker import make_schedule, make_worker
from gateway.storage.engine import database_problem

__all__ = ["Gateway", "database_problem", "make_schedule", "make_worker", "new_id", "utc_now"]
