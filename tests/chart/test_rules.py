"""What holds for every pod of every example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from read_operations.settings import Settings
from tests.chart.helm import CHART, EXAMPLES, ChartRefused, Object, containers, named, of_kind, pods, render

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem.removesuffix("-values"))

DROP = CHART / "ci" / "drop-values.yaml"


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a selector of Kubernetes takes something with these labels."""
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def workloads(objects: list[Object]) -> list[Object]:
    return of_kind(objects, "Deployment", "StatefulSet")


@every_example
def test_no_pod_may_do_more_than_it_needs(example: Path) -> None:
    objects = render(example)
    for _, pod in pods(objects):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        # Variables of a service named readfleet would look like settings.
        assert spec["enableServiceLinks"] is False
        assert not any(spec.get(each) for each in ("hostNetwork", "hostPID", "hostIPC"))
        assert spec["nodeSelector"]["kubernetes.io/os"] == "linux"
    for _, container in containers(objects):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_a_cluster_that_chooses_users_itself_is_left_to() -> None:
    values = {
        f"{pod}.{key}": None
        for pod in ("podSecurityContext", "valkey.podSecurityContext")
        for key in ("runAsUser", "runAsGroup", "fsGroup")
    }
    for _, pod in pods(render(values=values)):
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True
        assert {"runAsUser", "runAsGroup", "fsGroup"}.isdisjoint(context)


@every_example
def test_every_container_says_what_it_needs_and_what_it_may_have(example: Path) -> None:
    for _, container in containers(render(example)):
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}


@every_example
def test_no_secret_stands_in_plain_text(example: Path) -> None:
    objects = render(example)
    assert [each["metadata"]["name"] for each in of_kind(objects, "Secret")] in ([], ["rel-readfleet-valkey"])
    for _, container in containers(objects):
        for variable in container.get("env", []):
            if re.search("PASSWORD|SECRET|TOKEN|CONNECTION_STRING|_AUTH$", variable["name"]):
                assert "secretKeyRef" in variable["valueFrom"]
            # A URL holds a password by reference only.
            assert not re.search(r"://[^/]*:(?!\$\()[^/]*@", variable.get("value", ""))
        assert not any("assword" in each for each in container.get("args", []))
    for each in of_kind(objects, "ConfigMap"):
        assert not re.search("assword|AccountKey", str(each.get("data")))


@every_example
def test_every_process_that_stays_is_probed(example: Path) -> None:
    for name, pod in pods([each for each in render(example) if each["kind"] != "Pod"]):
        for container in pod["spec"]["containers"]:
            wanted = {"startupProbe", "livenessProbe"}
            if container["name"] not in ("sweeper", "drop"):  # nobody waits for these two to be ready
                wanted.add("readinessProbe")
            assert {each for each in container if each.endswith("Probe")} == wanted, name


@every_example
def test_nothing_is_restarted_because_redis_is_away(example: Path) -> None:
    probed = [each for _, each in containers(render(example)) if each["name"] in ("worker", "sweeper", "drop")]
    assert len(probed) > 1
    for container in probed:
        for probe in (name for name in container if name.endswith("Probe")):
            assert container[probe].keys() & {"httpGet", "tcpSocket", "grpc"} == set()
            assert "redis" not in str(container[probe]["exec"])


@every_example
def test_what_a_pod_names_is_there(example: Path) -> None:
    objects = render(example)
    there = {(each["kind"], each["metadata"]["name"]) for each in objects}
    values = yaml.safe_load(example.read_text())
    # What the values name is the user's.
    users = set(re.findall(r"\w[\w-]+", str(values)))

    def check(kind: str, name: str) -> None:
        assert (kind, name) in there or name in users, (kind, name)

    for _, pod in pods(objects):
        check("ServiceAccount", pod["spec"]["serviceAccountName"])
        for volume in pod["spec"]["volumes"]:
            for key, kind in (("configMap", "name"), ("secret", "secretName"), ("persistentVolumeClaim", "claimName")):
                if key in volume:
                    check(key[0].upper() + key[1:], volume[key][kind])
    for _, container in containers(objects):
        for source in container.get("envFrom", []):
            for key, reference in source.items():
                check({"configMapRef": "ConfigMap", "secretRef": "Secret"}[key], reference["name"])
        for variable in container.get("env", []):
            if "valueFrom" in variable:
                check("Secret", variable["valueFrom"]["secretKeyRef"]["name"])


