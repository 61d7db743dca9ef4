#!/bin/bash
# real_tables.sh - whom we block, a real Postfix refuses by its tables
#
# As real_postfix.sh, with postmap, and clients in a network of their own.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/postfix
. "$here/real/host.sh"
. "$here/real/postfix.sh"
. "$here/real/clients.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/postmap" ] ||
	    skip "Postfix is not unpacked under build/tools (make deps)"
	enter "$here/real_tables.sh" 300 nsenter
fi

place=$1
root=$place/root
clients 192.0.2 2001:db8 198.51.100.7 198.51.100.8 198.51.100.20 203.0.113.9 \
    2001:db8:0:17::7 2001:db8:0:17:1::1 2001:db8:0:18::7 ||
    skip "a second network cannot be had here"
tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && certificate "$root/etc/postfix/key-and-cert.pem" &&
    mkdir -p "$root/data" && chown 65534 "$root/data" &&
    borrow "$(dirname "$MAILWEIR")" ||
    fail "the file tree could not be furnished"
# Nothing goes out; and where it would go is never blocked.
sed -i -e '/^relayhost/d' -e 's/^inet_protocols.*/inet_protocols = all/' \
    -e 's/^inet_interfaces.*/&, 2001:db8::1/' "$root/etc/postfix/main.cf"
echo '[2001:db8::1]:25 inet n - n - - smtpd' >>"$root/etc/postfix/master.cf"
chroot "$root" /usr/sbin/postfix start >"$root/tmp/start" 2>&1 || {
	cat "$root/tmp/start" "$root/var/log/mail.log"
	fail "Postfix did not start"
}
PYTHONPATH=$here/real:$here/postfix PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/postfix/blocking_tables.py" "$root" "$MAILWEIR" "$clients"
status=$?
[ $status -eq 0 ] || cat "$root/etc/postfix/"{blocked,senders} \
    "$root/var/log/mail.log"
exit $status
