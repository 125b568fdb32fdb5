"""A regional registry of schools' rosters: SOAP with paging, snapshots and things that go wrong.

The service is this project's own (``schemas/registry``): the interfaces of real registries are not published. The
emulator writes its XML itself and shares nothing with the gateway's mapping, so that each checks the other.
"""

from gateway.sandbox.registry.holdings import Registry, RosterData
from gateway.sandbox.registry.service import registry_emulator

__all__ = ["Registry", "RosterData", "registry_emulator"]
