"""The composition root: the only room that names concrete classes."""

from gateway.bootstrap.destinations import DESTINATIONS, policies
from gateway.bootstrap.installation import Gateway, new_id, utc_now
from gateway.bootstrap.schedules import make_schedule, make_schedules
from gateway.bootstrap.worker import StandingSchedules, make_handlers, make_worker
from gateway.storage.engine import database_problem

__all__ = [
    "DESTINATIONS",
    "Gateway",
    "StandingSchedules",
    "database_problem",
    "make_handlers",
    "make_schedule",
    "make_schedules",
    "make_worker",
    "new_id",
    "policies",
    "utc_now",
]
