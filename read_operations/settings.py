"""All settings, validated once, frozen, passed down.

Each is the environment variable `READFLEET_` + its name in upper case; command-line flags win over it. Below it count
the environment variables of the Read container.
"""

from __future__ import annotations

import base64
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from read_operations import container_settings
from read_operations.errors import BadLanguage
from read_operations.languages import parse_language
from read_operations.networks import Networks
from read_operations.records import Output
from read_operations.redis_address import checked_url

#: Of containers and queues of Azure Storage.
_StorageName = Annotated[str, Field(min_length=3, max_length=63, pattern=r"^[a-z0-9](-?[a-z0-9])*$")]
#: Of a tuple that is joined by commas in the environment.
_JOINED: Final = (
    NoDecode,
    BeforeValidator(lambda value: re.findall(r"[^\s,]+", value) if isinstance(value, str) else value),
    PlainSerializer(",".join, return_type=str, when_used="json"),
)
_Outputs = Annotated[tuple[Output, ...], *_JOINED]
#: Among `languages`: all without queues of their own, and documents whose language nobody named.
OTHER_LANGUAGES: Final = "other"
#: Seconds in which a child that was killed at the hard limit is surely gone.
_CLAIM_MARGIN_S: Final = 15


def _language(text: str) -> str:
    try:
        code = text if text == OTHER_LANGUAGES else parse_language(text)
    except BadLanguage:
        code = None
    if code is None:
        raise ValueError(f"{text} is no language that a client can name; write codes such as ja or zh-Hans")
    return code


_Languages = Annotated[tuple[Annotated[str, AfterValidator(_language)], ...], *_JOINED]


def _is_webhook_secret(text: str) -> bool:
    """Whether it is a secret of the Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes."""
    prefix = "whsec_"
    try:
        return text.startswith(prefix) and 24 <= len(base64.b64decode(text.removeprefix(prefix), validate=True)) <= 64
    except ValueError:
        return False


class EngineName(StrEnum):
    """The runtimes that can run the networks."""

    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"
    PADDLE = "paddle"


class Mode(StrEnum):
    """How much care a page gets."""

    FAST = "fast"  # PP-OCRv6 tiny
    CASCADE = "cascade"  # tiny, and small once more where tiny is in doubt
    ACCURATE = "accurate"  # PP-OCRv6 small


class Lane(StrEnum):
    """The queues. Workers take from both in turn, so neither starves the other."""

    INTERACTIVE = "interactive"  # single images, small documents, the opening of documents
    BATCH = "batch"  # everything else


class AfterSuccess(StrEnum):
    """What becomes of a dropped document that was read."""

    KEEP = "keep"
    MOVE = "move"  # away to where the read ones are kept
    DELETE = "delete"


