#!/bin/bash
# Prints what is free.
set -eu
LIMIT=10
readonly NAME="disk"

# Warns below the limit.
warn_below() {
  local free=$1
  if [ "$free" -lt "$LIMIT" ]; then
    echo "$NAME: only $free left" >&2
  fi
}

function main {
  for dir in / /tmp; do
    warn_below "$(df --output=avail "$dir" | tail -n 1)"
  done
}

source ./common.sh
main "$@"