@every_example
def test_selectors_find_their_pods_and_no_others(example: Path) -> None:
    objects = render(example)
    for each in workloads(objects):
        found = [name for name, pod in pods(objects) if matches(each["spec"]["selector"], pod["metadata"]["labels"])]
        assert found == [each["metadata"]["name"]]
    for service in of_kind(objects, "Service"):
        if service["metadata"]["name"].endswith("-metrics"):
            continue  # it has pods of several parts: test_metrics.py
        selector = {"matchLabels": service["spec"]["selector"]}
        found = [name for name, pod in pods(objects) if matches(selector, pod["metadata"]["labels"])]
        assert found == [service["metadata"]["name"]]


@every_example
def test_every_part_that_has_replicas_has_a_disruption_budget(example: Path) -> None:
    objects = render(example)
    budgets = of_kind(objects, "PodDisruptionBudget")
    for each in of_kind(objects, "Deployment"):
        labels = each["spec"]["template"]["metadata"]["labels"]
        found = [budget for budget in budgets if matches(budget["spec"]["selector"], labels)]
        assert len(found) == 1
        assert found[0]["spec"]["maxUnavailable"] not in (0, "0%")
    assert len(budgets) == len(of_kind(objects, "Deployment"))


@every_example
def test_replicas_are_left_to_who_scales(example: Path) -> None:
    objects = render(example)
    scaled = {
        each["spec"]["scaleTargetRef"]["name"] for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
    }
    assert scaled <= {each["metadata"]["name"] for each in of_kind(objects, "Deployment")}
    for each in of_kind(objects, "Deployment"):
        assert ("replicas" in each["spec"]) != (each["metadata"]["name"] in scaled)


@every_example
def test_every_pod_has_a_network_policy_for_both_directions(example: Path) -> None:
    objects = render(example)
    policies = of_kind(objects, "NetworkPolicy")
    for name, pod in pods(objects):
        found = [each for each in policies if matches(each["spec"]["podSelector"], pod["metadata"]["labels"])]
        assert len(found) == 1, name
        assert found[0]["spec"]["policyTypes"] == ["Ingress", "Egress"]


@every_example
def test_the_policies_let_through_what_has_to_come_through(example: Path) -> None:
    objects = render(example)
    labels = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod["metadata"]["labels"] for _, pod in pods(objects)
    }
    policies = {
        each["metadata"]["name"].removeprefix("rel-readfleet-"): each for each in of_kind(objects, "NetworkPolicy")
    }

    def leaves(origin: str, port: int, target: str) -> bool:
        return any(
            {"port": port} in rule["ports"]
            and any(
                matches(each.get("podSelector", {"matchLabels": {"no": "pod"}}), labels[target]) for each in rule["to"]
            )
            for rule in policies[origin]["spec"]["egress"]
            if "to" in rule and "ports" in rule
        )

    def enters(target: str, port: int, origin: str) -> bool:
        return any(
            {"port": port} in rule["ports"]
            and (
                "from" not in rule
                or any(matches(each["podSelector"], labels[origin]) for each in rule["from"] if "podSelector" in each)
            )
            for rule in policies[target]["spec"]["ingress"]
        )

    assert leaves("test", 5000, "gateway")
    assert enters("gateway", 5000, "test")
    for origin in labels.keys() - {"test", "valkey"}:
        if "valkey" in labels:
            assert leaves(origin, 6379, "valkey")
            assert enters("valkey", 6379, origin)
        assert {"port": 53, "protocol": "UDP"} in policies[origin]["spec"]["egress"][0]["ports"]
    ports = {
        each["name"] for _, each in containers(objects) if any(p["name"] == "metrics" for p in each.get("ports", []))
    }
    for part in labels.keys() - {"gateway", "valkey"}:
        # Nothing but the metrics, where there are any.
        entrances = policies[part]["spec"]["ingress"]
        assert [rule["ports"] for rule in entrances] == ([[{"port": 9464}]] if part in ports else [])


