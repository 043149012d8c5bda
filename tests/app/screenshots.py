"""Make the README's pictures: ``python -m tests.app.screenshots``."""

from pathlib import Path

from playwright.sync_api import expect

from rag.pipeline import Pipeline
from tests.app import browser as chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs"
SIZES = {"wide": (1280, 860), "phone": (390, 844)}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium.served(Pipeline.open()) as url, chromium.browser() as visitor:
        for scheme in ("light", "dark"):
            for name, (width, height) in SIZES.items():
                page = visitor.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page.goto(f"{url}?__theme={scheme}")
                box = page.get_by_role("textbox").first
                for number, question in enumerate(
                    ("智方便有幾多登記用戶？", "創科產業引導基金有多少錢？"), 1
                ):
                    box.fill(question)
                    box.press("Enter")
                    expect(page.locator(".turn")).to_have_count(number)
                    expect(page.locator(".pending")).to_have_count(0)
                if name == "wide":
                    page.locator("button.citation").nth(1).click()
                    page.wait_for_timeout(700)  # the scrolling to the quote is smooth
                page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
                if name == "phone":
                    page.locator("button.citation").last.click()
                    page.wait_for_timeout(700)
                    page.screenshot(path=FOLDER / f"{name}-article-{scheme}.png")
                page.close()


if __name__ == "__main__":
    main()
