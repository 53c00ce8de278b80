#!/bin/sh
# First process of the lab's namespaces: sets the network up, runs the command it is given, and ends with it.
# When it dies, however it dies, the kernel kills everything inside.
set -e

# /proc is still the outer one here: its "self" is our process id as seen from outside, field 22 our start time.
read -r stat < /proc/self/stat
set -f
fields=${stat##*) }
SLUICE_LAB_PID=${stat%% *}
SLUICE_LAB_PID_START=$(echo "$fields" | cut -d ' ' -f 20)
export SLUICE_LAB_PID SLUICE_LAB_PID_START

# Not allowed in some containers; then ps shows the outer processes, nothing else changes.
mount -t proc proc /proc 2>/dev/null || true

ip link set lo up
# Any address of these networks can be bound by any process: pods and services.
ip route add local 10.244.0.0/16 dev lo
ip route add local 10.96.0.0/16 dev lo

"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null || true' TERM INT HUP
set +e
wait $child
code=$?
# A trapped signal ends the wait early; go on until the command itself is gone.
while kill -0 $child 2>/dev/null; do
  wait $child
  code=$?
done
exit $code
