"""Make the README's pictures: ``python -m tests.app.screenshots``."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import PHONE, WIDE, ask

FOLDER = Path(__file__).resolve().parents[2] / "docs"


def first_sight(page: Page) -> None:
    page.locator(".examples button").first.wait_for()


def answered(page: Page) -> None:
    ask(page, "創科產業引導基金有多少錢？")
    ask(page, "咁人工智能資助計劃呢？")


def article(page: Page) -> None:
    answered(page)
    page.locator(".turn").last.locator("button.citation").first.click()


def converted(page: Page) -> None:
    ask(page, "智方便有几多登记用户？")
    page.locator("[data-tool=script]").click()


def refused(page: Page) -> None:
    ask(page, "What will the weather be tomorrow?")


PICTURES: dict[str, tuple[dict[str, int], str, str, Callable[[Page], None]]] = {
    "wide-light": (WIDE, "light", "zh-HK", article),
    "wide-dark": (WIDE, "dark", "zh-HK", article),
    "wide-first": (WIDE, "light", "zh-HK", first_sight),
    "wide-english": (WIDE, "light", "en-GB", refused),
    "phone-first": (PHONE, "light", "zh-HK", first_sight),
    "phone-light": (PHONE, "light", "zh-HK", answered),
    "phone-dark": (PHONE, "dark", "zh-CN", converted),
    "phone-article-light": (PHONE, "light", "zh-HK", article),
    "phone-article-dark": (PHONE, "dark", "zh-HK", article),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium.served(Pipeline.open()) as url, chromium.browser() as visitor:
        for name, (size, scheme, locale, reach) in PICTURES.items():
            page = chromium.visit(
                visitor, url, viewport=size, color_scheme=scheme, locale=locale,
                reduced_motion="reduce", has_touch=size is PHONE, is_mobile=size is PHONE,
            )  # fmt: skip
            reach(page)
            page.wait_for_timeout(700)  # until the scrolling has come to rest
            page.screenshot(path=FOLDER / f"{name}.png")
            page.context.close()


if __name__ == "__main__":
    main()
