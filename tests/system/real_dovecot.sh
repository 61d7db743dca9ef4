#!/bin/bash
# real_dovecot.sh - logins of a real Dovecot, as the wire shows them
#
# Debian's Dovecot, unpacked and not installed (tests/deps.sh), runs in name
# spaces of its own (real/host.sh), twice: one takes passwords as they come, the
# other under TLS alone.  The daemon captures; dovecot/logins.py logs in by POP3
# and IMAP in every way.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/dovecot
. "$here/real/host.sh"
. "$here/real/dovecot.sh"

if [ $# -eq 0 ]; then
	[ -x "$package/usr/sbin/dovecot" ] ||
	    skip "Dovecot is not unpacked under build/tools (make deps)"
	enter "$here/real_dovecot.sh" 120
fi

place=$1
root=$place/root
web=127.0.0.1:18026
want="python3 $here/capture/talk.py want $web"
interfaces 192.0.2.25 192.0.2.26 203.0.113.9 203.0.113.10 ||
    skip "the loopback interface takes no addresses"
tree "$package" || skip "no file tree can be made of mounts here"

furnish && people || fail "the file tree could not be furnished"

# serve NAME ADDRESSES MORE
serve() {
	cat >"$root/etc/dovecot/$1.conf" <<-end
	protocols = imap pop3
	instance_name = $1
	base_dir = /run/$1
	state_dir = /run/$1
	listen = $2
	log_path = /var/log/$1.log
	auth_mechanisms = plain login cram-md5
	ssl = yes
	ssl_cert = </etc/cert
	ssl_key = </etc/cert
	$(static_users)
	$3
	end
	chroot "$root" /usr/sbin/dovecot -F -c "/etc/dovecot/$1.conf" &
}
serve takes '192.0.2.25, 127.0.0.1' 'disable_plaintext_auth = no'
serve forbids 192.0.2.26 'disable_plaintext_auth = yes'

cat >"$place/conf" <<end
data = "$place/data"
user = "root"
source "wire" { type = "capture"  interface = "lo" }
web { listen = "$web" }
mail { to = {} }
end
"$MAILWEIR" run -c "$place/conf" >"$place/out" 2>&1 &
daemon=$!
$want wire_login_ok=0 || fail "$(cat "$place/out")"

python3 "$here/dovecot/logins.py" || fail "$(cat "$root"/var/log/*.log)"
$want wire_login_ok=8 wire_login_failed=2 wire_login_tls=5 wire_cleartext=9 \
    wire_cleartext_taken=6 wire_cleartext_forbidden=1 wire_sessions=0 \
    wire_gaps=0 || fail "$(cat "$root"/var/log/*.log)"

"$MAILWEIR" alerts -c "$place/conf" --json >"$place/alerts" ||
    fail "$(cat "$place/alerts")"
python3 - "$place/alerts" <<'end' || fail "$(cat "$place/alerts")"
import json, sys
found = json.load(open(sys.argv[1]))
rows = found if isinstance(found, list) else found['alerts']
keys = [row['key'] for row in rows if row['rule'] == 'cleartext-credentials']
sys.exit(keys != ['kim'])
end

kill -TERM "$daemon"
wait "$daemon" || fail "it stopped with $?: $(cat "$place/out")"
grep -rqe secret -e c2VjcmV0 -e AGtpbQBzZWNyZXQ "$place/data" "$place/out" &&
    fail "a password was kept"
exit 0
