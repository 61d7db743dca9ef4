#!/bin/bash
# real_sendmail.sh - what mailstats says of a real Sendmail, we say as well
#
# Debian's Sendmail, unpacked and not installed (tests/deps.sh), runs in name
# spaces of its own (real/host.sh).  The daemon reads its log live, and what it
# writes with -X; sendmail/scenario.py sends 61 messages of different fates and
# compares after each.  SENDMAIL_LOG_LEVEL=14 has it log more.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/sendmail
level=${SENDMAIL_LOG_LEVEL:-9}
. "$here/real/host.sh"
. "$here/real/sendmail.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/libexec/sendmail/sendmail" ] ||
	    skip "Sendmail is not unpacked under build/tools (make deps)"
	enter "$here/real_sendmail.sh" 300
fi

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
: >"$root/var/log/transcript"
cat >"$place/mailweir.conf" <<end
data = "$place/data"
user = "nobody"
networks = {"192.0.2.0/24"}
domains = {"mx.example.org"}
source "maillog" { type = "file"  path = "$root/var/log/maillog" }
source "transcript" { type = "file"  path = "$root/var/log/transcript" }
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
