#!/bin/sh
# Measures what this machine holds, if that is not known yet, and then starts the app.
#
#     ./start.sh gunicorn --bind 0.0.0.0:8000 app:app
#
# STRESSTUNE_CONFIG   the TOML file that the app reads (default: workshop.toml)
# STRESSTUNE_APPLY    options for `apply` (default: --if-needed)
# STRESSTUNE_FAIL_ON  a gate: `critical` does not start the app with values that are bolder than
#                     what is safe here, `concerning` only with values that were measured here
# STRESSTUNE=off      starts the app with the values as they are
#
# Without a gate the app is started in any case. Where nothing can be measured (no key, no network),
# it starts with half of the wanted sessions, or with fewer, if the file says so.
set -u

child=
end() {
    # Passed on, so that a probe does not outlive a container that is being stopped.
    if [ -n "$child" ]; then
        kill -TERM "$child" 2>/dev/null
        wait "$child"
    fi
    exit 143
}
trap end TERM INT

stresstune() {
    python -m stresstune "$@" </dev/null &
    child=$!
    wait "$child"
    code=$?
    child=
    return "$code"
}

measure() {
    # Read as a shell reads them, so that quotes keep the command of --app together.
    eval "set -- ${STRESSTUNE_APPLY---if-needed}"
    stresstune apply --quiet "$@"
}

if ! measure; then
    echo "start.sh: nothing could be measured; starting with half of the sessions" >&2
    stresstune apply --quiet --fallback ||
        echo "start.sh: nothing could be written either; starting with the values as they are" >&2
fi

if [ -n "${STRESSTUNE_FAIL_ON-}" ]; then
    stresstune check --fail-on "$STRESSTUNE_FAIL_ON" || exit "$?"
fi

trap - TERM INT
exec "$@"
