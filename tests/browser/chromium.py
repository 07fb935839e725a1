"""A Chromium without a network: it reaches this machine and nothing else."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A headless Chromium; `profile` is the folder for all that it keeps."""
    subprocess.run(["sh", str(ROOT / "scripts" / "check_test_system.sh")], check=True)
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "window-size=1200,2400",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    # With the driver named, nothing looks for one to download.
    browser = Chrome(options, ChromeService(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


class Traffic:
    """What a browser has sent and got; what its own pages load is left out."""

    def __init__(self, browser: Chrome) -> None:
        self._browser = browser
        self._urls: dict[str, str] = {}
        #: The status of every answer, by its URL.
        self.statuses: dict[str, int] = {}
        #: What got no answer, and why.
        self.failures: dict[str, str] = {}

    def update(self) -> None:
        """Takes in what has happened since the last time."""
        for entry in self._browser.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            self._take(message["method"], message["params"])

    def complaints(self) -> list[str]:
        """What the console has shown: errors of scripts, and what the content security policy stopped."""
        return [entry["message"] for entry in self._browser.get_log("browser")]  # type: ignore[no-untyped-call]

    def _take(self, method: str, event: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent" if event["request"]["url"].startswith("http"):
                self._urls[event["requestId"]] = event["request"]["url"]
            case "Network.responseReceived" if event["requestId"] in self._urls:
                self.statuses[self._urls[event["requestId"]]] = event["response"]["status"]
            case "Network.loadingFailed" if event["requestId"] in self._urls:
                self.failures[self._urls[event["requestId"]]] = event["errorText"]
