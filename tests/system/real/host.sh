# host.sh - name spaces, and a file tree, for a mail server to live in
#
# For the scripts beside this folder.  A server that is unpacked and not
# installed runs in name spaces of its own: a file tree that vanishes with them,
# a name, a loopback interface and nothing else, processes that end when the
# script does.

skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "$*"
	exit 1
}

# enter SCRIPT SECONDS PROGRAM...: runs SCRIPT again inside, with a directory on
# a file system of memory that only the inside sees.
enter() {
	local script=$1 seconds=$2 program
	shift 2
	[ -x "$MAILWEIR" ] || skip "$MAILWEIR is not built"
	for program in unshare python3 ip openssl "$@"; do
		command -v "$program" >/dev/null ||
		    skip "there is no $program (make deps)"
	done
	if [ "$(id -u)" = 0 ]; then
		unshare -u -m -n -p --fork --mount-proc true ||
		    skip "name spaces cannot be had here"
		run_inside "$script" "$seconds"
	fi
	# A mail server wants more users than one: those that /etc/subuid lends.
	unshare -r --map-auto -u -m -n -p --fork --mount-proc true ||
	    skip "name spaces with users of their own cannot be had here"
	run_inside "$script" "$seconds" -r --map-auto
}

run_inside() {
	local script=$1 seconds=$2 place rc
	shift 2
	place=$(mktemp -d /tmp/mailweir.XXXXXX) || exit 1
	timeout -k 5 "$seconds" unshare "$@" -u -m -n -p --fork --kill-child \
	    --mount-proc -- "$script" "$place"
	rc=$?
	rmdir "$place"
	exit $rc
}

# interfaces ADDRESS...
interfaces() {
	local address
	echo mx.example.org >/proc/sys/kernel/hostname
	ip link set lo up
	for address in "$@"; do
		ip address add "$address/32" dev lo || return 1
	done
}

# Of the host, to be read and never written: a link of its libraries may well
# point to where nothing is in this tree.
borrow() {
	mkdir -p "$root$1" && mount --bind "$1" "$root$1" &&
	    mount -o remount,bind,ro "$root$1" && [ ! -w "$root$1" ]
}

# tree PACKAGE: what every server needs, and the libraries unpacked with it that
# the host has not: the linker looks in /usr/lib too.
tree() {
	local dir
	mount -t tmpfs -o mode=755 tmpfs "$place" && mkdir "$root" || return 1
	mkdir -p "$root"/{dev,tmp,etc,run,usr/lib,usr/sbin,var/log} || return 1
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
	cp -a "$1"/usr/lib/*-linux-gnu*/*.so* "$root/usr/lib" 2>/dev/null
	printf '%s\n' 'smtp 25/tcp' 'domain 53/udp' >"$root/etc/services"
	cp -L /etc/localtime "$root/etc/localtime" 2>/dev/null
	chmod 1777 "$root/tmp"
}

# What graphs are lettered with, where the host has it.
fonts() {
	local dir
	for dir in /usr/share/fonts /etc/fonts; do
		[ ! -d "$dir" ] || borrow "$dir" || return 1
	done
}

# certificate FILE
certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
	    -subj /CN=mx.example.org -keyout "$root/tmp/key" \
	    -out "$root/tmp/cert" 2>/dev/null &&
	    cat "$root/tmp/key" "$root/tmp/cert" >"$1" && chmod 600 "$1"
}
