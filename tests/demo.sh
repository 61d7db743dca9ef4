#!/bin/bash
# demo.sh - what "make run" does: the daemon on this host's logs, or a sample
#
# The sample is a month of made-up traffic in rotated files, as logrotate
# leaves them, and goes on live.  RUN_ONCE=1 stops as soon as the dashboard
# answers with a month of messages; a test uses that.
set -u

O=${O:-build/plain}
run=$PWD/build/run
listen=${LISTEN:-127.0.0.1:8025}
generator=
daemon=
scratch=

fail() {
	echo "make run: $*" >&2
	exit 1
}

# Both get the Ctrl-C of the terminal too; a second signal does no harm.
stop() {
	trap - EXIT INT TERM
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null
	[ -z "$generator" ] || kill "$generator" 2>/dev/null
	wait 2>/dev/null
	[ -z "$scratch" ] || rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 0' INT TERM

# As root the daemon becomes another user, who cannot see into root's home.
if [ "$(id -u)" = 0 ]; then
	scratch=$(mktemp -d /tmp/mailweir.XXXXXX) || exit 1
	run=$scratch
	chmod 755 "$run"
else
	rm -rf "$run"
fi
mkdir -p "$run/data" || exit 1
[ -z "$scratch" ] || chown nobody "$run/data"

own_log() {
	local log
	for log in /var/log/mail.log /var/log/maillog; do
		[ -s "$log" ] || continue
		if [ ! -r "$log" ]; then
			echo "$log: not readable for $(id -un);" \
			    "\"sudo make run\" would show it" >&2
			continue
		fi
		grep -qm 1 'postfix[^ ]*/' "$log" && echo "$log" && return
	done
	return 1
}

# Where no syslog daemon writes a log, as on a plain Debian 12.
own_journal() {
	command -v journalctl >/dev/null &&
	    journalctl -q --no-pager -n 20 SYSLOG_FACILITY=2 2>/dev/null |
	    grep -q 'postfix[^ ]*/'
}

make_sample() {
	local rotated
	echo "No mail log of Postfix here: making a month of sample traffic."
	mkfifo "$run/ready" || exit 1
	"$O/tests/generate/generate" --weekly --live --rate 6000 -o "$run/mail.log" \
	    --truth "$run/truth.json" >"$run/ready" &
	generator=$!
	read -r _ <"$run/ready" || fail "the generator ended"
	for rotated in "$run"/mail.log.*; do
		[ "$rotated" = "$run/mail.log.1" ] || gzip "$rotated"
	done
}

port_is_taken() {
	(exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null
}

[ -x "$O/mailweir" ] || fail "$O/mailweir is not built"
if [ -z "${RUN_ONCE:-}" ] && log=$(own_log); then
	source="type = \"file\"  path = \"$log\""
	note=
elif [ -z "${RUN_ONCE:-}" ] && own_journal; then
	source='type = "journal"'
	note=
else
	make_sample
	source="type = \"file\"  path = \"$run/mail.log\""
	note='This is sample traffic, made up by a generator.'
fi
if [ -n "${RUN_ONCE:-}" ] || port_is_taken; then
	listen=${listen%:*}:0
fi

{
	echo "data = \"$run/data\""
	[ -z "$scratch" ] || echo 'user = "nobody"'
	if [ -n "$note" ]; then
		echo "note = \"$note\""
		echo 'networks = {"192.0.2.0/24"}'
		echo 'domains = {"example.org", "example.net"}'
	fi
	echo "source \"maillog\" { $source }"
	echo "web { listen = \"$listen\" }"
	echo "mail { to = {}  daily = \"\" }"
} >"$run/mailweir.conf"

[ -z "$note" ] || echo "$note"
if [ -z "${RUN_ONCE:-}" ]; then
	echo "Ctrl-C ends it."
	"$O/mailweir" run -c "$run/mailweir.conf" &
	daemon=$!
	wait "$daemon"
	status=$?
	daemon=
	exit $status
fi

# get ADDRESS PATH: what is answered there, header and all
get() {
	exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || return 1
	printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$1" >&3
	cat <&3
	exec 3>&-
}

metrics_are_clean() {
	if ! command -v promtool >/dev/null; then
		echo "promtool is not there: metrics not looked at"
		return 0
	fi
	get "$1" /metrics | sed '1,/^\r*$/d' | promtool check metrics
}

"$O/mailweir" run -c "$run/mailweir.conf" >"$run/out" 2>&1 &
daemon=$!
for _ in $(seq 240); do
	kill -0 "$daemon" 2>/dev/null || break
	address=$(grep -oE -m 1 'http://[0-9.]+:[0-9]+' "$run/out")
	if [ -n "$address" ]; then
		received=$(get "${address#http://}" \
		    '/api/v1/overview?range=30d' 2>/dev/null |
		    tr -d ' \n' | grep -oE \
		    '"metric":"messages.received"[^}]*"value":[0-9]+')
		if [ "${received##*:}" -gt 10000 ] 2>/dev/null; then
			cat "$run/out"
			echo "$address: a month, ${received##*:} messages"
			metrics_are_clean "${address#http://}" ||
			    fail "the metrics are not clean"
			exit 0
		fi
	fi
	sleep 0.25
done
cat "$run/out" >&2
fail "the dashboard showed no month of messages"
