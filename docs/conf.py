"""How Sphinx makes a site of these pages: make docs. Nothing in it is fetched from anywhere.

The pages stay what they are on any viewer of Markdown. The tree at the left is not written twice:
it is made of the lists of links in index.md and tutorial/index.md.
"""

import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "convfilter"
html_title = "convfilter"
copyright = "the authors of convfilter"  # noqa: A001 - the name that Sphinx reads
extensions = ["myst_parser"]
exclude_patterns = ["generator"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # they are fetched, which a browser forbids among files
html_permalinks_icon = "#"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
COLOURS = {
    "color-sidebar-link-text": "var(--color-foreground-primary)",
    "color-sidebar-link-text--top-level": "var(--color-foreground-primary)",
}
html_theme_options = {
    "light_css_variables": COLOURS
    | {"color-brand-primary": "#b84a00", "color-brand-content": "#0067a3"},
    "dark_css_variables": COLOURS
    | {"color-brand-primary": "#ff9a5c", "color-brand-content": "#6cc0f5"},
}

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINK = re.compile(r"^(?:-|\d+\.) \[([^\]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)


def with_tree(_app: Sphinx, name: str, source: list[str]) -> None:
    """Behind a page of lists, what Sphinx wants to know of them."""
    if Path(name).name != "index":
        return
    _, *sections = HEADING.split(source[0])
    for heading, text in zip(sections[::2], sections[1::2], strict=True):
        entries = "\n".join(f"{title} <{page}>" for title, page in LINK.findall(text))
        if entries:
            options = f":hidden:\n:caption: {heading}"
            source[0] += f"\n```{{toctree}}\n{options}\n\n{entries}\n```\n"


def setup(app: Sphinx) -> None:
    """The two things that need a hook."""
    app.connect("source-read", with_tree)
    app.add_lexer("crontab", TextLexer)
