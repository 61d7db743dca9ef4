#!/bin/bash
# real_postfix.sh - what a real Postfix does is what the account and page say
#
# Debian's Postfix, unpacked and not installed (tests/deps.sh), runs in name
# spaces of its own: a file tree that vanishes with them, a loopback interface
# and nothing else, processes that end when this one does.  The daemon reads
# its log live; postfix/scenario.py sends mail and compares.
set -u

here=$(dirname "$(readlink -f "$0")")
package=$PWD/build/tools/postfix

skip() {
	echo "$*"
	exit 77
}

# Everything happens on a file system of memory that only the inside sees.
enter() {
	local place rc
	place=$(mktemp -d /tmp/mailweir.XXXXXX) || exit 1
	timeout -k 5 60 unshare "$@" -m -n -p --fork --kill-child \
	    --mount-proc -- "$here/real_postfix.sh" "$place"
	rc=$?
	rmdir "$place"
	exit $rc
}

if [ $# -eq 0 ]; then
	[ -x "$MAILWEIR" ] || skip "$MAILWEIR is not built"
	[ -x "$package/usr/sbin/postfix" ] ||
	    skip "Postfix is not unpacked under build/tools (make deps)"
	for command in unshare python3 ip openssl chromium chromedriver; do
		command -v "$command" >/dev/null ||
		    skip "there is no $command (make deps)"
	done
	if [ "$(id -u)" = 0 ]; then
		unshare -m -n -p --fork --mount-proc true ||
		    skip "name spaces cannot be had here"
		enter
	fi
	# Postfix wants more users than one: those that /etc/subuid lends.
	unshare -r --map-auto -m -n -p --fork --mount-proc true ||
	    skip "name spaces with users of their own cannot be had here"
	enter -r --map-auto
fi

fail() {
	echo "$*"
	exit 1
}

interfaces() {
	local address
	ip link set lo up
	for address in 192.0.2.1 192.0.2.10 198.51.100.7 198.51.100.8 \
	    198.51.100.9 198.51.100.20 198.51.100.30 198.51.100.66 \
	    203.0.113.9; do
		ip address add "$address/32" dev lo || return 1
	done
}

# Of the host, to be read and never written: a link of its libraries may well
# point to where nothing is in this tree.
borrow() {
	mkdir -p "$root$1" && mount --bind "$1" "$root$1" &&
	    mount -o remount,bind,ro "$root$1" && [ ! -w "$root$1" ]
}

tree() {
	local dir
	mkdir -p "$root"/{dev,tmp,etc,run,usr/lib,usr/sbin} \
	    "$root"/var/{log,vmail,lib/postfix,spool/postfix} || return 1
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$root/$dir"
	done
	for dir in /usr/bin /usr/lib/*-linux-gnu* /usr/lib64; do
		[ ! -d "$dir" ] || borrow "$dir" || return 1
	done
	for dir in null zero random urandom; do
		: >"$root/dev/$dir"
		mount --bind "/dev/$dir" "$root/dev/$dir" || return 1
	done
	cp -a "$package/usr/lib/postfix" "$root/usr/lib/"
	cp -a "$package/usr/sbin/." "$root/usr/sbin/"
	cp -a "$package/etc/postfix" "$root/etc/"
	# Libraries that the host has not; the linker looks there too.
	cp -a "$package"/usr/lib/*-linux-gnu*/*.so* "$root/usr/lib" 2>/dev/null
	cp "$here/postfix/"{main.cf,master.cf,header_checks} "$root/etc/postfix"
	chmod 1777 "$root/tmp"
}

people() {
	cat >"$root/etc/passwd" <<-end
	root:x:0:0::/root:/bin/sh
	postfix:x:101:101::/var/spool/postfix:/usr/sbin/nologin
	kim:x:1001:1001::/tmp:/bin/sh
	lee:x:1002:1002::/tmp:/bin/sh
	nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
	end
	cat >"$root/etc/group" <<-end
	root:x:0:
	mail:x:8:
	postfix:x:101:
	postdrop:x:102:
	kim:x:1001:
	lee:x:1002:
	nogroup:x:65534:
	end
	cat >"$root/etc/hosts" <<-end
	127.0.0.1 localhost
	192.0.2.1 mx.example.org
	192.0.2.10 desk.example.org
	198.51.100.7 mail.example.net
	203.0.113.9 mx.example.com
	end
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' \
	    'services: files' >"$root/etc/nsswitch.conf"
	printf '%s\n' 'smtp 25/tcp' 'domain 53/udp' >"$root/etc/services"
	chmod 1777 "$root/var/vmail"
	cp -L /etc/localtime "$root/etc/localtime" 2>/dev/null
	chgrp 102 "$root/usr/sbin/postdrop" "$root/usr/sbin/postqueue" &&
	    chmod g+s "$root/usr/sbin/postdrop" "$root/usr/sbin/postqueue" &&
	    chown 101:101 "$root/var/lib/postfix"
}

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
	    -subj /CN=mx.example.org -keyout "$root/tmp/key" \
	    -out "$root/tmp/cert" 2>/dev/null &&
	    cat "$root/tmp/key" "$root/tmp/cert" \
		>"$root/etc/postfix/key-and-cert.pem" &&
	    chmod 600 "$root/etc/postfix/key-and-cert.pem"
}

place=$1
root=$place/root
mount -t tmpfs -o mode=755 tmpfs "$place" && mkdir "$root" ||
    skip "no file system can be mounted here"
interfaces || skip "the loopback interface takes no addresses"
tree || skip "no file tree can be made of mounts here"
people && certificate || fail "the file tree could not be furnished"
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
web { listen = "127.0.0.1:0" }
end
cp "$place/mailweir.conf" "$root$place"
chroot "$root" "$MAILWEIR" run -c "$place/mailweir.conf" >"$place/said" 2>&1 &
daemon=$!
mkdir -p build/real_postfix
python3 "$here/postfix/scenario.py" "$root" "$place/data" \
    "$place/mailweir.conf" build/real_postfix
status=$?
kill "$daemon"
wait "$daemon" || status=1
cp "$root/var/log/mail.log" build/real_postfix/mail.log
[ $status -eq 0 ] || cat "$place/said" "$root/var/log/mail.log"
exit $status
