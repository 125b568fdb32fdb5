"""The commands: ``gateway …``. Every one has ``--help``; exit codes are 0 ok, 1 failed, 2 asked wrongly."""
