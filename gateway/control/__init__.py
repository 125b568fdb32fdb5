"""Control of what the journal holds: against other platforms, and against the regulation (R-CTRL)."""
