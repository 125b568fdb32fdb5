"""The city service portal: takes events for families, signed as Standard Webhooks sets out.

The portal's real interface is not public; this is the gateway's own (``schemas/portal/1.0``), to be replaced by a
mapping once the real one is known.
"""

PLATFORM = "portal"
