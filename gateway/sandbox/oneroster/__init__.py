"""A OneRoster provider of a made-up school with a switchboard of everything that real ones get wrong.

The emulator writes its JSON itself and shares nothing with the gateway's mapping, so that each checks the other.
"""

from gateway.sandbox.oneroster.holdings import Holdings
from gateway.sandbox.oneroster.service import oneroster_emulator
from gateway.sandbox.oneroster.tricks import Trick

__all__ = ["Holdings", "Trick", "oneroster_emulator"]
