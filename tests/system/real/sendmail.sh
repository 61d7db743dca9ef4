# sendmail.sh - the file tree of a real Sendmail; after host.sh
#
# $package is what was unpacked, $level the log level, $m4flags what sendmail.mc
# is told beside it.

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
		chroot "$root" /usr/libexec/m4 -DLEVEL="$level" ${m4flags-} \
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
