"""A Flask app that asks at its start whether its limits still fit the machine.

    python examples/startup_check_flask.py        # and look at http://127.0.0.1:8000/healthz

`STRESSTUNE_CONFIG` names the config (workshop.toml), `PORT` the port. Under gunicorn, the same:
``gunicorn 'startup_check_flask:create_app()'``.
"""

import os

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

import stresstune


def create_app(config: str = os.environ.get("STRESSTUNE_CONFIG", "workshop.toml")) -> Flask:
    """Return the app, with limits that are known to fit or a warning in its log."""
    app = Flask(__name__)
    # A workshop that starts with half of its seats is better than one that does not start.
    settings = stresstune.load_settings(config, on_error="safe")
    findings = list(settings.problems)
    if not findings:
        findings += stresstune.check(config).findings
    for finding in findings:
        app.logger.warning("stresstune: %s", finding)

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(
            max_concurrent_sessions=settings.max_concurrent_sessions,
            slow_mode=settings.slow_mode_default,
            findings=findings,
        )

    return app


if __name__ == "__main__":
    create_app().run(port=int(os.environ.get("PORT", "8000")))
