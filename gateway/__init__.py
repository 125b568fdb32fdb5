"""School gateway: keeps a school's electronic journal in sync with everybody outside it.

The rooms and who may enter which are drawn in ``docs/explanation/house.md``; the two roads that data take
through them in ``docs/explanation/roads.md``.
"""

__version__ = "0.1.0"