@every_example
def test_what_is_written_goes_to_a_volume_with_a_limit(example: Path) -> None:
    for name, pod in pods(render(example)):
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        mounted = {each["name"] for container in pod["spec"]["containers"] for each in container["volumeMounts"]}
        claimed = {"data"} if name.endswith("-valkey") and "data" not in volumes else set()
        assert mounted == volumes.keys() | claimed
        for each in volumes.values():
            assert "sizeLimit" in each.get("emptyDir", {"sizeLimit": "none needed"})
        if not name.endswith("-valkey"):
            assert "/tmp" in [each["mountPath"] for each in pod["spec"]["containers"][0]["volumeMounts"]]


def test_nothing_is_watched_unless_it_is_wished() -> None:
    assert not [each for each in render() if each["metadata"]["name"] == "rel-readfleet-drop"]


def test_the_drop_reaches_its_account_and_nobody_reaches_it() -> None:
    policy = named(render(DROP, values={"metrics.enabled": False}), "NetworkPolicy", "-drop")["spec"]
    assert policy["ingress"] == []
    assert sorted({rule["port"] for entry in policy["egress"] for rule in entry.get("ports", [])}) == [
        53,
        80,
        443,
        6379,
    ]
    # Webhooks go to the public internet, and where they were allowed to.
    assert {"to": [{"ipBlock": {"cidr": "10.50.0.0/16"}}]} in policy["egress"]
    without = render(DROP, values={"drop.webhooks.hosts": [], "metrics.enabled": False})
    assert "ipBlock" not in str(named(without, "NetworkPolicy", "-drop"))


def test_a_watcher_that_is_alone_may_be_moved() -> None:
    budgets = of_kind(render(DROP, values={"drop.replicas": 1}), "PodDisruptionBudget")
    assert "rel-readfleet-drop" not in [each["metadata"]["name"] for each in budgets]


def test_a_worker_is_tried_out_first_only_if_it_is_wished() -> None:
    objects = render(values={"worker.pools": [{"name": "a", "check": True}, {"name": "b"}]})
    tried, other = (named(objects, "Deployment", end)["spec"]["template"]["spec"] for end in ("-a", "-b"))
    assert "initContainers" not in other
    (check,), (worker,) = tried["initContainers"], tried["containers"]
    assert check["args"] == ["check"]
    # It is tried with what the worker will have.
    assert (check["image"], check["env"], check["resources"]) == (worker["image"], worker["env"], worker["resources"])


