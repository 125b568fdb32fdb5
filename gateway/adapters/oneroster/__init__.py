"""A OneRoster provider: rosters over REST, 1.2 or 1.1, as it really behaves (``docs/reference/oneroster.md``)."""

PLATFORM = "oneroster"
