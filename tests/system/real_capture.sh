#!/bin/bash
# real_capture.sh - what the wire shows of a real Postfix is what swaks was told
#
# Debian's Postfix, unpacked and not installed (tests/deps.sh), behind one end
# of a veth pair, swaks behind the other, each in name spaces of their own
# (real/host.sh).  The daemon captures that end, then any interface, and reads
# a copy of the log; capture/scenario.py sends mail, takes a message from
# either, sends past Postfix, plays a capture at top speed, and compares.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/postfix
. "$here/real/host.sh"
. "$here/real/postfix.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/postfix" ] ||
	    skip "Postfix is not unpacked under build/tools (make deps)"
	enter "$here/real_capture.sh" 150 nsenter setpriv swaks tcpreplay xz
fi

place=$1
root=$place/root
interfaces || skip "the loopback interface cannot be had"
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
ip addr add 192.0.2.1/24 dev veth0
ip link set veth0 up
there ip link set lo up
for address in 192.0.2.10/24 198.51.100.7/24 203.0.113.9/24; do
	there ip addr add "$address" dev veth1
done
there ip link set veth1 up
ip route add default via 192.0.2.10

tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && certificate "$root/etc/postfix/key-and-cert.pem" ||
    fail "the file tree could not be furnished"
chroot "$root" /usr/sbin/postfix start >"$root/tmp/start" 2>&1 || {
	cat "$root/tmp/start" "$root/var/log/mail.log"
	fail "Postfix did not start"
}
# In the tree, under the same paths as out of it: there its users are known.
mkdir -p "$place/data" "$root$place/data" &&
    mount --bind "$place/data" "$root$place/data" &&
    borrow "$(dirname "$MAILWEIR")" || fail "the daemon has no place there"
mkdir "$root/proc" && mount --bind /proc "$root/proc" ||
    fail "there is no /proc in the tree"
# What a guest sends elsewhere goes through here.
echo 1 >/proc/sys/net/ipv4/ip_forward
there ip route add 203.0.113.99 via 192.0.2.1
mkfifo "$place/ready"
# As far away as others are: who is over before the packets are read is unknown.
there python3 "$here/capture/talk.py" serve 203.0.113.9 mx.example.com 0.3 \
    >"$place/ready" &
read -r _ <"$place/ready" || fail "no other server"
xz -dc tests/corpus/wire/a-month.pcap.xz >"$place/a-month.pcap"

for interface in veth0 any; do
	rm -rf "$place"/data/*
	: >"$root/var/log/mail.log"
	: >"$root/var/log/copy.log"
	tail -n +1 -F "$root/var/log/mail.log" 2>/dev/null |
	    grep --line-buffered -v 'from=<lost@' >>"$root/var/log/copy.log" &
	copy=$!
	cat >"$root$place/mailweir.conf" <<-end
	data = "$place/data"
	user = "root"
	source "maillog" { type = "file"  path = "/var/log/copy.log" }
	source "wire" { type = "capture"  interface = "$interface"  tolerance = 2 }
	networks = {"192.0.2.0/24"}
	domains = {"example.org", "mx.example.org"}
	web { listen = "127.0.0.1:0" }
	mail { to = {} }
	end
	chroot "$root" "$MAILWEIR" run -c "$place/mailweir.conf" \
	    >"$place/said" 2>&1 &
	daemon=$!
	PYTHONPATH=$here/real:$here/capture PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$here/capture/scenario.py" "$root" \
	    "$place/data" "$daemon" "$other" "$place/a-month.pcap"
	status=$?
	kill "$daemon"
	wait "$daemon" || status=1
	kill "$copy"
	[ $status -eq 0 ] || {
		cat "$place/said" "$root/var/log/mail.log"
		break
	}
done
chroot "$root" /usr/sbin/postfix stop >/dev/null 2>&1
kill "$other"
exit $status
