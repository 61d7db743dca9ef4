#!/bin/bash
# real_access.sh - whom we block, a real Sendmail refuses by its access map
#
# As real_sendmail.sh, with makemap, and clients in a network of their own.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/sendmail
level=9
. "$here/real/host.sh"
. "$here/real/sendmail.sh"
. "$here/real/clients.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/libexec/sendmail/makemap" ] ||
	    skip "Sendmail is not unpacked under build/tools (make deps)"
	enter "$here/real_access.sh" 240 nsenter
fi

place=$1
root=$place/root
clients 192.0.2 2001:db8 198.51.100.7 198.51.100.8 198.51.100.20 203.0.113.9 \
    2001:db8:0:17::7 2001:db8:0:17:1::1 2001:db8:0:18::7 ||
    skip "a second network cannot be had here"
tree "$package" || skip "no file tree can be made of mounts here"
m4flags=-DSIX
furnish && people && statistics &&
    certificate "$root/etc/mail/certificate.pem" && configuration ||
    fail "the file tree could not be furnished"
borrow "$(dirname "$MAILWEIR")" || fail "the daemon has no place there"
mkdir "$root/data" && chown 65534 "$root/data"
: >"$root/var/log/maillog"
cat >"$root/etc/mailweir.conf" <<end
data = "/data"
user = "nobody"
source "maillog" { path = "/var/log/maillog" }
web { listen = "127.0.0.1:0" }
mail { to = {} }
blocks { mode = "enforce"  backend = "access" }
end
PYTHONPATH=$here/real:$here/sendmail PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/sendmail/blocking_access.py" "$root" "$MAILWEIR" \
    /etc/mailweir.conf "$clients"
status=$?
[ $status -eq 0 ] || cat "$root/etc/mail/access" "$root/var/log/maillog"
exit $status
