"""Logs for machines to read: one JSON object a line on stderr, no personal data, no secrets, no payloads."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(*, level: int = logging.INFO) -> None:
    """Send everything logged through `structlog` and through `logging` to stderr as JSON lines.

    zeep and httpx are silenced below WARNING: they would write whole messages and addresses with personal data in them.
    So is alembic, which tells at every start which database it looks at.
    pyHanko names the owner of a certificate in its warnings; what it finds reaches us as a value anyway.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for talkative in ("zeep", "httpx", "httpcore", "waitress.queue", "alembic"):
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))
    for outspoken in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(outspoken).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
