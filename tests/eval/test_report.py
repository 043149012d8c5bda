"""The report in a real browser: it filters, fits a phone, runs nothing of what was asked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eval.__main__ import main
from tests.app.browser import browser
from tests.eval.conftest import QUESTIONS, FakeEngine, question, write_lines


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(engine: FakeEngine, tmp_path: Path, chromium: Browser) -> Iterator[Page]:
    values = [question(one) for one in QUESTIONS]
    values[0]["id"] = '"><img src=x onerror="document.title=1">'
    values[1]["question"] += " " + "長" * 300
    file = write_lines(tmp_path / "questions.jsonl", values)
    arguments = ["--questions", str(file), "--split", "all", "--out", str(tmp_path)]
    assert main(["run", *arguments]) == 0
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    requests: list[str] = []
    troubles: list[str] = []
    opened.goto((tmp_path / "report.html").as_uri())
    yield opened
    assert troubles == []
    assert requests == [(tmp_path / "report.html").as_uri()]
    context.close()


def shown(page: Page) -> list[str]:
    return [text.split()[0] for text in page.locator("details.q:visible").all_inner_texts()]


def test_the_wrong_come_first_and_it_filters(page: Page) -> None:
    assert shown(page) == ["wrong"] * 3 + ["right"] * 3
    page.select_option("[name=cause]", "answered without grounds")
    assert shown(page) == ["wrong"]
    assert page.inner_text("#count") == "1 of 6 questions"
    page.select_option("[name=cause]", "")
    page.select_option("[name=language]", "zh-Hant")
    assert shown(page) == ["wrong", "right"]
    page.select_option("[name=language]", "")
    page.fill("[name=words]", "310萬 USERS 長")
    assert page.inner_text("#count") == "1 of 6 questions"
    page.locator("details.q:visible > summary").click()
    assert page.locator("details.q:visible mark").inner_text() == "310萬"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_is_readable(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for summary in page.locator("details.q > summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.title().startswith("Evaluation")
    back, ink, bar = (
        sum(json.loads(page.evaluate(f"JSON.stringify(({script}).match(/\\d+/g).map(Number))"))[:3])
        for script in (
            "getComputedStyle(document.body).backgroundColor",
            "getComputedStyle(document.body).color",
            "getComputedStyle(document.querySelector('svg text, svg use')).fill",
        )
    )
    assert (ink < back) == (bar < back) == (scheme == "light")
    assert abs(ink - back) > 300 < abs(bar - back)
