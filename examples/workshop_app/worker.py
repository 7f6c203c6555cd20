"""One worker process: serves the socket that it was given, and the other workers."""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

import stresstune
from examples.workshop_app.app import create_app
from examples.workshop_app.handover import socket_path
from examples.workshop_app.options import read_options


def main(handle: int) -> int:
    """Serve until SIGTERM."""
    try:
        options = read_options()
        app = create_app(options)
        stresstune.load_settings(options.config)
    except (ValueError, stresstune.ConfigError) as error:
        print(error, file=sys.stderr)
        return 2
    config = uvicorn.Config(
        app,
        log_level=os.environ.get("WORKSHOP_LOG", "info"),
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    public = socket.socket(fileno=handle)
    _end_with_parent()
    among_workers = _listen_for_others(socket_path(options.run_folder, options.worker))
    asyncio.run(uvicorn.Server(config).serve([public, among_workers]))
    return 0


def _end_with_parent() -> None:
    """End as well where whoever started us was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _listen_for_others(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    return listener


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
