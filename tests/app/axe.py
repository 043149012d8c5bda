"""axe in the states that a visitor meets; ``python -m tests.app.axe`` writes docs/accessibility.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import PHONE, WIDE, ask

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES = ("light", "dark")
REPORT = Path(__file__).resolve().parents[2] / "docs" / "accessibility.md"


def _answered(page: Page) -> None:
    ask(page, "創科產業引導基金有多少錢？")
    page.locator("[data-tool=helpful]").click()
    expect(page.get_by_label("想补充一句吗？")).to_be_visible()
    page.locator("[data-tool=script]").click()


def _refused(page: Page) -> None:
    ask(page, "今天天氣如何？")


def _article(page: Page) -> None:
    ask(page, "創科產業引導基金有多少錢？")
    page.locator("button.citation").first.click()
    expect(page.locator(".article-body mark")).to_be_visible()


STATES: dict[str, tuple[dict[str, int], str, Callable[[Page], object]]] = {
    "empty": (WIDE, "zh-CN", lambda page: None),
    "answered": (WIDE, "zh-CN", _answered),
    "refused": (WIDE, "zh-CN", _refused),
    "article": (WIDE, "zh-CN", _article),
    "drawer": (PHONE, "zh-CN", _article),
    "english": (WIDE, "en-GB", lambda page: ask(page, "創科產業引導基金有多少錢？")),
}
"""Window, browser's language, and how the state is reached."""


def examine(page: Page) -> dict[str, list[dict[str, Any]]]:
    """axe's findings: the rules under ``passes``, ``violations`` and ``incomplete`` (what axe leaves
    to a person)."""
    page.wait_for_timeout(300)  # colours in transition are not what is read
    response: dict[str, list[dict[str, Any]]] = Axe().run(page, options={"runOnly": RULES}).response
    return response


def main() -> None:
    lines = [
        "# Accessibility", "",
        "What axe finds in the page's states: `python -m tests.app.axe` writes this table, and",
        "`tests/app/test_access.py` fails where there is a violation. That test also goes through the",
        "page with the keyboard alone, 320 pixels wide and at 200%.", "",
        f"Rules: {', '.join(RULES)}.", "",
        "«By hand» are those that axe leaves to a person: texts of the article that are scrolled out",
        "of its panel, in the colours of those in view, and the sign ✕.", "",
        "| state | theme | rules passed | violations | by hand |", "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    with chromium.served(Pipeline.open()) as url, chromium.browser() as visitor:
        for state, (size, locale, reach) in STATES.items():
            for scheme in SCHEMES:
                page = chromium.visit(
                    visitor, url, viewport=size, color_scheme=scheme, locale=locale,
                    reduced_motion="reduce",
                )  # fmt: skip
                reach(page)
                found = examine(page)
                page.context.close()
                left = ", ".join(rule["id"] for rule in found["incomplete"]) or "–"
                passed, broken = len(found["passes"]), len(found["violations"])
                lines.append(f"| {state} | {scheme} | {passed} | {broken} | {left} |")
    REPORT.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
