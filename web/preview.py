"""What a network shows of a link to the page: the document's title, and nothing of Gradio's."""

import html
import re

# Gradio's template says «Gradio», and shows a picture from its own site.
_GRADIOS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


def preview(title: str, description: str) -> str:
    """The Open Graph tags (https://ogp.me) of the page, and its description for search engines."""
    named = {"og:type": "website", "og:title": title, "og:description": description}
    tags = [f'<meta property="{n}" content="{html.escape(value)}">' for n, value in named.items()]
    return "".join([f'<meta name="description" content="{html.escape(description)}">', *tags])


def with_preview(page: bytes, tags: str) -> bytes:
    """The page with these tags in its head in place of Gradio's."""
    return _GRADIOS.sub(b"", page).replace(b"<head>", b"<head>" + tags.encode(), 1)
