"""Emulators of the outside world: real HTTP servers on loopback with scripted faults.

For integrators who want to see how the gateway behaves, and our own test bench. Each module is one platform;
``server`` is what they share, ``faults`` what may be made to go wrong, ``school`` the made-up people.
"""