class QuotaBy(StrEnum):
    """Who has a quota of their own."""

    KEY = "key"  # who sends a subscription key; others by their address
    ADDRESS = "address"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """Everything that can be set, for every process of the fleet."""

    model_config = SettingsConfigDict(env_prefix="READFLEET_", frozen=True, extra="ignore", hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(checked_url)] = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis or Valkey for records and queue: redis://, rediss://, unix:// or redis+sentinel://. "
        "Its options are those for TLS only.",
    )
    redis_password: SecretStr | None = Field(
        None, description="Its password, with any characters, in place of one in the URL, where a user stays."
    )
    redis_sentinel_password: SecretStr | None = Field(
        None, description="Password of the sentinels, if they have one, where the URL is redis+sentinel://."
    )
    key_prefix: str = Field("readfleet", description="First part of every key, so that fleets can share a Redis.")
    data_dir: Path = Field(Path(platformdirs.user_data_dir("readfleet")), description="Folder that holds what is kept.")
    documents_dir: Path = Field(
        default_factory=lambda data: data["data_dir"] / "documents",
        description="Folder that holds uploaded documents; by default `documents` in that one.",
    )
    azure_storage_connection_string: SecretStr | None = Field(
        None, description="Keeps documents in Azure Blob Storage instead, by key or shared access signature."
    )
    azure_storage_account_url: SecretStr | None = Field(
        None,
        description="The same by URL: with a shared access signature in it, or without for the machine's own identity.",
    )
    documents_container: _StorageName = Field(
        "readfleet-documents",
        description="Blob container of the documents; made at the start if it is missing. One for each fleet.",
    )
    documents_cache_dir: Path | None = Field(
        None,
        description="Folder for copies of documents in Azure; by default a worker, or drop, has one that goes with it.",
    )
    documents_cache_bytes: int = Field(
        2 * 2**30, gt=0, description="Room for those copies. Only what is being read or fetched may exceed it."
    )
    models_dir: Path = Field(
        Path(platformdirs.user_cache_dir("readfleet")) / "models", description="Folder that holds the model weights."
    )

    public_url: str | None = Field(
        None,
        pattern=r"""^https?://[^\s"'<>]+$""",
        description="Base of the URLs handed to clients; by default what the client called.",
    )
    trusted_proxies: Networks = Field(
        (), description="Networks of the proxies whose forwarded headers are believed, joined by commas, or * for all."
    )
    url_fetch: bool = Field(True, description="Fetch documents from URLs that clients name.")
    url_allowed_networks: Networks = Field(
        (), description="Networks that such a URL may lead to although they are not public, joined by commas."
    )
    url_timeout_s: float = Field(60, gt=0, description="Longest download of one document.")
    max_file_bytes: int = Field(500 * 2**20, gt=0, description="Largest accepted upload.")
    min_image_side: int = Field(50, gt=0, description="Smallest accepted image side, in pixels.")
    max_image_side: int = Field(10_000, gt=0, description="Largest accepted image side, in pixels.")
    max_pages: int = Field(2_000, gt=0, description="Most pages read of one document.")
    max_page_points: float | None = Field(
        None, gt=0, description="Longest accepted side of a PDF page, in points; by default no limit, as in Read 3.2."
    )
    max_decompression_ratio: int = Field(
        200, gt=0, description="Most bytes that a byte of an image or of a PDF's stream may decompress to."
    )
    decompression_floor_bytes: int = Field(
        400_000_000, ge=0, description="Up to so many bytes decompressed that ratio does not count: blank pages pass."
    )
    max_page_words: int = Field(50_000, gt=0, description="Most words of a page; one that has more ends as failed.")
    max_result_bytes: int = Field(
        256 * 2**20,
        gt=0,
        description="Most room that a result takes in Redis, compressed; further pages of it end as failed.",
    )
    max_open_operations: int | None = Field(
        100_000, gt=0, description="Operations that are not finished; with so many, new documents are refused with 503."
    )
    max_waiting_pages: int | None = Field(
        None,
        gt=0,
        description="Jobs in the queue; with so many, new documents are refused with 503. By default no limit.",
    )
    quota_requests: int | None = Field(
        None, gt=0, description="Documents that a client may send in a window; by default no limit. More get 429."
    )
    quota_pages: int | None = Field(
        None, gt=0, description="Pages after which a client's next document gets 429 until the window ends, likewise."
    )
    quota_window_s: float = Field(
        60, ge=1, le=31 * 24 * 3600, description="Length of that window, which begins with the first document in it."
    )
    quota_by: QuotaBy = Field(
        QuotaBy.KEY, description="Who is a client: key (the subscription key; without one the address) or address."
    )
    sync_timeout_s: float = Field(300, gt=0, description="Longest wait of a synchronous call.")

    result_ttl_minutes: int = Field(48 * 60, gt=0, description="How long results are kept, and what was given up.")
    delete_when_read: bool = Field(
        False, description="Delete a finished operation and its document once a client has received its result."
    )
    operation_deadline_minutes: float = Field(
        24 * 60, gt=0, description="Longest life of an operation that is not finished, waiting included."
    )

    page_window: int = Field(16, gt=0, description="Pages of one operation in the queue or being read at once.")
    page_attempts: int = Field(3, gt=0, description="Tries before a page is given up.")
    page_slow_attempts: int = Field(2, gt=0, description="The same of a page that takes too long each time.")
    page_soft_limit_s: int = Field(90, gt=0, description="A page that takes longer ends as a failed attempt.")
    page_hard_limit_s: int = Field(120, gt=0, description="A child that takes longer for a page is killed.")
    interactive_pages: int = Field(4, ge=0, description="Documents of up to so many pages use the interactive queue.")
    sweep_interval_s: float = Field(10, gt=0, description="Pause between two looks for lost work.")
    lost_after_s: float = Field(15, gt=0, description="Age from which a waiting job is checked against the queue.")

    drop_folder: Path | None = Field(
        None, description="Folder with an `inbox` that is watched for documents; their results go to its `results`."
    )
    drop_container: _StorageName | None = Field(None, description="Blob container that is watched for documents.")
    drop_prefix: str = Field("", max_length=900, description="Only what begins so is taken from that container.")
    results_container: _StorageName = Field(
        "readfleet-results",
        description="Blob container for the results of what was dropped; made at the start if it is missing.",
    )
    results_prefix: str = Field("", max_length=900, description="First part of the names of those results.")
    drop_queue: _StorageName | None = Field(
        None, description="Azure queue with the container's events, for speed; optional."
    )
    drop_notices_queue: _StorageName | None = Field(
        None, description="Azure queue that gets a message for each finished document."
    )
    azure_queue_connection_string: SecretStr | None = Field(
        None, description="Account of those queues; by default that of the containers."
    )
    drop_interval_s: float = Field(5, gt=0, description="Pause between two looks through the drop.")
    drop_settle_s: float = Field(2, ge=0, description="A file that changes within so long is still being written.")
    drop_window: int = Field(200, gt=0, le=10_000, description="Most dropped documents that are operations at once.")
    drop_attempts: int = Field(5, gt=0, description="Tries before a dropped document or an event is given up.")
    drop_outputs: _Outputs = Field(
        (),
        description="What is written beside the JSON of a dropped document: text, hocr, alto, pdf, joined by commas.",
    )
    drop_overwrite_existing: bool = Field(
        True, description="Read a dropped document again that was replaced; off, what has a result is skipped."
    )
    drop_after_success: AfterSuccess = Field(
        AfterSuccess.KEEP, description="What becomes of a dropped document that was read: keep, move or delete."
    )
    webhook_hosts: Annotated[tuple[str, ...], *_JOINED] = Field(
        (), description="Hosts that webhooks may name, joined by commas; *.example.com for all of a domain."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Signs webhooks: whsec_ and 24 to 64 random bytes in base64. Without one none are sent."
    )
    webhook_allowed_networks: Networks = Field(
        (), description="Networks that such a host may be in although they are not public, joined by commas."
    )

    engine: EngineName = Field(
        EngineName.OPENVINO, description="Runtime of the networks: openvino, onnxruntime or paddle."
    )
    mode: Mode = Field(
        Mode.CASCADE,
        description="fast (PP-OCRv6 tiny), cascade (tiny, doubtful words again by small) or accurate (small).",
    )
    text_layer: bool = Field(True, description="Answer PDF pages from the text they carry, where that can be trusted.")
    concurrency: int | None = Field(None, gt=0, description="Worker children; by default one a core.")
    threads: int = Field(1, gt=0, description="Threads each child computes with.")
    queues: Annotated[tuple[Lane, ...], *_JOINED] = Field(
        tuple(Lane),
        min_length=1,
        description="Queues that a worker takes pages from, joined by commas: interactive, batch. Each needs a worker.",
    )
    language_queues: _Languages = Field(
        (),
        description="Languages, as clients name them, whose pages have queues of their own, joined by commas.",
    )
    languages: _Languages = Field(
        (), description="Those of them whose pages a worker takes, and other for the rest; by default all."
    )
    child_memory_bytes: int = Field(
        4 * 2**30,
        ge=2**29,
        description="Most memory of a child of worker or drop; one that holds more is killed, a page tried again.",
    )
    cpu_flags: str | None = Field(None, description="Stands in for the CPU's own flags; for tests.")
    run_dir: Path | None = Field(None, description="Folder in which a worker's children say that they are ready.")
    heartbeat_file: Path | None = Field(
        None, description="File that worker, sweeper and drop renew every few seconds, for probes; by default none."
    )

    metrics: bool = Field(True, description="Serve metrics for Prometheus.")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of metrics; without one the gateway has them at its own, and worker, sweeper and drop none.",
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning, error.")
    log_format: LogFormat = Field(LogFormat.TEXT, description="text or json.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Below our own names those of the Read container."""
        container = container_settings.from_environment(os.environ)
        return init_settings, env_settings, InitSettingsSource(settings_cls, dict(container.fields))

    @property
    def in_azure(self) -> bool:
        """Whether documents are kept in Azure Blob Storage."""
        return bool(self.azure_storage_connection_string or self.azure_storage_account_url)

    @property
    def claim_s(self) -> int:
        """From here on a job that somebody works on has lost its worker: the hard limit would have ended it."""
        return self.page_hard_limit_s + _CLAIM_MARGIN_S

    @property
    def visibility_timeout_s(self) -> int:
        """When the queue hands out again what was never finished; the sweeper is quicker where it can tell."""
        return max(3 * self.page_hard_limit_s, self.claim_s + 1)

    @model_validator(mode="after")
    def _one_way_to_azure(self) -> Self:
        if self.azure_storage_connection_string and self.azure_storage_account_url:
            raise ValueError("azure_storage_connection_string and azure_storage_account_url exclude each other")
        return self

    @model_validator(mode="after")
    def _one_redis_password(self) -> Self:
        if self.redis_password and urlsplit(self.redis_url).password:
            raise ValueError("redis_password and the password in redis_url exclude each other")
        return self

    @model_validator(mode="after")
    def _one_drop(self) -> Self:
        if self.drop_container and self.drop_folder:
            raise ValueError("drop_container and drop_folder exclude each other")
        if self.drop_container and not self.in_azure:
            raise ValueError(
                "drop_container needs its account: set azure_storage_connection_string or azure_storage_account_url"
            )
        if self.drop_container and self.documents_container in (self.drop_container, self.results_container):
            raise ValueError(
                "documents_container holds the fleet's own copies: drop_container and results_container must be others"
            )
        return self

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> Self:
        secret = self.webhook_secret.get_secret_value() if self.webhook_secret else None
        if self.webhook_hosts and not secret:
            raise ValueError("webhook_hosts needs webhook_secret: webhooks are signed")
        if secret is not None and not _is_webhook_secret(secret):
            raise ValueError(
                "webhook_secret is none: write whsec_ and the base64 of 24 to 64 random bytes, such as by "
                "`echo whsec_$(openssl rand -base64 32)`"
            )
        return self

    @model_validator(mode="after")
    def _languages_have_queues(self) -> Self:
        if OTHER_LANGUAGES in self.language_queues:
            raise ValueError(
                f"language_queues names {OTHER_LANGUAGES}, which stands for the rest: leave it to languages"
            )
        if missing := set(self.languages) - {OTHER_LANGUAGES, *self.language_queues}:
            raise ValueError(
                f"language_queues lacks {', '.join(sorted(missing))}, which languages names: add it for every process "
                "of the fleet"
            )
        return self

    @model_validator(mode="after")
    def _limits_nest(self) -> Self:
        if self.page_soft_limit_s >= self.page_hard_limit_s:
            raise ValueError(
                f"page_soft_limit_s ({self.page_soft_limit_s}) must be below "
                f"page_hard_limit_s ({self.page_hard_limit_s})"
            )
        return self
