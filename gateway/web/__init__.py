"""The web service: the journal and roster APIs, the portal's API, tokens, health, the console.

``application`` puts it together from ``services``; every route says who may enter (``guards``); ``errors`` is the only
place where an error becomes an HTTP answer.
"""

from gateway.web.application import create_web

__all__ = ["create_web"]
