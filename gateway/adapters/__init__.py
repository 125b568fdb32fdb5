"""One package a platform: its client, its adapter and its settings. What they share is in ``http`` and ``soap``."""
