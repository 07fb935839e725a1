from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from kombu.utils.url import parse_url

from read_operations import container_values as values


@pytest.mark.parametrize(
    ("convert", "text", "fields"),
    [
        (values.kept_minutes, "60", {"result_ttl_minutes": 60}),
        (values.kept_days, "7", {"result_ttl_minutes": 10080}),
        (values.kept_hours, "48", {"result_ttl_minutes": 2880}),
        (values.kept_hours, "0", {"delete_when_read": True}),
        (values.deadline, "60", {"operation_deadline_minutes": 60}),
        (values.deadline, "0.5", {"operation_deadline_minutes": 0.5}),
        (values.log_level, "Information", {"log_level": "info"}),
        (values.log_level, "TRACE", {"log_level": "debug"}),
        (values.log_level, "None", {"log_level": "error"}),
        (values.shared_folder, "/share", {"data_dir": "/share"}),
    ],
)
def test_what_is_meant(convert: Callable[[str], dict[str, Any]], text: str, fields: dict[str, Any]) -> None:
    assert convert(text) == fields


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        *((convert, text) for convert in (values.kept_minutes, values.kept_days) for text in ("0", "-1", "1.5", "abc")),
        (values.kept_minutes, "٣"),
        (values.kept_minutes, "99999999999999999999"),
        (values.kept_hours, "-1"),
        (values.deadline, "0"),
        (values.deadline, "nan"),
        (values.deadline, "1e9"),
        (values.log_level, "loud"),
        *((values.redis, text) for text in (",", "password=x", "host:port", "host:0", "host:70000", "redis://host:1")),
        *((values.redis, text) for text in ("host,ssl=maybe", "host,defaultDatabase=x", "host,serviceName=primary")),
        *((values.listen_address, text) for text in ("5000", "https://+:5001", "http://", "http://+:0", "http://+:x")),
    ],
)
def test_what_is_refused(convert: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError):
        convert(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("cache", "redis://cache:6379/0"),
        ("cache:7000", "redis://cache:7000/0"),
        ("first:1,second:2,abortConnect=False", "redis://first:1/0"),
        ("cache,ssl=True", "rediss://cache:6380/0"),
        ("cache:6379, ssl=true ,defaultDatabase=3,name=reader", "rediss://cache:6379/3"),
        ("[::1]:6379,password=p", "redis://:p@[::1]:6379/0"),
        ("cache,user=me,password=p", "redis://me:p@cache:6379/0"),
        ("cache,password=", "redis://cache:6379/0"),
    ],
)
def test_a_redis_as_its_url(text: str, url: str) -> None:
    assert values.redis(text) == {"redis_url": url}


def test_a_password_of_any_characters_arrives() -> None:
    password = "a=b/c@d:e%20?#é "

    url = values.redis(f"cache:6379,password={password},ssl=False")["redis_url"]

    options = redis.ConnectionPool.from_url(url).connection_kwargs
    assert (options["host"], options["port"], options["password"]) == ("cache", 6379, password.strip())
    broker = parse_url(url)
    assert (broker["hostname"], broker["port"], broker["password"]) == ("cache", 6379, password.strip())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://+:5000", ("0.0.0.0", 5000)),
        ("http://*:80/", ("0.0.0.0", 80)),
        ("https://+:5001; http://localhost:5000", ("localhost", 5000)),
        ("HTTP://[::]:5000", ("::", 5000)),
        ("http://+", ("0.0.0.0", 80)),
    ],
)
def test_where_to_listen(text: str, address: tuple[str, int]) -> None:
    assert values.listen_address(text) == address
