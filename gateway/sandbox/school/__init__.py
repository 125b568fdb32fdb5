"""A made-up but realistic school: people, timetable and a journal of every day, from a seed.

::

    for sample in schools(600, year=2026):
        post(setup_batch(sample))
        for day in school_days(sample):
            post(journal_day(sample, day))
        for period in sample.periods:
            post(period_end(sample, period))

No person is real: names are combined at random, and numbers and addresses come from ranges that nobody is given.
"""

from gateway.sandbox.school.courses import IndividualPlan
from gateway.sandbox.school.journal import health_batch, journal_day, school_days, settled_day, setup_batch
from gateway.sandbox.school.period_marks import period_end
from gateway.sandbox.school.sample import SampleSchool, count_schools, nth_school, schools
from gateway.sandbox.school.timetable import Bell, TimetableEntry

__all__ = [
    "Bell",
    "IndividualPlan",
    "SampleSchool",
    "TimetableEntry",
    "count_schools",
    "health_batch",
    "journal_day",
    "nth_school",
    "period_end",
    "school_days",
    "schools",
    "settled_day",
    "setup_batch",
]
