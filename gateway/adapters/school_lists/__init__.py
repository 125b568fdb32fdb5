"""A school's own lists, CSV or XLSX, with columns as people name them (``docs/reference/roster-files.md``)."""

PLATFORM = "school_lists"
