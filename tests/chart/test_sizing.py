"""Concurrency follows from resources, and what cannot work is refused."""

from __future__ import annotations

from typing import Any

import pytest

from read_operations.settings import Settings
from tests.chart.helm import ChartRefused, environment, named, render

AZURE = {"documents.store": "azureBlob", "documents.azureBlob.existingSecret": "storage"}
DROP = {**AZURE, "drop.enabled": True, "drop.container": "scans"}


def resources(cpu: Any, memory: str) -> dict[str, Any]:
    return {"worker.resources": {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}}


@pytest.mark.parametrize(
    ("cpu", "memory", "threads", "children"),
    [
        ("2", "4Gi", 1, 2),
        (2, "4Gi", 1, 2),
        ("2500m", "8Gi", 1, 2),
        (1.5, "8192Mi", 1, 1),
        ("8", "16Gi", 1, 8),
        ("8", "16Gi", 2, 4),
        ("8", "4Gi", 1, 3),  # memory is what there is least of
        ("16", "24G", 1, 16),
        ("64", "128Gi", 1, 64),
        ("1", "1Ti", 1, 1),
        ("1", "1500M", 1, None),
        ("1", "1600M", 1, 1),
    ],
)
def test_children_follow_from_resources(cpu: Any, memory: str, threads: int, children: int | None) -> None:
    values = {**resources(cpu, memory), "worker.threads": threads}
    if children is None:
        with pytest.raises(ChartRefused, match=r"Raise resources\.limits\.memory"):
            render(values=values)
        return
    objects = render(values=values)
    container = named(objects, "Deployment", "-standard")["spec"]["template"]["spec"]["containers"][0]
    seen = environment(objects, container)
    assert seen["READFLEET_CONCURRENCY"] == str(children)
    assert seen["READFLEET_THREADS"] == str(threads)


@pytest.mark.parametrize(
    ("cpu", "memory", "container", "child"),
    [
        # One outlier has room while the others have their share.
        ("2", "4Gi", 4096, 2640),
        ("8", "12Gi", 12288, 3632),
        ("8", "4Gi", 4096, 1440),
        ("1", "1600M", 1525, 1269),
        ("1", "1456Mi", 1456, 1200),
        ("1", "1Ti", 2**20, 4096),
    ],
)
def test_a_page_that_takes_too_much_fails_before_its_worker_does(
    cpu: str, memory: str, container: int, child: int
) -> None:
    objects = render(values=resources(cpu, memory))
    worker = named(objects, "Deployment", "-standard")["spec"]["template"]["spec"]["containers"][0]
    seen = environment(objects, worker)
    assert seen["READFLEET_CHILD_MEMORY_BYTES"] == str(child * 2**20)
    parent, others = 256, (int(seen["READFLEET_CONCURRENCY"]) - 1) * 1200
    assert child + parent + others <= container


@pytest.mark.parametrize(("memory", "mebibytes"), [("1Gi", 704), ("2G", 1587), ("600Mi", 512), ("16Gi", 4096)])
def test_a_searchable_pdf_that_takes_too_much_fails_before_its_watcher_does(memory: str, mebibytes: int) -> None:
    objects = render(values={**DROP, "drop.resources.limits.memory": memory})
    container = named(objects, "Deployment", "-drop")["spec"]["template"]["spec"]["containers"][0]
    most = environment(objects, container)["READFLEET_CHILD_MEMORY_BYTES"]
    assert most == str(mebibytes * 2**20)
    assert Settings(child_memory_bytes=int(most))


def test_keda_aims_at_a_worker_for_as_many_pages_as_it_reads_at_once() -> None:
    objects = render(values={**resources("8", "16Gi"), "worker.keda.enabled": True})
    assert named(objects, "ScaledObject")["spec"]["advanced"]["scalingModifiers"]["target"] == "8"


