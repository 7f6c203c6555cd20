from __future__ import annotations

import pytest

from stresstune.emulator.http import Request, Route, route


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/models", Route("v1", "", "")),
        ("/v1beta/models/gemini-x", Route("v1beta", "gemini-x", "")),
        ("/v1/models/gemini-x:generateContent", Route("v1", "gemini-x", "generateContent")),
        ("/v1beta/models/", Route("v1beta", "", "")),
    ],
)
def test_paths_of_the_api_are_read(path, where):
    assert route(path) == where


@pytest.mark.parametrize(
    "path", ["/", "/v2/models", "/v1/model", "/v1/models/a/b", "/v1/models/:x"]
)
def test_other_paths_lead_nowhere(path):
    assert route(path) is None


def test_path_and_query_are_decoded():
    request = Request(method="GET", target="/v1/models/a%20b?alt=sse&key=one&key=two%21")
    assert request.path == "/v1/models/a b"
    assert request.query == {"alt": "sse", "key": "two!"}
