"""Help of the queue's commands in the language of the settings; ``queue_russian`` has the Russian words."""

from __future__ import annotations

from inspect import cleandoc

import click

from gateway.cli.context import Session
from gateway.cli.queue_russian import EXTRAS, RUSSIAN


class QueueCommand(click.Command):
    """A command that helps in Russian where the settings say so."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is called."""
        if not _is_russian(ctx):
            super().format_usage(ctx, formatter)
            return
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix="Использование: ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        if not _is_russian(ctx):
            super().format_help_text(ctx, formatter)
            return
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(in_russian(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and of a group the commands."""
        if not _is_russian(ctx):
            super().format_options(ctx, formatter)
            return
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        rows = [(name, _told(one, text)) for one in options for name, text in _record(one, ctx)]
        with formatter.section("Параметры"):
            formatter.write_dl(rows)
        if isinstance(self, click.Group):
            width = formatter.width - 6 - max(map(len, self.commands))
            with formatter.section("Команды"):
                formatter.write_dl([(name, _short(one, width)) for name, one in sorted(self.commands.items())])


class QueueGroup(QueueCommand, click.Group):
    """A group of such commands."""

    command_class = QueueCommand


def in_russian(text: str | None) -> str:
    """Return a help text in Russian, itself where there is none."""
    plain = " ".join(cleandoc(text or "").split())
    return RUSSIAN.get(plain, plain)


def _is_russian(ctx: click.Context) -> bool:
    session = ctx.find_object(Session)
    return session is not None and session.language == "ru"


def _record(option: click.Option, ctx: click.Context) -> list[tuple[str, str]]:
    record = option.get_help_record(ctx)
    return [] if record is None else [record]


def _told(option: click.Option, text: str) -> str:
    """Return an option's help with what click adds to it: that it is required, its default."""
    extra = text.removeprefix(option.help or "")
    for english, russian in EXTRAS.items():
        extra = extra.replace(english, russian)
    return in_russian(option.help) + extra if option.help else extra


def _short(one: click.Command, width: int) -> str:
    words = in_russian(one.help).partition(". ")[0].rstrip(".")
    return words if len(words) <= width else f"{words[: max(width - 1, 1)].rstrip()}…"
