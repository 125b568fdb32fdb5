"""The regulation's rules over journal records, a theme a module: pure functions that collect every fault.

``batch`` holds a whole batch against all of them and decides, record by record, what goes through. Each fault carries
the row id of ``requirements`` (or the standard) it comes from and the party that has to act.
"""
