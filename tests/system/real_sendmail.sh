#!/bin/bash
# real_sendmail.sh - what mailstats says of a real Sendmail, we say as well
#
# Debian's Sendmail, unpacked and not installed (tests/deps.sh), runs in name
# spaces of its own (real/host.sh).  The daemon reads its log live;
# sendmail/scenario.py sends 50 messages of different fates and compares after
# each.  SENDMAIL_LOG_LEVEL=14 has it log more.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/sendmail
level=${SENDMAIL_LOG_LEVEL:-9}
. "$here/real/host.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/libexec/sendmail/sendmail" ] ||
	    skip "Sendmail is not unpacked under build/tools (make deps)"
	enter "$here/real_sendmail.sh" 300
fi

furnish() {
	mkdir -p "$root"/var/{mail,lib/sendmail,spool/{mqueue,clientmqueue,files}} \
	    "$root"/run/{saslauthd,sendmail/mta} "$root"/etc/{mail,sasl2} \
	    "$root/usr/libexec" || return 1
	ln -s ../run "$root/var/run"
	cp -a "$package/usr/libexec/sendmail" "$root/usr/libexec/"
	ln -s ../libexec/sendmail/sendmail "$root/usr/sbin/sendmail"
	mkdir -p "$root/usr/share"
	cp -a "$package/usr/share/sendmail" "$root/usr/share/"
	cp "$package/usr/bin/m4" "$here/sendmail/mda" "$root/usr/libexec/"
	chmod 755 "$root/usr/libexec/mda"
	cp "$here/sendmail/"{access,mailertable,aliases} "$root/etc/mail"
	echo mx.example.org >"$root/etc/mail/local-host-names"
	: >"$root/etc/mail/trusted-users"
	printf 'hosts\tdns\n' >"$root/etc/mail/service.switch"
	printf '%s\n' 'pwcheck_method: saslauthd' 'mech_list: PLAIN' \
	    >"$root/etc/sasl2/Sendmail.conf"
}

people() {
	cat >"$root/etc/passwd" <<-end
	root:x:0:0::/root:/bin/sh
	mail:x:8:8::/var/mail:/bin/sh
	smmsp:x:101:101::/var/lib/sendmail:/usr/sbin/nologin
	kim:x:1001:1001::/home/kim:/bin/sh
	lee:x:1002:1002::/home/lee:/bin/sh
	ada:x:1003:1003::/home/ada:/bin/sh
	nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
	end
	cat >"$root/etc/group" <<-end
	root:x:0:
	mail:x:8:
	smmsp:x:101:
	kim:x:1001:
	lee:x:1002:
	ada:x:1003:
	nogroup:x:65534:
	end
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' \
	    'services: files' >"$root/etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
	mkdir -p "$root"/home/{kim,lee,ada}
	chown 1001:1001 "$root/home/kim" && chown 1002:1002 "$root/home/lee" &&
	    chown 1003:1003 "$root/home/ada" &&
	    chown 101:101 "$root/var/spool/clientmqueue" &&
	    chmod 2770 "$root/var/spool/clientmqueue" &&
	    chmod 700 "$root/var/spool/mqueue" &&
	    chown 8:8 "$root/var/spool/files" &&
	    chgrp 8 "$root/var/mail" && chmod 2775 "$root/var/mail" &&
	    chown 101:101 "$root/run/sendmail" &&
	    chown 0:101 "$root/usr/libexec/sendmail/"{sendmail,mailstats} &&
	    chmod 2755 "$root/usr/libexec/sendmail/"{sendmail,mailstats}
}

# Empty statistics files: Sendmail counts where there are some.
statistics() {
	: >"$root/var/lib/sendmail/sendmail.st"
	: >"$root/var/lib/sendmail/sm-client.st"
	chown 101:101 "$root/var/lib/sendmail/sm-client.st"
	chmod 664 "$root/var/lib/sendmail/"*.st
}

# By the m4 that comes with Sendmail.
configuration() {
	local name
	for name in sendmail submit; do
		chroot "$root" /usr/libexec/m4 -DLEVEL="$level" \
		    -D_CF_DIR_=/usr/share/sendmail/cf/ \
		    /usr/share/sendmail/cf/m4/cf.m4 - \
		    <"$here/sendmail/$name.mc" >"$root/etc/mail/$name.cf" ||
		    return 1
	done
	for name in access mailertable; do
		chroot "$root" /usr/libexec/sendmail/makemap hash \
		    "/etc/mail/$name" <"$root/etc/mail/$name" || return 1
	done
	chroot "$root" /usr/sbin/sendmail -bi -O LogLevel=0 >/dev/null
}

# Of this sendmail.cf, as m4 made it, and the files it names.
known() {
	local line said
	borrow "$(dirname "$MAILWEIR")" || return 1
	printf '%s\n' 'data = "/tmp/data"' 'user = "root"' \
	    'source "log" { path = "/var/log/maillog" }' >"$root/tmp/check.conf"
	# A program built to find its leaks looks for them in /proc.
	mkdir "$root/proc" && mount -t proc proc "$root/proc" || return 1
	said=$(chroot "$root" "$MAILWEIR" check -c /tmp/check.conf)
	umount "$root/proc"
	for line in '192.0.2.0/24 (/etc/mail/access)' \
	    '127.0.0.0/8 (/etc/mail/access)' \
	    'localhost (sendmail.cf class w)' \
	    'mx.example.org (/etc/mail/local-host-names)'; do
		grep -qFx "  $line" <<<"$said" || {
			echo "check does not know $line: $said"
			return 1
		}
	done
	! grep -q incomplete <<<"$said" || {
		echo "$said"
		return 1
	}
}

place=$1
root=$place/root
interfaces 192.0.2.1 192.0.2.10 198.51.100.7 198.51.100.8 198.51.100.9 \
    198.51.100.20 198.51.100.40 198.51.100.66 198.51.100.67 198.51.100.68 \
    198.51.100.69 203.0.113.9 ||
    skip "the loopback interface takes no addresses"
tree "$package" || skip "no file tree can be made of mounts here"
furnish && people && statistics &&
    certificate "$root/etc/mail/certificate.pem" && configuration ||
    fail "the file tree could not be furnished"
known || fail "the networks and domains are not known"
mkdir "$place/data" && chown 65534 "$place/data"
: >"$root/var/log/maillog"
cat >"$place/mailweir.conf" <<end
data = "$place/data"
user = "nobody"
networks = {"192.0.2.0/24"}
domains = {"mx.example.org"}
source "maillog" { type = "file"  path = "$root/var/log/maillog" }
web { listen = "127.0.0.1:0" }
mail { to = {} }
end
"$MAILWEIR" run -c "$place/mailweir.conf" >"$place/said" 2>&1 &
daemon=$!
mkdir -p build/real_sendmail
PYTHONPATH=$here/real PYTHONDONTWRITEBYTECODE=1 \
    python3 "$here/sendmail/scenario.py" "$root" "$place"
status=$?
kill "$daemon"
wait "$daemon" || status=1
# Then alert mails go through it.
[ $status -ne 0 ] || {
	fonts && PYTHONPATH=$here/real:$here/sendmail PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$here/sendmail/served.py" "$root" "$place" \
	    build/real_alerts/sendmail
	status=$?
}
cp "$root/var/log/maillog" "build/real_sendmail/maillog.$level"
[ $status -eq 0 ] || cat "$place/said" "$root/var/log/maillog"
exit $status
