from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.bench.child import Answer
from benchmarks.bench.pages import Page, PageSet
from benchmarks.bench.picture import draw
from benchmarks.bench.report import Measured, markdown, table
from benchmarks.bench.runner import Race, Row
from benchmarks.bench.scaling import Scaling
from benchmarks.bench.summary import Summary, alone, summarise
from benchmarks.bench.systems import default_mode
from benchmarks.bench.targets import Verdict, verdicts

LETTERS = PageSet(
    name="letters", pages=(Page(path=Path("a.png"), text="four words of text"), Page(path=Path("b.png"), text="one"))
)
PDFS = PageSet(name="pdfs", pages=(Page(path=Path("a.pdf"), text="layer", number=2),))


def row(
    system: str,
    file: str,
    text: str,
    cpu_s: float,
    *,
    round: int = 0,
    rss_bytes: int = 2**30,
    error: str | None = None,
    **details: object,
) -> Row:
    answer = Answer(text=text, wall_s=2 * cpu_s, cpu_s=cpu_s, rss_bytes=rss_bytes, error=error, details=details)
    name = "pdfs" if file.endswith("pdf") else "letters"
    return Row(system=system, set=name, file=file, page=2 if name == "pdfs" else 1, round=round, answer=answer)


def rows(system: str, cpu_s: float, first: str = "four words of text") -> list[Row]:
    return [row(system, "a.png", first, cpu_s, flop=4 * 10**9, network_s=cpu_s / 2), row(system, "b.png", "one", cpu_s)]


def measured(*given: Row, missing: dict[str, str] | None = None, scaling: Scaling | None = None) -> Measured:
    race = Race(rows=list(given), about={row.system: {"models": {"small": "f32"}} for row in given})
    race.missing |= missing or {}
    return Measured(
        machine={"processor": "Abacus 3", "isa": "avx2", "cores": 2, "memory_gib": 8},
        rates={"numpy": 100.0},
        race=race,
        summaries=summarise(race.rows, [LETTERS, PDFS]),
        scaling=scaling,
        layers=summarise(alone(race.rows), [LETTERS, PDFS]),
    )


def summary(*given: Row) -> Summary:
    (only,) = summarise(given, [LETTERS])
    return only


def test_a_table() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_pages_a_second() -> None:
    both = summary(row("a", "a.png", "", 0.5), row("a", "b.png", "", 1.5))
    assert (both.pages, both.cpu_rate, both.wall_rate) == (2, 1, 0.5)


def test_of_several_rounds_the_median_of_a_page_counts() -> None:
    several = [row("a", "a.png", "four", seconds, round=i) for i, seconds in enumerate((0.1, 9, 0.2))]
    one = summary(*several)
    assert (one.pages, one.cpu_s, one.score.characters) == (1, 0.2, len("four words of text"))


def test_a_page_without_text_is_wrong_and_counted() -> None:
    both = summary(row("a", "a.png", "", 1, error="no"), row("a", "b.png", "one", 1))
    assert (both.failed, both.score.right, both.score.missed) == (1, 1, 4)


def test_the_most_memory_counts() -> None:
    assert summary(row("a", "a.png", "", 1, rss_bytes=7), row("a", "b.png", "", 1, rss_bytes=5)).rss_bytes == 7


def test_the_report_compares_with_the_default() -> None:
    report = markdown(measured(*rows(default_mode(), 1), *rows("rapidocr", 4, "four words of test")))
    assert "Abacus 3 (avx2), 2 cores, 8 GiB" in report
    assert f"| {default_mode()} (default) | 1.00 | 0.50 | 1.00 | 0.0000 | 0.0000 | 1.0000 | 1024 |" in report
    assert "| rapidocr | 0.25 | 0.12 | 0.25 | 0.0476 | 0.2000 | 0.8000 | 1024 |" in report
    # Given: 4 of the 8 GFLOP of both pages within half a second, on a core that does 100 a second
    assert f"| {default_mode()} | letters | 2.0 | 25% | 8 | 8% |" in report


def test_the_report_says_who_is_missing_and_what_failed() -> None:
    report = markdown(
        measured(
            row(default_mode(), "a.png", "", 1, error="no"), *rows("b", 1), missing={"c": "a | reason\nof two lines"}
        )
    )
    assert f"| {default_mode()} (default) (1 failed, 1 of 2 pages) |" in report
    assert "| c | a \\| reason of two lines |" in report


def test_text_layers_are_apart() -> None:
    given = row(default_mode(), "a.pdf", "layer", 0.01, layer_alone=True), *rows(default_mode(), 1)
    assert measured(*given).layer_rate == pytest.approx(100)
    assert "1 pages of pdfs had nothing to read beside their text: 100 pages/s of the processor, F1 1.0000" in markdown(
        measured(*given)
    )
    assert measured(*rows(default_mode(), 1)).layer_rate is None


def judged(*given: Row, layer: float | None = None, scaling: Scaling | None = None) -> dict[str, Verdict]:
    return {each.target: each for each in verdicts(summarise(given, [LETTERS]), layer, scaling)}


@pytest.mark.parametrize(
    ("theirs_s", "theirs", "met"),
    [(3.01, "four words of text", True), (2.99, "four words of text", False), (2.99, "", False)],
)
def test_three_times_the_speed_at_the_same_accuracy(theirs_s: float, theirs: str, met: bool) -> None:
    found = judged(*rows(default_mode(), 1), *rows("rapidocr", theirs_s, theirs))
    (target,) = found
    assert target == f"{default_mode()} against rapidocr, letters: 3 times the pages/s, F1 lower by 0.003 at most"
    assert found[target].met is met
    assert found[target].measured.startswith(f"{theirs_s:.2f} times, F1 +")


def test_fast_but_wrong_is_not_met() -> None:
    (verdict,) = judged(*rows(default_mode(), 0.1, "for wordz"), *rows("rapidocr", 9)).values()
    assert not verdict.met


def test_fewer_errors_than_tesseract_on_letters() -> None:
    found = judged(*rows(default_mode(), 1, "four words of texd"), *rows("tesseract", 1, "four wards af texd"))
    assert [(each.measured, each.met) for each in found.values()] == [
        ("1.00 times, F1 +0.4000", True),
        ("CER -67%", True),
    ]


def test_what_was_not_measured_is_no_target() -> None:
    assert judged(*rows(default_mode(), 1)) == {}


def test_text_layer_and_two_workers() -> None:
    scaling = Scaling(
        system="fast",
        alone_pages=2,
        alone_wall_s=2,
        alone_cpu_s=2,
        together_pages=4,
        together_wall_s=2.5,
        together_cpu_s=4,
    )
    layer, workers = judged(layer=49.9, scaling=scaling).values()
    assert (layer.measured, layer.met) == ("50", False)
    assert (workers.measured, workers.met) == ("2.00 (1.60 by the clock)", True)
    assert "| two / one | 1.60 times | 2.00 times the pages |" in markdown(measured(*rows("fast", 1), scaling=scaling))


def test_the_picture(tmp_path: Path) -> None:
    summaries = measured(*rows("fast", 1), *rows("tesseract", 2)).summaries
    for name in ("one.svg", "two.svg"):
        draw(summaries, frozenset({"fast"}), tmp_path / name)
    root = ET.parse(tmp_path / "one.svg").getroot()
    texts = {text.strip() for text in root.itertext() if text.strip()}
    assert {"fast", "tesseract", "letters", "F1 of words"} <= texts
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
