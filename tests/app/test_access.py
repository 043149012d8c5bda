"""WCAG 2.2 AA: axe in the states that a visitor meets, the keyboard alone, narrow and zoomed."""

import pytest
from playwright.sync_api import Page, expect

from tests.app.axe import SCHEMES, STATES, examine
from tests.app.browser import PHONE, WIDE, ask
from tests.app.conftest import Visit


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violation(visit: Visit, state: str, scheme: str) -> None:
    size, locale, reach = STATES[state]
    page = visit(color_scheme=scheme, viewport=size, locale=locale, reduced_motion="reduce")
    reach(page)
    found = examine(page)
    assert found["passes"]
    assert not [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]]


def test_dark_is_dark(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(n) for n in paper.removeprefix("rgb(").removesuffix(")").split(",")) < 60


def focused(page: Page) -> str:
    return page.evaluate(
        "document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    )


def tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in focused(page):
            # What has the focus is seen to have it, and is not under the box.
            assert page.evaluate(
                """() => {
                  const focused = document.activeElement, style = getComputedStyle(focused);
                  const { left, top, width, height } = focused.getBoundingClientRect();
                  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
                  return parseFloat(style.outlineWidth) >= 2 && focused.contains(seen);
                }"""
            ), f"{name} has the focus and does not show it"
            return
    raise AssertionError(f"{name} cannot be reached with the tabulator")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_everything_by_keyboard(visit: Visit, size: dict[str, int]) -> None:
    page = visit(viewport=size)
    tab_to(page, "简体")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("button", name="这篇文章的大意")).to_be_visible()
    tab_to(page, "这篇文章的大意")
    tab_to(page, "question")
    page.keyboard.insert_text("創科產業引導基金有多少錢？")
    page.keyboard.press("Enter")
    expect(page.locator(".exact.original")).to_be_visible()
    # The focus stays in the box for the next question; the answer is before it.
    assert focused(page) == "question"
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if "第6項" in focused(page):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".article-body mark")).to_be_focused()
    if size is PHONE:
        for _ in range(5):  # the focus does not leave the drawer
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('#drawer')"
            )
    page.keyboard.press("Escape")
    assert "第6項" in focused(page)
    tab_to(page, "复制")
    tab_to(page, "清除对话")
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(0)


# 200% zoom halves the CSS pixels of a window of 1280 by 860; 320 is WCAG's reflow width.
@pytest.mark.parametrize("size", [(640, 430), (320, 640), (320, 256)])
def test_nothing_is_lost_when_narrow_or_zoomed(visit: Visit, size: tuple[int, int]) -> None:
    page = visit(viewport={"width": size[0], "height": size[1]}, locale="en-GB")
    ask(page, "創科產業引導基金有多少錢？")
    ask(page, "今天天氣如何？")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".qa button, .qa p, .qa h1, .qa h2, .qa blockquote")]
          .filter((e) => e.checkVisibility() && !e.closest(".unseen, dialog:not([open])"))
          .filter((e) => { const r = e.getBoundingClientRect();
            return r.width > 1 && (r.left < -1 || r.right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 2); })
          .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert not cut
    page.locator("button.citation").first.click()
    expect(page.locator("#drawer mark")).to_be_in_viewport()
    page.locator("#close-article").click()
    expect(page.locator("#drawer")).to_be_hidden()
    page.locator("#clear").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_text_spacing_loses_nothing(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    ask(page, "創科產業引導基金有多少錢？")
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_pressed_is_large_enough(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    ask(page, "創科產業引導基金有多少錢？")
    small = page.evaluate(
        """() => [...document.querySelectorAll(".qa button")].filter((e) => e.checkVisibility())
          .filter((e) => { const r = e.getBoundingClientRect(); return r.width && (r.width < 24 || r.height < 24); })
          .map((e) => e.outerHTML)"""
    )
    assert not small
