"""A small API server of Kubernetes for Helm: it keeps objects, validates them strictly, and says that all is well.

No scheduler and no controller stands behind it, so nothing runs: workloads count as ready once they are there.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.chart.cluster import KINDS, Cluster, Refusal, selected
from tests.chart.discovery import discovery
from tests.chart.helm import NAMESPACE, Object
from tests.chart.merging import merged
from tests.chart.protobuf import decode_object


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cluster: Cluster

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _answer(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = discovery(url.path) or self._about_objects(url.path, query, body)
        except Refusal as refusal:
            answer = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": refusal.status}
            self._send(answer | {"reason": refusal.reason, "message": refusal.message}, refusal.status)
        else:
            if answer is not None:
                self._send(answer, 201 if self.command == "POST" else 200)

    def _about_objects(self, path: str, query: dict[str, str], body: bytes) -> Object | None:
        if log := re.fullmatch(r"/api/v1/namespaces/[^/]+/pods/(?P<name>[^/]+)/log", path):
            self.cluster.get(("v1", "pods", log["name"]))
            return {"says": log["name"]}
        match = re.fullmatch(r"/apis?/(?P<version>.+?)/namespaces/[^/]+/(?P<plural>[^/]+)(/(?P<name>[^/]+))?", path)
        kind = KINDS.get(match["version"], {}).get(match["plural"]) if match else None
        if not match or not kind:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        version, plural, name = match["version"], match["plural"], match["name"]
        if self.command == "GET":
            if name:
                return self.cluster.get((version, plural, name))
            if query.get("watch") in ("1", "true"):
                self._watch(version, plural, kind, query)
                return None
            found = self.cluster.find(version, plural, query)
            metadata = {"resourceVersion": self.cluster.now}
            return {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": found}
        if self.command == "DELETE":
            self.cluster.delete((version, plural, name))
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        sent = self._sent(body, kind, version)
        content_type = self.headers["Content-Type"]
        if self.command == "PATCH" and "apply-patch" not in content_type:
            strategic = "strategic-merge-patch" in content_type
            if not (strategic or "application/merge-patch" in content_type):
                raise Refusal(415, "UnsupportedMediaType", f"patches of the kind {content_type} are not understood")
            sent = merged(self.cluster.get((version, plural, name)), sent, strategic=strategic)
        key = (version, plural, sent["metadata"]["name"])
        return self.cluster.put(key, sent, create=self.command == "POST", keep=query.get("dryRun") != "All")

    def _sent(self, body: bytes, kind: str, version: str) -> Object:
        if "protobuf" in self.headers["Content-Type"]:
            return decode_object(body, kind)
        sent: Object = yaml.safe_load(body)
        return {"kind": kind, "apiVersion": version, **sent}

    def _watch(self, version: str, plural: str, kind: str, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        since = int(query.get("resourceVersion") or 0)
        try:
            if not since:
                since = int(self.cluster.now)
                for each in self.cluster.find(version, plural, query):
                    self._event("ADDED", each)
            if query.get("sendInitialEvents") == "true":
                metadata = {"resourceVersion": self.cluster.now, "annotations": {"k8s.io/initial-events-end": "true"}}
                self._event("BOOKMARK", {"kind": kind, "apiVersion": version, "metadata": metadata})
            for news in self.cluster.watch(version, plural, since):
                if news and selected(news[1], query):
                    self._event(*news)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _event(self, what: str, about: Object) -> None:
        self.wfile.write(json.dumps({"type": what, "object": about}).encode() + b"\n")
        self.wfile.flush()

    def _send(self, answer: Object, status: int) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class ApiServer:
    """The server on a free port. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster()
        handler = type("Handler", (_Handler,), {"cluster": self.cluster})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "clusters": [
                        {"name": "here", "cluster": {"server": f"http://127.0.0.1:{self._server.server_port}"}}
                    ],
                    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "", "namespace": NAMESPACE}}],
                }
            )
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
