# postfix.sh - the file tree of a real Postfix; after host.sh
#
# $package is what was unpacked.

furnish() {
	mkdir -p "$root"/var/{vmail,lib/postfix,spool/postfix} || return 1
	cp -a "$package/usr/lib/postfix" "$root/usr/lib/"
	cp -a "$package/usr/sbin/." "$root/usr/sbin/"
	cp -a "$package/etc/postfix" "$root/etc/"
	cp "$here/postfix/"{main.cf,master.cf,header_checks} "$root/etc/postfix"
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
	chmod 1777 "$root/var/vmail"
	chgrp 102 "$root/usr/sbin/postdrop" "$root/usr/sbin/postqueue" &&
	    chmod g+s "$root/usr/sbin/postdrop" "$root/usr/sbin/postqueue" &&
	    chown 101:101 "$root/var/lib/postfix"
}
