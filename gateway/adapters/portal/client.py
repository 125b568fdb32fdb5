"""Signed webhooks (Standard Webhooks 1.0: symmetric signature ``v1``)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

import httpx

from gateway.adapters.http import fetch, http_client, status_error
from gateway.adapters.portal import PLATFORM
from gateway.adapters.portal.settings import PortalSettings
from gateway.errors import ConfigurationError, Text


class WebhookClient:
    """Posts bodies to one address, each with its id, the time and a signature over both and the body."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings
        self._client = http_client("", timeout=settings.timeout)

    def post(self, webhook_id: str, body: bytes, *, now: datetime) -> httpx.Response:
        """Post a body and return the answer.

        The signature is made at send time, so a body that had to wait is not refused for its age; the id stays the
        same, so a repetition is recognised.

        Raises:
            PlatformError: no usable answer, or one that is not 2xx.
            ConfigurationError: there is no secret to sign with (``portal.no_secret``).
        """
        if not self._settings.secret:
            raise _no_secret()
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._settings.secret, webhook_id, timestamp, body),
        }
        request = self._client.build_request("POST", self._settings.events_url, content=body, headers=headers)
        response = fetch(self._client, request, platform=PLATFORM)
        error = status_error(response, platform=PLATFORM, now=now)
        if error is not None:
            raise error
        return response

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _no_secret() -> ConfigurationError:
    return ConfigurationError(
        "portal.no_secret",
        Text(
            ru="Не задан секрет, которым подписываются события для портала (portal.secret).",
            en="The secret that events for the portal are signed with is not set (portal.secret).",
        ),
    )


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Return ``v1,`` and the Base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
