from __future__ import annotations

import pytest

from read_operations.container_settings import (
    ContainerSettingInvalid,
    from_arguments,
    from_environment,
    is_container_setting,
)
from read_operations.container_table import HONOURED, NOT_NEEDED
from read_operations.settings import Settings

#: A value that each honoured setting takes.
SAMPLES = {
    "StorageTimeToLiveInMinutes": "60",
    "Storage:TimeToLiveInDays": "1",
    "ReadEngineConfig:ResultExpirationPeriod": "1",
    "Task:MaxRunningTimeSpanInMinutes": "5",
    "Logging:Console:LogLevel:Default": "Debug",
    "Logging:LogLevel:Default": "Debug",
    "Mounts:Shared": "/share",
    "Cache:Redis:Configuration": "cache:6379",
    "Storage:ObjectStore:AzureBlob:ConnectionString": "UseDevelopmentStorage=true",
    "Queue:Azure:ConnectionString": "UseDevelopmentStorage=true",
    "ASPNETCORE_URLS": "http://+:5001",
    "urls": "http://+:5001",
}


@pytest.mark.parametrize("row", HONOURED, ids=lambda row: row.name)
def test_what_is_honoured_changes_something_and_says_nothing(row: object) -> None:
    name = getattr(row, "name", "")
    found = from_arguments([f"{name}={SAMPLES[name]}"])

    assert found.fields or found.address
    assert found.notes == found.doubts == ()
    assert found.fields.keys() <= Settings.model_fields.keys()
    Settings(**found.fields)  # our own checks have nothing to add


@pytest.mark.parametrize("row", NOT_NEEDED, ids=lambda row: row.name)
def test_what_is_not_needed_is_one_line(row: object) -> None:
    name = getattr(row, "name", "").replace("*", "Some")

    found = from_arguments([f"{name}=hunter2"])

    (note,) = found.notes
    assert note.startswith(name.removesuffix("Some"))
    assert "is not needed here" in note
    assert "hunter2" not in note
    assert found.fields == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["Storage:TimeToLiveInDays=3"],
        ["storage:timetoliveindays=3"],
        ["Storage__TimeToLiveInDays=3"],
        ["Storage::TimeToLiveInDays=3"],
        ["--Storage:TimeToLiveInDays=3"],
        ["--Storage:TimeToLiveInDays", "3"],
        ["/Storage:TimeToLiveInDays=3"],
        ["Storage:TimeToLiveInDays=1", "Storage:TimeToLiveInDays=3"],
    ],
    ids=" ".join,
)
def test_every_form_of_an_argument(arguments: list[str]) -> None:
    assert from_arguments(arguments).fields == {"result_ttl_minutes": 3 * 24 * 60}


@pytest.mark.parametrize(
    "name",
    ["Storage__TimeToLiveInDays", "STORAGE__TIMETOLIVEINDAYS", "storage__timetoliveindays", "Storage:TimeToLiveInDays"],
)
def test_every_form_of_a_variable(name: str) -> None:
    assert is_container_setting(name)
    assert from_environment({name: "3"}).fields == {"result_ttl_minutes": 3 * 24 * 60}


@pytest.mark.parametrize(
    "name", ["PATH", "HTTP_PROXY", "http_proxy", "URLS", "LOGGING", "READFLEET_REDIS_URL", "BILLING_PORT"]
)
def test_other_variables_are_none_of_ours(name: str) -> None:
    assert not is_container_setting(name)
    assert from_environment({name: "x"}).notes == ()


def test_names_with_one_reason_share_a_line() -> None:
    found = from_environment(
        {"EULA": "no", "billing": "https://x", "apikey": "hunter2", "Queue__RabbitMQ__HostName": "h"}
    )

    assert [note.partition(" not needed")[0] for note in found.notes] == [
        "Eula, Billing and ApiKey are",
        "Queue:RabbitMQ:… is",
    ]


def test_an_empty_value_is_none() -> None:
    found = from_arguments(["Cache:Redis:Configuration=", "Storage:TimeToLiveInDays= ", "Billing="])
    assert (found.fields, found.notes, found.doubts) == ({}, (), ())


def test_of_two_that_say_the_same_the_first_of_the_table_counts() -> None:
    found = from_arguments(["Storage:TimeToLiveInDays=1", "StorageTimeToLiveInMinutes=60"])

    assert found.fields == {"result_ttl_minutes": 60}
    assert found.notes == ("Storage:TimeToLiveInDays is ignored, as another setting says the same.",)


def test_arguments_speak_instead_of_variables() -> None:
    arguments = ["ApiKey=one", "Storage:TimeToLiveInDays=1"]
    found = from_environment({"APIKEY": "two", "Storage__TimeToLiveInDays": "nonsense"}, but=arguments)
    assert (found.fields, found.notes) == ({}, ())


def test_of_several_redis_hosts_the_first_is_used_and_that_is_said() -> None:
    found = from_arguments(["Cache:Redis:Configuration=primary:6379,replica:6379,password=hunter2,ssl=False"])

    assert found.fields == {"redis_url": "redis://:hunter2@primary:6379/0"}
    assert found.notes == ("Cache:Redis:Configuration names several hosts, of which the first is used.",)


def test_what_nobody_knows_is_doubted_once_by_its_name() -> None:
    assert from_arguments(["Secret=hunter2", "Secret=hunter3"]).doubts == ("Secret is not known and is ignored.",)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["StorageTimeToLiveInMinutes=hunter2"], "StorageTimeToLiveInMinutes takes a whole number of minutes from 1."),
        (
            ["Storage:TimeToLiveInDays=0", "Task__MaxRunningTimeSpanInMinutes=x"],
            "Storage:TimeToLiveInDays takes a whole number of days from 1.\n"
            "Task:MaxRunningTimeSpanInMinutes takes a number of minutes above 0.",
        ),
        (
            ["cache:redis:configuration=hunter2:x"],
            "Cache:Redis:Configuration takes host:port,password=…,ssl=True,defaultDatabase=0.",
        ),
        (["urls=https://+:5001"], "urls takes http:// addresses such as http://+:5000; TLS is left to a proxy."),
        (["Eula=accept", "hunter2"], "Setting 2 on the command line is not of the form Name=value."),
        (["--prot", "5000"], "There is no option --prot. See --help."),
        (["--prot=5000"], "There is no option --prot. See --help."),
    ],
)
def test_what_cannot_be_taken_is_a_sentence_without_the_value(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ContainerSettingInvalid) as caught:
        from_arguments(arguments)
    assert caught.value.message == sentence
    assert "hunter2" not in str(caught.value)
