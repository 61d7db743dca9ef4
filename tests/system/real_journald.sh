#!/bin/bash
# real_journald.sh - what a real journald keeps, rotates and throws away is
# counted once
#
# journald runs in name spaces of its own, with /run and /var/log in memory,
# beside the daemon; journald/scenario.py logs, rotates, kills and compares.
set -u

here=$(dirname "$(readlink -f "$0")")
journald=/lib/systemd/systemd-journald

skip() {
	echo "$*"
	exit 77
}

if [ $# -eq 0 ]; then
	[ -x "$MAILWEIR" ] || skip "$MAILWEIR is not built"
	[ -x "$journald" ] || skip "there is no $journald"
	for command in unshare python3 journalctl; do
		command -v "$command" >/dev/null ||
		    skip "there is no $command (make deps)"
	done
	[ "$(id -u)" = 0 ] || skip "only root can run a journald beside another"
	unshare -m -p --fork --mount-proc true ||
	    skip "name spaces cannot be had here"
	exec timeout -k 5 90 unshare -m -p --fork --kill-child \
	    --mount-proc -- "$here/real_journald.sh" inside
fi

mount -t tmpfs -o mode=755 tmpfs /run &&
    mount -t tmpfs -o mode=755 tmpfs /var/log ||
    skip "no file system can be mounted here"
mkdir -p /run/systemd/journal /run/log /run/mailweir /var/log/journal
mkdir /run/journald.conf.d
# Its own configuration alone; a journal of its own machine.
tr -d - </proc/sys/kernel/random/uuid >/run/machine-id
mount --bind /run/machine-id /etc/machine-id ||
    skip "/etc/machine-id cannot be covered"
printf '[Journal]\nRateLimitBurst=0\nForwardToSyslog=no\n' >/run/journald.conf
[ ! -e /etc/systemd/journald.conf ] ||
    mount --bind /run/journald.conf /etc/systemd/journald.conf
"$journald" >/run/journald.out 2>&1 &
exec python3 "$here/journald/scenario.py" "$MAILWEIR"
