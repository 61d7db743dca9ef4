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

# Started with the capabilities that it leaves, twice, the second time in a
# directory that is not root's any more.
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" |
    sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')
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
for turn in 1 2; do
	setpriv --bounding-set "-all,$capabilities" "$MAILWEIR" run \
	    -c "$place/conf" >"$place/said" 2>&1 &
	daemon=$!
	for _ in $(seq 100); do
		grep -q '^dashboard: ' "$place/said" && break
		sleep 0.1
	done
	grep -q '^dashboard: ' "$place/said" || fail "start $turn: no page"
	address=$(sed -n 's,^dashboard: http://,,p' "$place/said")
	lines=
	for _ in $(seq 100); do
		exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || break
		printf 'GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n' \
		    "$address" >&3
		lines=$(sed -n 's/^mailweir_agent_lines_total{.*} //p' <&3)
		exec 3>&-
		[ "$lines" = 1 ] && break
		sleep 0.1
	done
	[ "$lines" = 1 ] || fail "start $turn: root's log is not read"
	grep -q 'started without' "$place/said" &&
	    fail "start $turn: a right is missing"
	kill "$daemon"
	wait "$daemon" || fail "start $turn: it did not end well"
	daemon=
done
exit 0
