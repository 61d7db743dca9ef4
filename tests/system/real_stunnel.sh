#!/bin/bash
# real_stunnel.sh - whose login it is that a real stunnel brings to a real Dovecot
#
# Debian's, both unpacked and not installed (tests/deps.sh), run in name spaces
# of their own (real/host.sh).  Dovecot is on the loopback interface alone;
# stunnel/wrapped.py comes from other addresses, and looks at the account.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/dovecot
stunnel=$PWD/build/tools/stunnel
. "$here/real/host.sh"
. "$here/real/dovecot.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/dovecot" ] && [ -x "$stunnel/usr/bin/stunnel4" ] ||
	    skip "Dovecot or stunnel is not unpacked under build/tools (make deps)"
	enter "$here/real_stunnel.sh" 120
fi

place=$1
root=$place/root
interfaces 192.0.2.25 198.51.100.7 198.51.100.8 198.51.100.9 ||
    skip "the loopback interface takes no addresses"
tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && cp "$stunnel/usr/bin/stunnel4" "$root/usr/bin" ||
    fail "the file tree could not be furnished"
cp -a "$stunnel"/usr/lib/*-linux-gnu*/*.so* "$root/usr/lib" 2>/dev/null
cat >"$root/etc/dovecot/dovecot.conf" <<end
protocols = imap pop3
listen = 127.0.0.1
auth_mechanisms = plain
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
service anvil {
	unix_listener anvil-auth-penalty {
		mode = 0
	}
}
$(static_users)
end
cat >"$root/etc/stunnel.conf" <<end
foreground = yes
syslog = yes
debug = mail.5
cert = /etc/cert
[imaps]
accept = 192.0.2.25:993
connect = 127.0.0.1:143
[pop3s]
accept = 192.0.2.25:995
connect = 127.0.0.1:110
end
cat >"$place/mailweir.conf" <<end
data = "$place/data"
user = "root"
source "maillog" { path = "$root/var/log/maillog" }
web { listen = "127.0.0.1:0" }
mail { to = {} }
end
: >"$root/var/log/maillog"
"$MAILWEIR" run -c "$place/mailweir.conf" >"$place/said" 2>&1 &
daemon=$!
mkdir -p build/real_stunnel
PYTHONPATH=$here/real PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/stunnel/wrapped.py" "$root" "$place"
status=$?
kill "$daemon"
wait "$daemon" || status=1
cp "$root/var/log/maillog" build/real_stunnel/maillog
[ $status -eq 0 ] || cat "$place/said" "$root/var/log/maillog"
exit $status
