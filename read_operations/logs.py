"""Log lines: structlog over the standard library, so that libraries' lines look like ours."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

from read_operations.printable import printable
from read_operations.settings import LogFormat, Settings

#: Said by every process; a library's own chatter below a warning is not.
_OURS = ("readfleet", "read_operations", "api_gateway", "ocr_worker", "document_drop")

#: What may have several lines.
_OF_LINES = ("event", "exception", "stack")


def configure_logging(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Sends every log line of this process to a stream, by default standard error, in the configured form."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _naming(process),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer()]
        if settings.log_format is LogFormat.JSON
        else [_fit_for_terminals, structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(settings.log_level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _naming(process: str) -> structlog.typing.Processor:
    def name(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = process
        return event

    return name


def _fit_for_terminals(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    # What is no text is shown as Python would write it, which is fit.
    texts = {key: value for key, value in event.items() if isinstance(value, str)}
    for key, text in texts.items():
        lines = text.split("\n") if key in _OF_LINES else [text]
        event[key] = "\n".join(map(printable, lines))
    return event
