"""Headers that tell a browser and every cache in between to be careful (OWASP Secure Headers; R-SEC-07)."""

from __future__ import annotations

from flask import Flask, Response, request

_ALWAYS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_OVER_HTTPS = "max-age=31536000; includeSubDomains"


def install_security_headers(app: Flask) -> None:
    """Add the headers to every answer that has not set its own."""

    def add(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _OVER_HTTPS)
        return response

    app.after_request(add)
