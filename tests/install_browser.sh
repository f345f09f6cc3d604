#!/usr/bin/env bash
# Chromium for the browser tests: what is there, else Debian's package; without either the tests are skipped and say so.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if command -v apt-get >/dev/null; then
  run=(); if [ "$(id -u)" != 0 ]; then run=(sudo -n); fi
  if "${run[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq \
      --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
    exit 0
  fi
fi
echo "No chromium here and none could be installed: the browser tests will be skipped."
