"""Roster in: a registry's snapshot becomes a plan, the plan is held or applied (R-ROST-01 … R-ROST-07).

``sync`` is the road, ``decisions`` what a person does with a plan that waits. Reverting an applied plan is not here
yet; every plan keeps the old values that a revert needs.
"""
