# dovecot.sh - the file tree of a real Dovecot; after host.sh and tree
#
# $package is what was unpacked.

# Its doveconf is no program of the host's.
furnish() {
	umount "$root/usr/bin" &&
	    cp "$package/usr/bin/doveconf" "$root/usr/bin" &&
	    cp -a "$package/usr/lib/dovecot" "$root/usr/lib" &&
	    cp -a "$package/usr/sbin/dovecot" "$root/usr/sbin" &&
	    mkdir -p "$root/var/mail" "$root/etc/dovecot" &&
	    chown 1001:1001 "$root/var/mail" && certificate "$root/etc/cert"
}

people() {
	cat >"$root/etc/passwd" <<-end
	root:x:0:0::/root:/bin/sh
	dovecot:x:101:101::/run:/usr/sbin/nologin
	dovenull:x:102:102::/run:/usr/sbin/nologin
	kim:x:1001:1001::/tmp:/bin/sh
	end
	sed 's/:.*//; s/$/:x:0:/' "$root/etc/passwd" |
	    awk -F: -v OFS=: '{ split("0 101 102 1001", id, " ")
		$3 = id[NR] } 1' >"$root/etc/group"
	printf '%s\n' 'passwd: files' 'group: files' >"$root/etc/nsswitch.conf"
}

# The part of a configuration by which everybody's password is "secret".
static_users() {
	cat <<-end
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
