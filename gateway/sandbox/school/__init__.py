"""A made-up but realistic school: people, timetable and a journal of every day, from a seed.

::

    for sample in schools(600, year=2026):
        post(setup_batch(sample))
        for day in school_days(sample):
            post(journal_day(sample, day))

No person is real: names are combined at random, and numbers and addresses come from ranges that nobody is given.
"""

from gateway.sandbox.school.courses import IndividualPlan
from gateway.sandbox.school.journal import journal_day, school_days, setup_batch
from gateway.sandbox.school.sample import SampleSchool, count_schools, nth_school, schools
from gateway.sandbox.school.timetable import Bell, TimetableEntry

__all__ = [
    "Bell",
    "IndividualPlan",
    "SampleSchool",
    "TimetableEntry",
    "count_schools",
    "journal_day",
    "nth_school",
    "school_days",
    "schools",
    "setup_batch",
]
