#!/bin/sh
# deps.sh GROUP... - install what is missing, saying what it is for
#
# On Debian and its kin by apt-get, through sudo where needed; elsewhere the
# libraries are named.  What is there is never asked for, wherever it came
# from: libraries are looked for with pkg-config, the rest in PATH.
set -u

cc=${CC:-cc}

# group | Debian package | how to see that it is there | what it is for
table='
build|pkg-config|cmd:pkg-config|to find the libraries
build|libc6-dev|h:stdio.h|the C library: headers
build|librrd-dev|pc:librrd|round-robin files and their graphs
build|libmicrohttpd-dev|pc:libmicrohttpd|the dashboard: HTTP server
build|libjansson-dev|pc:jansson|JSON
build|libpcap-dev|pc:libpcap|packet capture
build|libev-dev|h:ev.h|the event loop
build|libconfuse-dev|pc:libconfuse|the configuration file
build|libsqlite3-dev|pc:sqlite3|the state that survives a restart
build|libarchive-dev|pc:libarchive|compressed logs
build|libcap-ng-dev|pc:libcap-ng|giving up privileges
build|libseccomp-dev|pc:libseccomp|the sandbox: which system calls are left
build|libsystemd-dev|pc:libsystemd|the systemd journal
build|libnftables-dev|pc:libnftables|the firewall
build|libcurl4-openssl-dev|pc:libcurl|mails and webhooks
build|nettle-dev|pc:nettle|pseudonyms: a keyed hash
build|uthash-dev|h:utlist.h|lists off the hot path
test|xz-utils|cmd:xz|tests: the corpus is compressed
test|libcmocka-dev|pc:cmocka|tests: the framework
test|chromium|cmd:chromium|tests: the dashboard in a browser
test|chromium-driver|cmd:chromedriver|tests: to drive that browser
test|pflogsumm|cmd:pflogsumm|tests: the report beside its
test|systemd-journal-remote|file:/lib/systemd/systemd-journal-remote|tests: to make journals
test|systemd|cmd:systemd-analyze|tests: how exposed the service is
test|util-linux|cmd:setpriv|tests: its capabilities
test|mandoc|cmd:mandoc|tests: the manual pages are well formed
test|python3|cmd:python3|tests: clients and filters of a real mail server
test|iproute2|cmd:ip|tests: its loopback interface
test|nftables|cmd:nft|tests: to look at the firewall
test|ipset|cmd:ipset|tests: the firewall of older hosts, its sets
test|iptables|cmd:ip6tables|tests: the firewall of older hosts, its rules
test|openssl|cmd:openssl|tests: its certificate
test|swaks|cmd:swaks|tests: a client that says what it was told
test|libnet-ssleay-perl|perl:Net::SSLeay|tests: its TLS
test|tcpreplay|cmd:tcpreplay|tests: captures at the speed of the wire
test|libsasl2-modules|so:sasl2/libplain.so|tests: passwords of its users
pictures|pngquant|cmd:pngquant|pictures of the page: few colours
fuzz|clang|cmd:clang|fuzzing: the compiler that instruments
fuzz|libclang-rt-dev|rt:fuzzer|fuzzing: libFuzzer and the sanitizers
lint|clang-format|cmd:clang-format|the layout of the code
lint|clang-tidy|cmd:clang-tidy|static analysis
lint|cppcheck|cmd:cppcheck|static analysis
'

