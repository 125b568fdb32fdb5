"""The regional registry: rosters over SOAP (``schemas/registry/1.0``, written for this project)."""

PLATFORM = "registry"
