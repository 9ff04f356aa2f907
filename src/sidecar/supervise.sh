#!/bin/sh
# Process 1 of the agent's container: `supervise.sh COMMAND [ARGUMENT]...` runs the agent, and runs it again whenever it ends.
#
# A native sidecar counts for the readiness of its pod, so this never ends while the pod lives, whatever becomes of the agent; and
# what becomes of the agent never holds up the applications. It writes to no file but the runtime's, and says nothing itself: the
# next agent tells how the last one ended. Everything but the agent and its pauses is built into the shell.
#
#   DAVYLAMP_RUN                the directory that the applications see; /run/davylamp
#   DAVYLAMP_RUNTIME            the runtime's files in the image; /app/runtime
#   DAVYLAMP_START_SECONDS      how long the agent may take before applications start without waiting for it; 10

run=${DAVYLAMP_RUN:-/run/davylamp}
runtime=${DAVYLAMP_RUNTIME:-/app/runtime}
agent= sleeping= starting=

umask 022
# An agent that is ended by a full heap must not leave its memory on a disk.
ulimit -c 0

# The pod ends: the agent takes its probes out and follows within 3 s, or is made to.
stop() {
  trap '' TERM INT QUIT HUP
  if [ -n "$agent" ]; then
    kill -TERM "$agent" 2>/dev/null
    command eval '{ sleep 4; kill -KILL "$agent"; } 2>/dev/null &'
    wait "$agent"
  fi
  kill $sleeping $starting 2>/dev/null
  exit 0
}
trap stop TERM INT QUIT HUP

# A failed fork ends a shell; behind `command eval` it is a status like any other.
start() {
  command eval '"$@" & agent=$!'
}

# Sleeps. Where the pod has no process left to give, another program does so in place of this one, and then starts it anew.
pause() {
  command eval 'sleep "$1" & sleeping=$!' && { wait "$sleeping"; return; }
  shift
  command -v perl >/dev/null &&
    exec perl -e '$SIG{$_} = sub { exit 0 } for qw(TERM INT QUIT HUP); sleep 5; exec @ARGV' /bin/sh "$0" "$@"
}

# Seconds since the machine started, in `now`.
read_clock() {
  read -r now _ </proc/uptime
  now=${now%%.*}
}

# Lets the applications start though the agent is not ready: their --require must find a file, of the runtime if there is room,
# which waits for an agent to come, else an empty one.
stand_aside() {
  [ -e "$run/ready" ] && return
  [ -d "$run" ] || return
  mkdir -p "$run/runtime"
  if ! [ -e "$run/runtime/preload.cjs" ]; then
    # The preload last: a process that finds it loads the others by their path.
    for name in worker.cjs engine.cjs early-debugger.cjs preload.cjs; do
      cp "$runtime/$name" "$run/runtime/.$name.supervisor" &&
        mv "$run/runtime/.$name.supervisor" "$run/runtime/$name" && continue
      rm -f "$run/runtime/.$name.supervisor"
      : >"$run/runtime/preload.cjs"
      break
    done
  fi
  [ -e "$run/runtime/preload.cjs" ] && : >"$run/ready"
}

command eval '{ sleep "${DAVYLAMP_START_SECONDS:-10}"; stand_aside; } 2>/dev/null & starting=$!'

# The first times at once, because results wait; an agent that lived for a while begins anew.
failures=0
while :; do
  read_clock
  began=$now
  status=126
  if start "$@"; then
    wait "$agent"
    status=$?
  fi
  agent=
  # In a process of its own: a failed redirection ends a shell too.
  [ -e "$run/ready" ] || command eval '{ stand_aside; } 2>/dev/null & wait $!'
  export DAVYLAMP_LAST_EXIT="$status"
  read_clock
  [ $((now - began)) -ge 10 ] && failures=0
  case $failures in
    0) seconds=0.1 ;;
    1) seconds=0.5 ;;
    2) seconds=2 ;;
    3) seconds=8 ;;
    4) seconds=30 ;;
    *) seconds=60 ;;
  esac
  failures=$((failures + 1))
  pause "$seconds" "$@"
done
