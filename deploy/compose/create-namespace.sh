#!/bin/sh
# One shot: waits for Temporal and creates the namespace of Sluice where it is missing. Safe to repeat.
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, as the temporal CLI itself does, and TEMPORAL_RETENTION.
set -eu

# Runs "$@" until it succeeds, 30 times at most, 2 s apart.
retry() {
  left=30
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -eq 0 ]; then
      echo "Gave up on: $*" >&2
      "$@"
      return 1
    fi
    sleep 2
  done
}

retry temporal operator cluster health --command-timeout 5s
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi
# A new namespace is known to every part of the server only after some seconds.
retry temporal workflow list --limit 1 --command-timeout 5s
echo "Namespace $TEMPORAL_NAMESPACE is there."
