#!/bin/bash
# real_postfix.sh - what a real Postfix does is what the account and page say
#
# Debian's Postfix, unpacked and not installed (tests/deps.sh), runs in name
# spaces of its own (real/host.sh).  The daemon reads its log live;
# postfix/scenario.py sends mail and compares.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/postfix
. "$here/real/host.sh"
. "$here/real/postfix.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/postfix" ] ||
	    skip "Postfix is not unpacked under build/tools (make deps)"
	enter "$here/real_postfix.sh" 150 chromium chromedriver
fi

place=$1
root=$place/root
interfaces 192.0.2.1 192.0.2.10 198.51.100.7 198.51.100.8 198.51.100.9 \
    198.51.100.20 198.51.100.30 198.51.100.66 203.0.113.9 ||
    skip "the loopback interface takes no addresses"
tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && certificate "$root/etc/postfix/key-and-cert.pem" ||
    fail "the file tree could not be furnished"
chroot "$root" /usr/sbin/postfix start >"$root/tmp/start" 2>&1 || {
	cat "$root/tmp/start" "$root/var/log/mail.log"
	fail "Postfix did not start"
}
# In the tree, under the same paths as out of it: it asks this Postfix which
# networks and domains are ours.
mkdir -p "$place/data" "$root$place/data" && chown 65534 "$place/data" &&
    mount --bind "$place/data" "$root$place/data" &&
    borrow "$(dirname "$MAILWEIR")" || fail "the daemon has no place there"
cat >"$place/mailweir.conf" <<end
data = "$place/data"
user = "nobody"
source "maillog" { type = "file"  path = "/var/log/mail.log" }
source "queue" { type = "queue"  path = "/var/spool/postfix"  interval = 1 }
web { listen = "127.0.0.1:0" }
mail { to = {} }
end
cp "$place/mailweir.conf" "$root$place"
chroot "$root" "$MAILWEIR" run -c "$place/mailweir.conf" >"$place/said" 2>&1 &
daemon=$!
mkdir -p build/real_postfix
PYTHONPATH=$here/real PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/postfix/scenario.py" "$root" "$place/data" \
    "$place/mailweir.conf" build/real_postfix
status=$?
kill "$daemon"
wait "$daemon" || status=1
# Then alert mails go through it.
[ $status -ne 0 ] || {
	fonts && chroot "$root" /usr/sbin/postfix start >/dev/null 2>&1 &&
	    PYTHONPATH=$here/real PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$here/real/alerts.py" "$root" "$place" \
	    build/real_alerts/postfix 10026 "$root/var/vmail/kim"
	status=$?
	chroot "$root" /usr/sbin/postfix stop >/dev/null 2>&1
}
cp "$root/var/log/mail.log" build/real_postfix/mail.log
[ $status -eq 0 ] || cat "$place/said" "$root/var/log/mail.log"
exit $status
