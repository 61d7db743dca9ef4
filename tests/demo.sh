#!/bin/bash
# demo.sh - what "make run" does: the daemon on this host's logs, or a sample
#
# The sample is a month of made-up traffic in rotated files, as logrotate
# leaves them, and goes on live.  RUN_ONCE=N stops as soon as the dashboard
# answers with more than N messages of a month; a test uses that.
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

# configure SOURCE...: the daemon's configuration, with these lines in it
configure() {
	echo "data = \"$run/data\""
	[ -z "$scratch" ] || echo 'user = "nobody"'
	printf '%s\n' "$@"
	echo 'mail { to = {}  daily = "" }'
} >"$run/mailweir.conf"

# Is a line among its last ones that the program knows?  Binary files are none.
tells_of_mail() {
	tail -n 500 "$1" | "$O/mailweir" replay --json - 2>/dev/null |
	    grep -qE '"recognised": [1-9]'
}

# Where the daemon finds logs by itself, and one of them tells of mail.
has_logs() {
	local log found=1
	configure
	"$O/mailweir" check -c "$run/mailweir.conf" >"$run/found" 2>/dev/null
	while read -r log; do
		if [ ! -r "$log" ]; then
			echo "$log: not readable for $(id -un);" \
			    "\"sudo make run\" would show it" >&2
		elif tells_of_mail "$log"; then
			found=0
		fi
	done < <(sed -n 's/^  \(\/[^:]*\): found, counts.*/\1/p' "$run/found")
	# Where no syslog daemon writes a log, as on a plain Debian 12.
	if grep -q '^  journal: .*; counts: ' "$run/found"; then
		found=0
	elif grep -qE '^  journal: .*, [1-9][0-9]* of .* not readable' "$run/found"
	then
		echo "the journal: not readable for $(id -un);" \
		    "\"sudo make run\" would show it" >&2
	fi
	return $found
}

make_sample() {
	local rotated
	echo "No mail log here: making a month of sample traffic."
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
if [ -n "${RUN_ONCE:-}" ] || port_is_taken; then
	listen=${listen%:*}:0
fi
web="web { listen = \"$listen\" }"
if has_logs; then
	configure "$web"
else
	make_sample
	note='This is sample traffic, made up by a generator.'
	configure "$web" "note = \"$note\"" \
	    'networks = {"192.0.2.0/24"}' \
	    'domains = {"example.org", "example.net"}' \
	    "source \"maillog\" { path = \"$run/mail.log\" }"
	echo "$note"
fi

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
		if [ "${received##*:}" -gt "$RUN_ONCE" ] 2>/dev/null; then
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
fail "the dashboard did not show more than $RUN_ONCE messages"
