#!/bin/bash
# make_run.sh - "make run" shows the logs that a host has, whichever mail
# system wrote them; where there is none a month of a sample
#
# Each host is a /var/log of its own, in a name space.
set -u
[ -x "$MAILWEIR" ] || {
	echo "$MAILWEIR is not built"
	exit 77
}

# run_on MESSAGES COMMAND: what it says, on a host whose logs COMMAND made
run_on() {
	RUN_ONCE=$1 timeout 120 "${apart[@]}" bash -c '
	    mount -t tmpfs none /var/log || exit 1
	    [ ! -d /run/log ] || mount -t tmpfs none /run/log || exit 1
	    '"$2"' && exec tests/demo.sh' 2>&1
}

# expect MESSAGES COMMAND SAID NOT_SAID
expect() {
	local said
	said=$(run_on "$1" "$2") && grep -q -- "$3" <<<"$said" &&
	    ! grep -q -- "$4" <<<"$said" && return
	echo "$2: not as expected:"
	echo "$said"
	exit 1
}

apart=(unshare --mount)
[ "$(id -u)" = 0 ] || apart+=(--map-current-user --keep-caps)
"${apart[@]}" mount -t tmpfs none /var/log 2>/dev/null || {
	echo "no name spaces here"
	exit 77
}
generate="$O/tests/generate/generate"
expect 10000 true 'sample traffic' 'not readable'
expect 10000 'echo "Dec  1 00:00:00 h cron[1]: x" >/var/log/mail.log' \
    'sample traffic' 'not readable'
expect 1000 "$generate --days 2 -o /var/log/mail.log" '' 'sample'
expect 1000 "mkdir /var/log/exim4 &&
    $generate --exim --days 2 -o /var/log/exim4/mainlog" '' 'sample'
expect 1000 "$generate --sendmail --rfc3339 --days 2 -o /var/log/maillog" \
    '' 'sample'
