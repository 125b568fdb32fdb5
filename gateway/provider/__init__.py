"""Capability: what other systems read of us as a OneRoster 1.2 provider.

Objects are made from the school's records, kept with the moment of their last change (`projection`), and read from
there (`reading`): so a delta is a comparison of moments, and what is gone leaves a tombstone.
"""
