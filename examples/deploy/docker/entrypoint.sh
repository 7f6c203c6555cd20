#!/bin/sh
# Puts the config that came with the image into the volume, the first time; then measures and
# starts. `docker run --memory 2g --env GEMINI_API_KEY --volume workshop:/data IMAGE`
set -eu

if [ ! -e "$STRESSTUNE_CONFIG" ]; then
    cp workshop.toml "$STRESSTUNE_CONFIG"
fi
exec ./start.sh "$@"
