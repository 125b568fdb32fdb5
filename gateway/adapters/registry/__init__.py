"""The regional registry: rosters over SOAP (``schemas/registry``, written for this project)."""

PLATFORM = "registry"
