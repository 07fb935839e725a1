"""The running `readfleet up`, as other commands find it by its data folder: it notes its settings, but no secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final

from read_operations.redis_address import store_place
from read_operations.redis_client import complaint
from read_operations.settings import Settings
from readfleet.configuration import variable
from readfleet.data_folder import Folders, run_folder
from readfleet.errors import CommandError

_NOTE: Final = "settings.json"
#: What may hold a secret: who wants to reach these has to know it.
_REDIS: Final = ("redis_url", "redis_password", "redis_sentinel_password")
_AZURE: Final = ("azure_storage_connection_string", "azure_storage_account_url")
#: The same of what no command reaches, and what makes no sense without it.
_LEFT_OUT: Final = ("azure_queue_connection_string", "webhook_secret", "webhook_hosts")


class Reach(Enum):
    """What a command uses of a running service beside its Redis."""

    NOTHING = "nothing"
    DOCUMENTS = "documents"
    DROP = "drop"


def note(folders: Folders, settings: Settings, arranged: Mapping[str, str]) -> None:
    """Notes the settings of the service in its run folder.

    Args:
        folders: of the service.
        settings: what it was told.
        arranged: what it told its parts instead, by names of settings.
    """
    noted = settings.model_dump(mode="json", exclude={*_REDIS, *_AZURE, *_LEFT_OUT})
    if settings.drop_folder:
        noted["drop_folder"] = str(settings.drop_folder.expanduser().absolute())
    noted |= arranged
    secrets = [name for name in _given(settings) if name not in arranged]
    (folders.run / _NOTE).write_text(json.dumps({"settings": noted, "secrets": secrets}))


def settings_meant(settings: Settings, *, up: bool, reach: Reach = Reach.NOTHING) -> Settings:
    """The settings, or (`up`) those of the service that uses their data folder. Their Redis has answered.

    Raises:
        CommandError: it does not, there is no such service, or a setting that may hold a secret is missing here.
    """
    meant = _of_running(settings, reach) if up else settings
    if reason := complaint(meant):
        where, remedy = (
            ("", f"Does the `readfleet up` that uses {settings.data_dir} still run?")
            if up
            else (f" ({variable('redis_url')})", "For that of a `readfleet up` add --data FOLDER.")
        )
        raise CommandError(f"No Redis answers at {store_place(meant)}{where}: {reason.rstrip('.')}. {remedy}")
    return meant


def _of_running(settings: Settings, reach: Reach) -> Settings:
    """The settings of the service that uses the data folder of these, which give the secrets.

    Raises:
        CommandError: none does, or a setting that may hold a secret is missing here.
    """
    try:
        found = json.loads((run_folder(settings.data_dir) / _NOTE).read_bytes())
    except (OSError, ValueError):
        raise CommandError(f"No `readfleet up` uses {settings.data_dir} at the moment.") from None
    noted, secrets = found["settings"], found["secrets"]
    if not (reach is Reach.DOCUMENTS or (reach is Reach.DROP and noted["drop_container"])):
        secrets = [name for name in secrets if name not in _AZURE]
        noted["drop_container"] = None
    if missing := [variable(name) for name in secrets if name not in _given(settings)]:
        raise CommandError(
            f"The `readfleet up` that uses {settings.data_dir} was told {' and '.join(missing)}, which it keeps for "
            "itself: set the same here."
        )
    # What was not said there does not count here either.
    unsaid = {name: Settings.model_fields[name].default for name in (*_REDIS, *_AZURE, *_LEFT_OUT)}
    return Settings(**unsaid | noted | {name: getattr(settings, name) for name in secrets})


def _given(settings: Settings) -> list[str]:
    return [name for name in (*_REDIS, *_AZURE) if name in settings.model_fields_set and getattr(settings, name)]
