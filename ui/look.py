"""What the page looks like: its icon, colours and fonts, and what stands in the document's head."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import quote

from gradio.themes import Base, Color

_SCRIPTS = ("theme.js", "box.js", "answers.js", "sheet.js", "graph.js", "page.js")

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#1d6b57"/>'
    '<path d="M9 11.5h14l1.3 12H7.7z" fill="none" stroke="#fff" stroke-width="2"'
    ' stroke-linejoin="round"/>'
    '<path d="M12.5 14.5v-4a3.5 3.5 0 0 1 7 0v4" fill="none" stroke="#fff" stroke-width="2"'
    ' stroke-linecap="round"/></svg>'
)


HALF_MOON = (
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">'
    '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor"/></svg>'
)


def document_head(picture_origins: Sequence[str] = ()) -> str:
    """The HTML for the document's head: icon, styles and scripts.

    Args:
        picture_origins: from which pictures of products may be loaded, beside the page's own.
    """
    sources = " ".join(["'self'", "data:", "blob:", *picture_origins])
    scripts = [files("ui").joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    script = "".join(f"<script>{text}</script>" for text in scripts)
    # Not by Gradio's css: that rewrites selectors and breaks those with lists inside.
    style = files("ui").joinpath("style.css").read_text(encoding="utf-8")
    icon = quote(ICON)
    return (
        f'<link rel="icon" type="image/svg+xml" href="data:image/svg+xml,{icon}">'
        f'<meta http-equiv="Content-Security-Policy" content="img-src {sources}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{style}</style>{script}"
    )


def page_theme() -> Base:
    """Gradio's theme in the shop's colours."""
    green = Color(
        c50="#eef7f3", c100="#d7ede3", c200="#b1dbc9", c300="#82c3a8", c400="#4fa585",
        c500="#2c8768", c600="#1d6b57", c700="#185647", c800="#154539", c900="#113930",
        c950="#08211c", name="shop_green",
    )  # fmt: skip
    sand = Color(
        c50="#faf8f4", c100="#f3efe8", c200="#e6e0d6", c300="#d2cabd", c400="#a39b8f",
        c500="#78716a", c600="#5a554f", c700="#3d3a37", c800="#262524", c900="#1b1b1a",
        c950="#121312", name="sand",
    )  # fmt: skip
    # Fonts that every system has: none is fetched.
    font = (
        "system-ui", "-apple-system", "Segoe UI", "Roboto", "PingFang SC", "Hiragino Sans GB",
        "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif",
    )  # fmt: skip
    theme = Base(
        primary_hue=green,
        secondary_hue=green,
        neutral_hue=sand,
        radius_size="lg",
        text_size="md",
        font=font,
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover_dark="*primary_400",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        block_border_width="0px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
    )
