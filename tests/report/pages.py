"""The page of each kind of run, rendered once for all tests."""

from __future__ import annotations

from functools import cache

from stresstune.report.page import render_page
from tests.report import dossiers


@cache
def page_of(kind: str) -> str:
    return render_page(dossiers.ALL[kind]())
