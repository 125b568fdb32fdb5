"""Roster in: a registry's snapshot becomes a plan, the plan is held or applied (R-ROST-01 … R-ROST-07).

``sync`` is the road, ``decisions`` what a person does with a plan that waits, ``reverting`` takes an applied one back.
``history`` tells what syncs did, ``quarantine`` keeps what they turned away and how each record came.
"""
