"""How the site is built: Sphinx, pages in Markdown (MyST), the theme furo.

``python -m sphinx -W --keep-going docs site`` builds it, without a network.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "stresstune"
author = "The stresstune authors"
copyright = "the stresstune authors, Apache-2.0"  # noqa: A001 - Sphinx calls it so
version = release = installed("stresstune")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "docs.extensions.made_reference",
]
exclude_patterns = ["extensions", "reference/made", "parts"]
nitpicky = False
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]

html_theme = "furo"
html_title = "stresstune"
html_static_path: list[str] = []
html_copy_source = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "code"
smartquotes = False  # a quotation mark in a text is one that is typed
