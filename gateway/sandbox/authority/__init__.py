"""Emulator of an education authority's intake (``schemas/authority/1.0/intake.wsdl``), operation ``SubmitPackage``.

It believes nothing: checksum, ZIP, manifest, signature and document are checked here by code of its own, so that a
mistake in the gateway's signing or mapping is not repeated by the one who checks it. What it took is listed at
``/_sandbox/accepted``.
"""

from gateway.sandbox.authority.emulator import authority_emulator

__all__ = ["authority_emulator"]
