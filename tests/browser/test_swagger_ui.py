"""Swagger UI as people use it: in a browser, without a network, on a running service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import text_to_be_present_in_element
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import Traffic, chromium
from tests.builders import LINES, encoded, text_page
from tests.stack import RunningStack

WAIT_S = 60


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with RunningStack(tmp_path_factory.mktemp("browser") / "data") as stack:
        yield stack


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    with chromium(tmp_path / "profile") as browser:
        yield browser


def found(place: Chrome | WebElement, selector: str) -> WebElement:
    browser = place.parent if isinstance(place, WebElement) else place
    return WebDriverWait(browser, WAIT_S).until(lambda _: place.find_element(By.CSS_SELECTOR, selector))


def opened(browser: Chrome, operation: str) -> WebElement:
    """The panel of an operation, unfolded."""
    panel = found(browser, f"#operations-{operation}")
    found(panel, ".opblock-summary-control").click()
    return panel


def executed(panel: WebElement) -> str:
    """Sends the request of a panel; gives the text of the answer."""
    found(panel, "button.execute").click()
    return found(panel, ".live-responses-table .response").text


def test_a_document_is_read_from_the_page(stack: RunningStack, browser: Chrome, tmp_path: Path) -> None:
    # Given a document on the disk of whoever sits in front of the browser
    document = tmp_path / "letter.png"
    document.write_bytes(encoded(text_page().image, "PNG"))
    # When the page is opened from the home page, and the file is chosen and sent
    browser.get(stack.endpoint)
    found(browser, 'a[href="swagger"]').click()
    panel = opened(browser, "Read-analyze")
    found(panel, "input[type=file]").send_keys(str(document))
    answer = executed(panel)
    # Then it is accepted, and the answer shows where its result will be
    assert answer.startswith("202")
    location = f"operation-location: {stack.endpoint}/vision/v3.2/read/analyzeResults/"
    assert location in answer
    # And the call that waits shows the text itself
    panel = opened(browser, "Read-syncAnalyze")
    found(panel, "input[type=file]").send_keys(str(document))
    answer = executed(panel)
    assert answer.startswith("200")
    assert all(line in answer for line in LINES)
    # And nothing was asked of anybody else, nothing failed, nothing was forbidden
    traffic = Traffic(browser)
    traffic.update()
    assert set(traffic.statuses.values()) <= {200, 202, 302}
    assert [url for url in traffic.statuses if not url.startswith(stack.endpoint)] == []
    assert traffic.failures == {}
    assert traffic.complaints() == []


def test_every_document_is_offered_and_can_be_shown(stack: RunningStack, browser: Chrome) -> None:
    browser.get(f"{stack.endpoint}/swagger")
    names = [option.text for option in Select(found(browser, "#select")).options]
    assert names[0] == "Read v3.2"
    assert len(names) > 5
    offered = json.loads(str(found(browser, "#documents").get_attribute("data-documents")))
    assert names == [each["name"] for each in offered]
    for name in names:
        Select(found(browser, "#select")).select_by_visible_text(name)
        WebDriverWait(browser, WAIT_S).until(text_to_be_present_in_element((By.CSS_SELECTOR, ".title"), name))
        assert browser.find_elements(By.CSS_SELECTOR, ".opblock")
        assert browser.find_elements(By.CSS_SELECTOR, ".errors-wrapper") == []
    traffic = Traffic(browser)
    traffic.update()
    assert set(traffic.statuses.values()) <= {200, 302}
    assert traffic.failures == {}
    assert traffic.complaints() == []
