#!/bin/bash
# real_poplogin.sh - a login by POP opens a real Postfix: who relayed, and who not
#
# Debian's Postfix and Dovecot, unpacked and not installed (tests/deps.sh), run in
# name spaces of their own (real/host.sh).  Postfix looks up clients in the table
# of pop-before-smtp; poplogin/scenario.py writes it, as that daemon does.
# Nothing but Postfix's configuration tells the daemon what a login is for.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/postfix
dovecot=$PWD/build/tools/dovecot
. "$here/real/host.sh"
. "$here/real/postfix.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/postfix" ] && [ -x "$dovecot/usr/sbin/dovecot" ] ||
	    skip "Postfix and Dovecot are not unpacked under build/tools (make deps)"
	enter "$here/real_poplogin.sh" 120
fi

# Dovecot's doveconf is no program of the host's: /usr/bin is made of links.
furnish_dovecot() {
	umount "$root/usr/bin" && mkdir -p "$root/usr/host" \
	    "$root/etc/dovecot" "$root/var/mail" || return 1
	borrow /usr/bin && mount --move "$root/usr/bin" "$root/usr/host" &&
	    find /usr/bin -mindepth 1 -printf '/usr/host/%f\n' |
	    xargs ln -s -t "$root/usr/bin" || return 1
	rm -f "$root/usr/bin/doveconf"
	cp "$dovecot/usr/bin/doveconf" "$root/usr/bin" &&
	    cp -a "$dovecot/usr/lib/dovecot" "$root/usr/lib" &&
	    cp -a "$dovecot/usr/sbin/dovecot" "$root/usr/sbin" &&
	    cp -a "$dovecot"/usr/lib/*-linux-gnu*/*.so* "$root/usr/lib" &&
	    chown 1001:1001 "$root/var/mail" || return 1
	printf '%s\n' dovecot:x:103:103::/run:/usr/sbin/nologin \
	    dovenull:x:104:104::/run:/usr/sbin/nologin >>"$root/etc/passwd"
	printf '%s\n' dovecot:x:103: dovenull:x:104: >>"$root/etc/group"
	cat >"$root/etc/dovecot/dovecot.conf" <<-end
	protocols = pop3
	listen = 192.0.2.1
	log_path = syslog
	disable_plaintext_auth = no
	ssl = no
	mail_location = maildir:/var/mail/%u
	passdb {
		driver = static
		args = password=secret
	}
	userdb {
		driver = static
		args = uid=kim gid=kim home=/var/mail/%u
	}
	end
}

place=$1
root=$place/root
interfaces 192.0.2.1 192.0.2.10 198.51.100.7 198.51.100.20 203.0.113.9 ||
    skip "the loopback interface takes no addresses"
tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && certificate "$root/etc/postfix/key-and-cert.pem" &&
    furnish_dovecot && borrow "$(dirname "$MAILWEIR")" ||
    fail "the file tree could not be furnished"
table=/etc/postfix/pop-before-smtp
: >"$root$table"
chroot "$root" /usr/sbin/postconf -e "smtpd_relay_restrictions = $(printf %s \
    'permit_mynetworks, check_client_access hash:' "$table" \
    ', reject_unauth_destination')" &&
    chroot "$root" /usr/sbin/postmap "hash:$table" &&
    chroot "$root" /usr/sbin/postfix start >"$root/tmp/start" 2>&1 || {
	cat "$root/tmp/start" "$root/var/log/mail.log"
	fail "Postfix did not start"
}
mkdir -p "$place/data" "$root$place/data" && chown 65534 "$place/data" &&
    mount --bind "$place/data" "$root$place/data" || fail "no place for data"
: >"$root/var/log/dovecot.log"
cat >"$root$place/mailweir.conf" <<end
data = "$place/data"
user = "nobody"
source "maillog" { type = "file"  path = "/var/log/mail.log" }
source "logins" { type = "file"  path = "/var/log/dovecot.log" }
web { listen = "127.0.0.1:0" }
mail { to = {} }
end
chroot "$root" "$MAILWEIR" run -c "$place/mailweir.conf" >"$place/said" 2>&1 &
daemon=$!
PYTHONPATH=$here/real PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/poplogin/scenario.py" "$root" "$place/data" "$table"
status=$?
kill "$daemon"
wait "$daemon" || status=1
chroot "$root" /usr/sbin/postfix stop >/dev/null 2>&1
grep -qF "lets its address relay: smtpd_relay_restrictions" "$place/said" ||
    status=1
[ $status -eq 0 ] || cat "$place/said" "$root"/var/log/*.log
exit $status
