"""The entry points: the command ``gateway`` and a WSGI application for other servers than ours."""

from __future__ import annotations

import os

from flask import Flask

from gateway.bootstrap import Gateway
from gateway.cli.context import config_file
from gateway.cli.main import main
from gateway.settings import read_settings
from gateway.web import create_web
from gateway.web.wiring import web_services

__all__ = ["create_app", "main"]


def create_app() -> Flask:
    """Return the web service, set up from ``gateway.toml`` and the environment."""
    return create_web(web_services(Gateway(read_settings(config_file(None), os.environ))))