def test_temporary_files_have_room_for_a_document_of_each_child_beside_the_copies() -> None:
    for values, mebibytes in (({}, 1024), (AZURE, 1024 + 2048 + 8 * 500)):
        pod = named(render(values={**resources("8", "16Gi"), **values}), "Deployment", "-standard")["spec"]["template"]
        volume = next(each for each in pod["spec"]["volumes"] if each["name"] == "tmp")
        assert volume["emptyDir"]["sizeLimit"] == f"{mebibytes}Mi"
    assert Settings.model_fields["documents_cache_bytes"].default == 2048 * 2**20
    assert Settings.model_fields["max_file_bytes"].default == 500 * 2**20


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {**resources("2", "8Gi"), "worker.concurrency": 3},
            "need 3 cores, and a worker has 2. Raise resources.limits.cpu",
        ),
        ({**resources("4", "4Gi"), "worker.concurrency": 4}, "need 5056 MiB, and a worker has 4096. Raise resources"),
        ({**resources("2", "4Gi"), "worker.threads": 4}, "needs 4 whole core(s) and a worker has 2. Raise"),
        (resources("500m", "4Gi"), "needs 1 whole core(s) and a worker has 500m. Raise"),
        (
            {"worker.memoryPerChild": "1000Mi"},
            "memoryPerChild (1000Mi) is less than a child may be kept to. Make it 1Gi",
        ),
        (resources("1", "1Gi"), "has 1024 MiB, and one that reads a page at a time needs 1456. Raise"),
        ({"worker.resources.limits.cpu": None, "worker.resources.requests.cpu": None}, "Set resources.limits.cpu"),
        ({"worker.resources.limits.memory": None}, "whole node's memory. Set it"),
        (
            {"worker.resources.limits.cpu": "1"},
            "resources.requests.cpu (2) is above resources.limits.cpu (1). Set both",
        ),
        ({"worker.resources.limits.memory": "2Gi"}, "resources.requests.memory (4Gi) is above"),
        ({"worker.resources.limits.memory": "4000000m"}, "no amount of memory"),
        ({"settings.page_hard_limit_s": 90}, "page_soft_limit_s (90) must be below page_hard_limit_s (90)"),
        ({"worker.pools": [{"name": "a"}, {"name": "a"}]}, "same name"),
        ({"worker.pools": []}, "minItems"),
        ({"worker.pools": [{"name": "a-name-that-is-too-long"}]}, "pattern"),
        ({"worker.pools": [{"name": "a", "queue": "batch"}]}, "'queue' not allowed"),
        ({"worker.pools": [{"name": "a", "queues": ["batch"]}]}, "No pool takes pages from the queue interactive"),
        (
            {"worker.pools": [{"name": "a", "queues": ["interactive"]}, {"name": "b", "replicas": 0}]},
            "No pool takes pages from the queue batch, where some documents would wait for ever. Add batch to",
        ),
        (
            {"worker.pools": [{"name": "a"}, {"name": "b", "languages": ["ja"], "queues": ["batch"]}]},
            "queue interactive-ja, where some documents would wait for ever. Add interactive to worker.pools[].queues "
            "of one that has ja in its languages",
        ),
        (
            {"worker.pools": [{"name": "a", "languages": ["ja"]}]},
            "queue interactive, where some documents would wait for ever. Add interactive to worker.pools[].queues "
            "of one that has other in its languages",
        ),
        ({"worker.languages": ["klingon"]}, "languages"),
        ({"settings.languages": ["ja"]}, "'languages' not allowed"),
        (
            {
                "worker.pools": [{"name": "a"}, {"name": "b", "languages": ["ja"], "keda": {"enabled": True}}],
                "worker.keda.source": "prometheus",
            },
            "Pool b: Prometheus knows of no pages that are read in its languages only",
        ),
        ({"worker.queues": []}, "minItems"),
        ({"worker.queues": ["urgent"]}, "queues"),
        (
            {"worker.keda": {"enabled": True, "source": "prometheus"}},
            "Pool standard: keda.source is prometheus. Say in keda.prometheus.serverAddress where it is",
        ),
        (
            {
                "worker.keda": {
                    "enabled": True,
                    "source": "prometheus",
                    "prometheus": {"serverAddress": "http://prometheus:9090"},
                }
            },
            "metrics that nobody collects. Enable metrics and metrics.serviceMonitor, or say",
        ),
        ({"worker.keda.enabled": True, "worker.keda.minReplicas": 20}, "keda.minReplicas (20) is above"),
        (
            {"worker.cpuFeatures.mode": "required", "worker.affinity": {"nodeAffinity": {}}},
            "would both choose nodes. Set cpuFeatures.mode to none",
        ),
        ({"gateway.autoscaling.enabled": True, "gateway.autoscaling.minReplicas": 11}, "minReplicas (11) is above"),
        (
            {"gateway.autoscaling.enabled": True, "gateway.resources.requests.cpu": None},
            "gateway.resources.requests.cpu says nothing. Set it",
        ),
        ({"gateway.ingress.enabled": True}, "at least one name in gateway.ingress.hosts"),
        ({"gateway.httpRoute.enabled": True}, "in gateway.httpRoute.parentRefs"),
        ({"externalRedis.host": "redis"}, "Set valkey.enabled to false"),
        ({"valkey.enabled": False}, "Set externalRedis.host"),
        ({"valkey.enabled": False, "externalRedis.urlKey": "url"}, "needs externalRedis.existingSecret"),
        (
            {
                "valkey.enabled": False,
                "externalRedis.urlKey": "url",
                "externalRedis.existingSecret": "login",
                "worker.keda.enabled": True,
            },
            "takes no URL. Set externalRedis.host",
        ),
        ({"externalRedis.sentinel.addresses": ["sentinel:26379"]}, "Set valkey.enabled to false"),
        (
            {
                "valkey.enabled": False,
                "externalRedis.host": "redis",
                "externalRedis.sentinel.addresses": ["sentinel:26379"],
            },
            "Leave out externalRedis.host and urlKey",
        ),
        (
            {"valkey.enabled": False, "externalRedis.sentinel.addresses": ["sentinel"]},
            "pattern",
        ),
        (
            {
                "valkey.enabled": False,
                "externalRedis.host": "redis",
                "externalRedis.sentinel.existingSecret": "sentinels",
            },
            "no use without externalRedis.sentinel.addresses",
        ),
        (
            {"valkey.enabled": False, "externalRedis.host": "redis", "externalRedis.tls.caSecret": "authority"},
            "no use without externalRedis.tls.enabled",
        ),
        ({"documents.store": "azureBlob"}, "set documents.azureBlob.existingSecret, or accountUrl"),
        (
            {"documents.store": "azureBlob", "documents.azureBlob.workloadIdentity.enabled": True},
            "needs documents.azureBlob.accountUrl and workloadIdentity.clientId",
        ),
        (
            {
                "documents.store": "azureBlob",
                "documents.azureBlob.existingSecret": "storage",
                "documents.azureBlob.workloadIdentity.enabled": True,
            },
            "both a secret and workload identity. Keep one",
        ),
        (
            {"documents.store": "azureBlob", "documents.azureBlob.existingSecret": "storage", "worker.tmpSize": "2Gi"},
            "tmpSize (2Gi) is too small: temporary files and copies of documents may take 4072 MiB",
        ),
        (
            {"drop.enabled": True, "drop.container": "scans"},
            "no account is configured. Set documents.store to azureBlob",
        ),
        ({**AZURE, "drop.enabled": True}, "needs the blob container that is to be watched in drop.container"),
        ({**DROP, "drop.container": "readfleet-documents"}, "is the container of uploads"),
        ({**DROP, "drop.resultsContainer": "readfleet-documents"}, "Choose others for drop.container and drop.results"),
        ({**DROP, "drop.queueAccount.existingSecret": "queues"}, "no use without drop.queue or drop.noticesQueue"),
        ({**DROP, "drop.webhooks.hosts": ["example.com"]}, "Webhooks are signed: put whsec_"),
        ({**DROP, "drop.tmpSize": "1Gi"}, "The drop: tmpSize (1Gi) is too small"),
        (
            {**DROP, "drop.extraEnv": [{"name": "READFLEET_DROP_PREFIX", "value": "in/"}]},
            "The drop would get the variable READFLEET_DROP_PREFIX twice",
        ),
        ({**DROP, "drop.replicas": 0}, "replicas"),
        ({**DROP, "drop.container": "No_Container"}, "container"),
        ({"settings.drop_container": "scans"}, "'drop_container' not allowed"),
        ({"extraEnv": [{"name": "READFLEET_REDIS_URL", "value": "redis://other"}]}, "READFLEET_REDIS_URL twice"),
        (
            {"worker.extraEnv": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
            "The worker of pool standard would get the variable A twice",
        ),
        (
            {"worker.pools": [{"name": "a", "extraEnv": [{"name": "READFLEET_MODE", "value": "fast"}]}]},
            "The worker of pool a would get the variable READFLEET_MODE twice",
        ),
        (
            {"commonLabels": {"app.kubernetes.io/part-of": "documents"}},
            "The label app.kubernetes.io/part-of is the chart's own. Leave it out of commonLabels",
        ),
        (
            {"worker.pools": [{"name": "a", "podLabels": {"readfleet/pool": "b"}}]},
            "The label readfleet/pool is the chart's own",
        ),
        ({"settings.page_windoww": 5}, "'page_windoww' not allowed"),
        ({"settings.redis_url": "redis://user:secret@host"}, "'redis_url' not allowed"),
        ({"settings.azure_storage_connection_string": "AccountKey=…"}, "not allowed"),
        ({"settings.max_pages": 0}, "max_pages"),
        ({"settings.log_format": "xml"}, "log_format"),
        ({"gateway.replica": 3}, "'replica' not allowed"),
        ({"worker.mode": "slow"}, "mode"),
        ({"worker.cpuFeatures.mode": False}, "mode"),
        ({"images.worker.digest": "latest"}, "digest"),
        ({"valkey.resources.limits.memory": None}, "memory"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_refused_with_what_to_do(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ChartRefused) as refused:
        render(values=values)
    assert sentence in str(refused.value)
