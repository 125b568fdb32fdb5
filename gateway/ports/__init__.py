"""What the capabilities need from outside, as Protocols: one module a theme.

A capability's flow takes a ``units`` callable: each call opens a transaction and gives a *unit*, whose repositories
see and change one school's rows; leaving it commits, an exception rolls everything back.
"""