there() {
	case $1 in
	cmd:*)	command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*)	pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	perl:*)	perl -M"${1#perl:}" -e 1 2>/dev/null ;;
	file:*)	[ -e "${1#file:}" ] ;;
	h:*)	echo "#include <${1#h:}>" | "$cc" -E -x c - >/dev/null 2>&1 ;;
	so:*)	for lib in /usr/lib/*/"${1#so:}" /usr/lib/"${1#so:}"; do
			[ -e "$lib" ] && return 0
		done
		return 1 ;;
	rt:*)	for lib in $(clang -print-resource-dir \
		    2>/dev/null)/lib/linux/libclang_rt."${1#rt:}"-*; do
			[ -e "$lib" ] && return 0
		done
		return 1 ;;
	esac
}

missing=
list=
wanted=" $* "
old_ifs=$IFS
IFS='
'
for row in $table; do
	IFS='|'
	set -- $row
	IFS=$old_ifs
	case $wanted in *" $1 "*) ;; *) continue ;; esac
	there "$3" && continue
	missing="$missing $2"
	list="$list$(printf '  %-22s %s' "$2" "$4")
"
done
IFS=$old_ifs

# Charts come from npm's registry; an npm from elsewhere is as good as Debian's.
case $wanted in
*" web "*)
	if [ "${NPM:-}" != no ] && ! command -v npm >/dev/null 2>&1; then
		missing="$missing npm"
		list="$list$(printf '  %-22s %s' npm \
		    'the charts of the page (make NPM=no goes without)')
"
	fi
	# Debian's node trusts what this package brings, but does not ask for it.
	if [ "${NPM:-}" != no ] && [ ! -e /etc/ssl/certs/ca-certificates.crt ]
	then
		missing="$missing ca-certificates"
		list="$list$(printf '  %-22s %s' ca-certificates \
		    'to know the registry that the charts come from')
"
	fi ;;
esac

# Of these only programs are wanted, and not the servers that they would start:
# they are unpacked under build/ and not installed.
promtool=
servers=
case $wanted in
*" test "*)
	if ! command -v promtool >/dev/null 2>&1 &&
	    [ ! -x build/tools/usr/bin/promtool ]; then
		promtool=yes
		list="$list$(printf '  %-22s %s' prometheus \
		    'tests: promtool, unpacked under build/, not installed')
"
	fi
	for server in postfix/usr/lib/postfix/postfix-lmdb.so \
	    sendmail/usr/libexec/sendmail/sendmail \
	    dovecot/usr/lib/dovecot/pop3-login \
	    stunnel/usr/bin/stunnel4 \
	    fail2ban/usr/bin/fail2ban-regex; do
		[ -e "build/tools/$server" ] && continue
		servers="$servers ${server%%/*}"
		list="$list$(printf '  %-22s %s' "${server%%/*}" \
		    'tests: the real one, unpacked, not installed')
"
	done ;;
esac

[ -z "$missing$promtool$servers" ] && exit 0

printf 'missing, and what for:\n%s' "$list"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "no apt-get here: install the equivalents of these by hand" >&2
	[ -z "$missing" ]
	exit
fi

sudo=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "not root and no sudo: run as root: apt-get install" \
		    "--no-install-recommends$missing" >&2
		exit 1
	fi
	sudo='sudo'
fi
echo "installing with${sudo:+ sudo} apt-get"

run() {
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		echo "failed: $*" >&2
		exit 1
	fi
	rm -f "$log"
}

run $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q update
# shellcheck disable=SC2086 # a list
[ -z "$missing" ] || run $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y install --no-install-recommends $missing
if [ -n "$promtool" ]; then
	mkdir -p build/tools
	cd build/tools || exit 1
	run apt-get -q download prometheus
	dpkg --fsys-tarfile prometheus_*.deb |
	    tar -x -f - ./usr/bin/promtool || exit 1
	rm -f prometheus_*.deb
	cd ../.. || exit 1
fi
# With the libraries that would come with it; Sendmail's configuration is made
# by m4.
unpack() {
	rm -rf "build/tools/$1"
	mkdir -p "build/tools/$1"
	cd "build/tools/$1" || exit 1
	# shellcheck disable=SC2046,SC2086 # lists
	run apt-get -q download $({
		printf '%s\n' $2
		apt-get -q -s install --no-install-recommends $2 2>/dev/null |
		    sed -n "s/^Inst \($3\) .*/\1/p"
	} | sort -u)
	for package in *.deb; do
		run dpkg-deb -x "$package" .
	done
	rm -f ./*.deb
	cd ../../..
}

for server in $servers; do
	case $server in
	postfix)	unpack postfix postfix-lmdb 'lib[^ ]*\|postfix' ;;
	dovecot)	unpack dovecot 'dovecot-imapd dovecot-pop3d' \
			    '\(lib\|dovecot-\)[^ ]*' ;;
	stunnel)	unpack stunnel stunnel4 'lib[^ ]*' ;;
	fail2ban)	unpack fail2ban fail2ban fail2ban ;;
	sendmail)	unpack sendmail sendmail-bin \
			    '\(lib\|sendmail-\)[^ ]*\|m4' ;;
	esac
done
exit 0
