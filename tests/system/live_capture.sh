#!/bin/bash
# live_capture.sh - what goes over an interface is what the account says
#
# In name spaces of its own (real/host.sh): a mail server behind one end of a
# veth pair, its clients behind the other.  The daemon captures that end, then
# any interface, where loopback shows the host's own session twice.  Last, a
# capture of a real server is played as fast as it goes: what was not captured
# must have been counted.
set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/real/host.sh"

if [ $# -eq 0 ]; then
	enter "$here/live_capture.sh" 120 nsenter xz
fi

place=$1
talk="python3 $here/capture/talk.py"
web=127.0.0.1:18025

mount -t tmpfs tmpfs "$place" || fail "no file system of memory"
ip link set lo up || skip "interfaces cannot be made here"
unshare -n sleep 1000 &
other=$!
there() {
	nsenter -t "$other" -n "$@"
}
while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do
	sleep 0.05
done
ip link add veth0 mtu 65535 type veth peer name veth1 mtu 65535 &&
    ip link set veth1 netns "$other" ||
    skip "interfaces cannot be made here"
ip addr add 192.0.2.25/24 dev veth0
ip link set veth0 up
there ip addr add 192.0.2.1/24 dev veth1
there ip link set veth1 up

mkfifo "$place/ready"
serve() {
	"$@" >"$place/ready" &
	read -r _ <"$place/ready" || fail "no server: $*"
}
serve $talk serve 192.0.2.25
serve there $talk serve 192.0.2.1

start() {
	rm -rf "$place/data"
	cat >"$place/conf" <<-end
	data = "$place/data"
	user = "root"
	source "wire" { type = "capture"  interface = "$1" }
	networks = {"192.0.2.0/24"}
	domains = {"example.org"}
	web { listen = "$web" }
	end
	"$MAILWEIR" check -c "$place/conf" >"$place/check" ||
	    fail "$(cat "$place/check")"
	grep -q "\"wire\": $1: can be captured" "$place/check" ||
	    fail "check does not say that $1 can be captured"
	"$MAILWEIR" run -c "$place/conf" >"$place/out" 2>&1 &
	daemon=$!
	$talk want $web wire_sessions=0 || fail "$(cat "$place/out")"
}

stop() {
	kill -TERM "$daemon"
	wait "$daemon" || fail "it stopped with $?: $(cat "$place/out")"
}

# What we send ourselves is no session of a client of ours.
outbound() {
	$talk speak 192.0.2.1
}

figures='wire_outbound=3 wire_messages=1 wire_recipients=2 wire_bytes=21 wire_rejects=3
    wire_relay_denied=2 wire_vrfy=1 wire_auth_failed=1 wire_gaps=0
    wire_packets_dropped=0'

start veth0
there $talk speak 192.0.2.25 || fail "the server does not answer"
outbound || fail "the other server does not answer"
$talk want $web wire_sessions=3 $figures || fail "captured on veth0"

stop

# The addresses in it are of neither end here.
xz -dc tests/corpus/wire/a-month.pcap.xz >"$place/a-month.pcap"
start veth0
played=$(there $talk play "$place/a-month.pcap" veth1) || fail "not played"
$talk want $web wire_packets+wire_packets_dropped="$played" ||
    fail "packets are neither captured nor counted as dropped"
stop

start any
there $talk speak 192.0.2.25
outbound
$talk want $web wire_sessions=3 $figures || fail "captured on any"
$talk speak 192.0.2.25	# over the loopback interface
$talk want $web wire_sessions=6 wire_messages=2 wire_rejects=6 wire_gaps=0 ||
    fail "loopback shows a session again"
stop

cat >"$place/conf" <<-end
data = "$place/data"
source "wire" { type = "capture"  interface = "none0" }
end
"$MAILWEIR" check -c "$place/conf" >"$place/check" &&
    fail "check finds an interface that is not there"
grep -q 'none0: capture: no such interface' "$place/check" ||
    fail "$(cat "$place/check")"
kill "$other"
exit 0
