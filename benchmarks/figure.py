"""One measured figure with what it has to be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure; ``bound`` is what the bare machine does in the same run, in the same unit; ``peers`` likewise.

    A peer that could not be measured stands there with the reason.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None
    peers: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Value over bound."""
        return self.value / self.bound if self.bound else None

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "bound": self.bound,
            "ratio": self.ratio,
            "peers": dict(self.peers),
        }
