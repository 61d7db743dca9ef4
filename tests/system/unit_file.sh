#!/bin/bash
# unit_file.sh - the service is known to systemd, little exposed, and what it
# leaves to the daemon is enough
set -u

unit=docs/mailweir.service
place=$(mktemp -d /tmp/mailweir.XXXXXX) || exit 1
daemon=
stop() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null
	wait
	rm -rf "$place"
}
trap stop EXIT

skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "$*"
	[ ! -s "$place/said" ] || cat "$place/said"
	exit 1
}

[ -x "$MAILWEIR" ] || skip "$MAILWEIR is not built"
command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"

# As it is installed, but for the program, which is the one that was built.
make -s install PREFIX=/opt/weir DESTDIR="$place/root" O="$O" ||
    fail "make install failed"
installed=$place/root/opt/weir/lib/systemd/system/mailweir.service
grep -qx 'ExecStart=/opt/weir/sbin/mailweir run' "$installed" ||
    fail "the installed unit starts another program"
[ -x "$place/root/opt/weir/sbin/mailweir" ] || fail "no program is installed"
sed "s,^ExecStart=.*,ExecStart=$MAILWEIR run," "$installed" \
    >"$place/mailweir.service"
said=$(systemd-analyze verify --man=no "$place/mailweir.service" 2>&1 |
    grep mailweir)
[ -z "$said" ] || fail "systemd complains: $said"

# Ten times the exposure that it prints.
systemd-analyze security --offline=yes --no-pager --threshold=34 \
    "$place/mailweir.service" >"$place/said" 2>&1 ||
    fail "the service is exposed by 3.5 or more"
grep 'Overall exposure' "$place/said"
: >"$place/said"

grep -q '^User=' "$unit" && fail "with User= no setgid program would run"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	echo "not root: its capabilities are not tried"
	exit 0
fi

chmod 711 "$place"
install -d -m 750 "$place/data"
echo '2026-11-22T10:00:00Z mx1 postfix/smtpd[7]: connect from u[192.0.2.1]' \
    >"$place/mail.log"
chmod 600 "$place/mail.log"
cat >"$place/conf" <<end
data = "$place/data"
user = "nobody"
source "log" { path = "$place/mail.log" }
web { listen = "127.0.0.1:0" }
mail_system "sendmail" { directory = "/nowhere" }
end

lines_of() {
	exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || return
	printf 'GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&3
	sed -n 's/^mailweir_agent_lines_total{.*} //p' <&3
	exec 3>&-
}

# run_with CAPABILITIES: until it has read the line
run_with() {
	local address='' lines=''
	setpriv --bounding-set "-all,$1" "$MAILWEIR" run \
	    -c "$place/conf" >"$place/said" 2>&1 &
	daemon=$!
	for _ in $(seq 200); do
		[ -n "$address" ] || address=$(sed -n \
		    's,^dashboard: http://,,p' "$place/said")
		[ -z "$address" ] || lines=$(lines_of "$address")
		[ "$lines" = 1 ] && break
		sleep 0.1
	done
	[ "$lines" = 1 ] || fail "with $1 the log is not read"
	kill "$daemon"
	wait "$daemon" || fail "with $1 it did not end well"
	daemon=
}

# With the capabilities that it leaves, twice, the second time in a directory
# that is not root's any more.
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" |
    sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')
for _ in 1 2; do
	run_with "$capabilities"
	grep -q 'started without' "$place/said" && fail "a right is missing"
done
# In a container there are other ones, and the rest works.
chmod 644 "$place/mail.log"
run_with +chown,+dac_override,+setuid,+setgid
grep -q 'started without CAP_DAC_READ_SEARCH' "$place/said" ||
    fail "what is missing is not said"
exit 0