def test_a_pool_may_have_queues_an_image_and_a_strategy_of_its_own() -> None:
    large = {
        "name": "large",
        "queues": ["batch"],
        "image": {"tag": "0.1.0-large", "pullPolicy": "Always"},
        "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
        "check": True,
    }
    objects = render(values={"worker.pools": [{"name": "standard"}, large], "images.worker.registry": "example.com"})
    standard, other = (named(objects, "Deployment", end)["spec"] for end in ("-standard", "-large"))
    assert other["strategy"] == large["strategy"]
    assert "strategy" not in standard
    seen = {}
    for spec, image, pull in (
        (standard, "example.com/readfleet-worker:0.1.0", "IfNotPresent"),
        (other, "example.com/readfleet-worker:0.1.0-large", "Always"),
    ):
        pod = spec["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert (container["image"], container["imagePullPolicy"]) == (image, pull)
        seen[image] = next(each["value"] for each in container["env"] if each["name"] == "READFLEET_QUEUES")
    assert list(seen.values()) == ["interactive,batch", "batch"]
    sweeper = named(objects, "Deployment", "-sweeper")["spec"]["template"]["spec"]["containers"][0]
    assert sweeper["image"] == "example.com/readfleet-worker:0.1.0"


def test_a_tag_of_a_pool_wins_over_the_digest_of_all() -> None:
    values = {
        "images.worker.digest": f"sha256:{'0' * 64}",
        "worker.pools": [{"name": "a"}, {"name": "b", "image": {"tag": "0.2.0"}}],
    }
    objects = render(values=values)
    seen = [
        named(objects, "Deployment", f"-{pool}")["spec"]["template"]["spec"]["containers"][0]["image"] for pool in "ab"
    ]
    assert seen == [f"readfleet-worker@sha256:{'0' * 64}", "readfleet-worker:0.2.0"]


def test_pages_in_a_language_are_left_to_the_pools_that_name_it() -> None:
    def told(objects: list[Object], pool: str) -> dict[str, str]:
        worker = named(objects, "Deployment", f"-{pool}")["spec"]["template"]["spec"]["containers"][0]
        return {each["name"]: each["value"] for each in worker["env"] if "LANGUAGES" in each["name"]}

    pools = [{"name": "a"}, {"name": "b", "languages": ["zh-Hans", "ja"]}, {"name": "c", "languages": ["ja", "other"]}]
    objects = render(values={"worker.pools": pools})
    assert named(objects, "ConfigMap", "-settings")["data"]["READFLEET_LANGUAGE_QUEUES"] == "ja,zh-Hans"
    for pool, languages in (("a", "other"), ("b", "zh-Hans,ja"), ("c", "ja,other")):
        assert told(objects, pool) == {"READFLEET_LANGUAGES": languages}
    # A pool may be told to take no special ones where all others do
    objects = render(
        values={"worker.languages": ["ja"], "worker.pools": [{"name": "a", "languages": []}, {"name": "b"}]}
    )
    assert [told(objects, pool)["READFLEET_LANGUAGES"] for pool in ("a", "b")] == ["other", "ja"]
    # Without any, nobody hears of it
    assert told(render(), "standard") == {}
    assert "READFLEET_LANGUAGE_QUEUES" not in named(render(), "ConfigMap", "-settings")["data"]


def test_a_route_leads_to_the_gateway_and_waits_for_synchronous_calls() -> None:
    objects = render(CHART / "ci" / "full-values.yaml")
    (rule,) = named(objects, "HTTPRoute")["spec"]["rules"]
    (backend,) = rule["backendRefs"]
    service = named(objects, "Service", "-gateway")
    assert (backend["name"], backend["port"]) == (service["metadata"]["name"], service["spec"]["ports"][0]["port"])
    assert float(rule["timeouts"]["request"].removesuffix("s")) > Settings().sync_timeout_s
    without = render(CHART / "ci" / "full-values.yaml", values={"gateway.httpRoute.timeouts": None})
    assert "timeouts" not in named(without, "HTTPRoute")["spec"]["rules"][0]


def test_workers_cannot_change_documents() -> None:
    mounts = {
        name: next(each for each in container["volumeMounts"] if each["name"] == "documents")
        for name, container in containers(of_kind(render(), "Deployment"))
    }
    read_only = {name.removeprefix("rel-readfleet-") for name, mount in mounts.items() if mount.get("readOnly")}
    assert read_only == {"worker-standard"}


@every_example
def test_no_variable_is_given_twice(example: Path) -> None:
    # Server-side apply refuses it.
    for name, container in containers(render(example)):
        names = [each["name"] for each in container.get("env", [])]
        assert len(names) == len(set(names)), name


@every_example
def test_pods_stay_as_they_are_when_only_the_chart_gets_a_new_version(example: Path) -> None:
    for _, pod in pods([each for each in render(example) if each["kind"] != "Pod"]):
        assert "helm.sh/chart" not in pod["metadata"]["labels"]


def images(objects: list[Object]) -> Iterator[str]:
    yield from (container["image"] for _, container in containers(objects))


def test_an_air_gapped_cluster_pulls_from_its_mirror_only() -> None:
    objects = render(next(each for each in EXAMPLES if each.name.startswith("air-gapped")))
    assert all(
        re.fullmatch(r"mirror\.example\.com/readfleet/[a-z/-]+@sha256:[0-9a-f]{64}", each) for each in images(objects)
    )
    assert all(pod["spec"]["imagePullSecrets"] == [{"name": "mirror-login"}] for _, pod in pods(objects))
    # and asks for nothing else outside
    gateway = named(objects, "NetworkPolicy", "-gateway")
    assert "0.0.0.0/0" not in str(gateway["spec"]["egress"])


def test_the_gateway_may_fetch_from_the_public_internet_but_from_no_private_network() -> None:
    egress = named(render(), "NetworkPolicy", "-gateway")["spec"]["egress"]
    blocks = [to["ipBlock"] for rule in egress for to in rule.get("to", []) if "ipBlock" in to]
    assert [each["cidr"] for each in blocks] == ["0.0.0.0/0", "::/0"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(blocks[0]["except"])
    for name in ("-worker", "-sweeper"):
        assert "ipBlock" not in str(named(render(), "NetworkPolicy", name)["spec"]["egress"])


@pytest.mark.parametrize("networks", [["10.1.2.3", "fd00::1"], ["10.0.0.0/8", "fd00::/8"], ["*"]])
def test_networks_are_those_that_the_settings_make_of_them(networks: list[str]) -> None:
    objects = render(
        DROP, values={"settings.url_allowed_networks": networks, "drop.webhooks.allowedNetworks": networks}
    )
    allowed = Settings.model_validate({"url_allowed_networks": ",".join(networks)}).url_allowed_networks
    for part in ("-gateway", "-drop"):
        egress = named(objects, "NetworkPolicy", part)["spec"]["egress"]
        assert {"to": [{"ipBlock": {"cidr": str(each)}} for each in allowed]} in egress


@pytest.mark.parametrize(
    "networks", [["example.com"], ["10.0.0.0/255.0.0.0"], ["10.0.0.0/8,fd00::/8"], ["*", "10.0.0.0/8"]]
)
def test_what_are_no_networks_is_refused(networks: list[str]) -> None:
    for name in ("settings.url_allowed_networks", "settings.trusted_proxies", "drop.webhooks.allowedNetworks"):
        with pytest.raises(ChartRefused, match=r"\^\[0-9A-Fa-f:\.\]\+"):
            render(values={name: networks})


def test_workers_get_the_time_that_their_longest_page_takes() -> None:
    worker = named(render(values={"settings.page_hard_limit_s": 300}), "Deployment", "-standard")
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 330


def test_pods_restart_when_settings_change_and_not_otherwise() -> None:
    def checksum(**values: int) -> str:
        gateway = named(
            render(values={f"settings.{key}": value for key, value in values.items()}), "Deployment", "-gateway"
        )
        annotation: str = gateway["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]
        return annotation

    assert checksum() == checksum()
    assert checksum() != checksum(max_pages=100)


def test_a_pool_may_set_everything_for_itself_even_to_nothing() -> None:
    values = {
        "worker.keda.enabled": True,
        "worker.replicas": 5,
        "worker.nodeSelector": {"size": "large"},
        "worker.pools": [
            {"name": "a"},
            {"name": "b", "keda": {"enabled": False}, "replicas": 0, "nodeSelector": {"size": "small"}, "mode": "fast"},
            {"name": "c", "keda": {"minReplicas": 0}},
        ],
    }
    objects = render(values=values)
    assert named(objects, "ScaledObject", "-a")["spec"]["minReplicaCount"] == 1
    assert named(objects, "ScaledObject", "-c")["spec"]["minReplicaCount"] == 0
    b = named(objects, "Deployment", "-b")["spec"]
    assert b["replicas"] == 0
    assert b["template"]["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux", "size": "small"}
    assert {"name": "READFLEET_MODE", "value": "fast"} in b["template"]["spec"]["containers"][0]["env"]


def test_a_pool_that_sets_a_part_keeps_the_rest() -> None:
    values = {
        "worker.keda": {"enabled": True, "prometheus": {"serverAddress": "http://prometheus:9090"}},
        "worker.pools": [
            {"name": "a", "resources": {"limits": {"memory": "8Gi"}}},
            {"name": "b", "keda": {"source": "prometheus", "prometheus": {"selector": 'job="b"'}}},
        ],
    }
    objects = render(values=values)
    requests = {"cpu": "2", "memory": "4Gi"}
    for pool, memory in (("-a", "8Gi"), ("-b", "4Gi")):
        (worker,) = named(objects, "Deployment", pool)["spec"]["template"]["spec"]["containers"]
        assert worker["resources"] == {"requests": requests, "limits": {"cpu": "2", "memory": memory}}
    (trigger,) = named(objects, "ScaledObject", "-b")["spec"]["triggers"]
    assert trigger["metadata"]["serverAddress"] == "http://prometheus:9090"
    assert 'job="b"' in trigger["metadata"]["query"]


@pytest.mark.parametrize(
    ("mode", "term"),
    [
        ("required", "requiredDuringSchedulingIgnoredDuringExecution"),
        ("preferred", "preferredDuringSchedulingIgnoredDuringExecution"),
    ],
)
def test_nodes_are_chosen_by_the_labels_of_node_feature_discovery(mode: str, term: str) -> None:
    objects = render(values={"worker.cpuFeatures.mode": mode})
    affinity = named(objects, "Deployment", "-standard")["spec"]["template"]["spec"]["affinity"]
    assert list(affinity["nodeAffinity"]) == [term]
    wanted = {"key": "feature.node.kubernetes.io/cpu-cpuid.AVX2", "operator": "In", "values": ["true"]}
    assert str(wanted) in str(affinity)


def test_nodes_are_not_chosen_unless_it_is_wished() -> None:
    assert "affinity" not in named(render(), "Deployment", "-standard")["spec"]["template"]["spec"]


def test_workload_identity_reaches_every_pod_that_handles_documents() -> None:
    objects = render(next(each for each in EXAMPLES if each.name == "azure-values.yaml"))
    account = named(objects, "ServiceAccount")
    assert account["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": "00000000-0000-0000-0000-000000000000",
        "azure.workload.identity/tenant-id": "11111111-1111-1111-1111-111111111111",
    }
    for each in of_kind(objects, "Deployment"):
        pod = each["spec"]["template"]
        assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
        assert pod["spec"]["serviceAccountName"] == account["metadata"]["name"]


def test_valkey_forgets_nothing_and_refuses_before_it_is_killed() -> None:
    objects = render(
        values={
            "valkey.resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"cpu": "1", "memory": "2Gi"}}
        }
    )
    text = named(objects, "ConfigMap", "-valkey")["data"]["valkey.conf"]
    assert {"appendonly yes", "maxmemory 1536mb", "maxmemory-policy noeviction"} <= set(text.splitlines())
    assert named(objects, "StatefulSet")["spec"]["volumeClaimTemplates"]


def test_data_survives_an_uninstallation() -> None:
    assert named(render(), "PersistentVolumeClaim")["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_an_ingress_with_tls_tells_clients_its_own_address() -> None:
    values = {
        "gateway.ingress.enabled": True,
        "gateway.ingress.hosts": ["read.example.com"],
        "gateway.ingress.tls": [{"hosts": ["read.example.com"], "secretName": "tls"}],
    }
    assert (
        named(render(values=values), "ConfigMap", "-settings")["data"]["READFLEET_PUBLIC_URL"]
        == "https://read.example.com"
    )
    named_otherwise = {**values, "settings.public_url": "https://other.example.com/read"}
    data = named(render(values=named_otherwise), "ConfigMap", "-settings")["data"]
    assert data["READFLEET_PUBLIC_URL"] == "https://other.example.com/read"
