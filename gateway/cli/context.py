"""What every command has at hand: the installation, opened when first needed, and how to answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from gateway.bootstrap import Gateway, database_problem
from gateway.cli.output import FAILED, Voice
from gateway.errors import ConfigurationError, GatewayError, Language, Text
from gateway.settings import CONFIG_VARIABLE, read_settings

DEFAULT_FILE = Path("gateway.toml")

P = ParamSpec("P")


def config_file(given: Path | None) -> Path | None:
    """Return the settings file: the one given, else that of ``GATEWAY_CONFIG``, else ``gateway.toml`` if there."""
    named = given or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    if named is not None:
        return named
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


class Session:
    """One call of a command."""

    def __init__(self, *, file: Path | None) -> None:
        self.file = config_file(file)
        self._gateway: Gateway | None = None

    @property
    def gateway(self) -> Gateway:
        """The installation."""
        if self._gateway is None:
            self._gateway = Gateway(read_settings(self.file, os.environ))
        return self._gateway

    @property
    def language(self) -> Language:
        """The language of the settings; where they cannot be read, that of an installation that says nothing."""
        try:
            return read_settings(self.file, os.environ).language
        except GatewayError:
            return "ru"

    def voice(self, *, as_json: bool) -> Voice:
        """Return how to answer; settings that cannot be read must not keep an error from being told."""
        try:
            language = self.gateway.settings.language
        except GatewayError:
            language = "ru"
        return Voice(as_json=as_json, language=language)

    def close(self) -> None:
        """Give everything back."""
        if self._gateway is not None:
            self._gateway.close()


def command(group: click.Group, name: str) -> Callable[[Callable[Concatenate[Session, Voice, P], None]], click.Command]:
    """Make a function a command of a group: it gets session and voice; our errors end it with exit code 1."""

    def decorate(function: Callable[Concatenate[Session, Voice, P], None]) -> click.Command:
        @group.command(name, help=function.__doc__)
        @click.option("--json", "as_json", is_flag=True, help="Answer as one JSON document.")
        @click.pass_obj
        @wraps(function)
        def run(session: Session, /, *args: Any, as_json: bool, **kwargs: Any) -> None:
            voice = session.voice(as_json=as_json)
            try:
                function(session, voice, *args, **kwargs)
            except GatewayError as error:
                voice.failure(error)
                raise SystemExit(FAILED) from error
            except Exception as error:  # the edge of the process: what is known gets words, the rest shows as a bug
                known = database_problem(error) or _system_problem(error)
                if known is None:
                    raise
                voice.failure(known)
                raise SystemExit(FAILED) from error
            finally:
                session.close()

        return run

    return decorate


def _system_problem(error: Exception) -> GatewayError | None:
    """Return what the operating system said no to: a port in use, a full disk, a file that may not be read."""
    if not isinstance(error, OSError):
        return None
    what = f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}"
    return ConfigurationError(
        "system.refused",
        Text(ru=f"Операционная система отказала: {what}.", en=f"The operating system refused: {what}."),
    )


def school_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--school``."""
    return click.option(
        "--school", "school_id", default=None, help="Id of the school; may be left out if there is one."
    )(function)
