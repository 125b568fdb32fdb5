"""OneRoster CSV packages in a folder: the newest bulk with the deltas after it (``docs/reference/roster-files.md``)."""

PLATFORM = "oneroster_files"
