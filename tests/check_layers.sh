#!/bin/sh
# check_layers.sh - the floors of the house: which way an include may point
#
# See docs/STYLE.md.  Prints every offence as FILE: what is wrong.
set -u

cd "$(dirname "$0")/.." || exit 1
bad=0
offence() {
	echo "$1: $2"
	bad=1
}

public='collectors/collectors.h rrd/series.h alerts/alerts.h blocks/blocks.h'

# May a file of this folder include that header?
may() {
	case $2 in
	base/*)		return 0 ;;
	"$1"/*)		return 0 ;;
	esac
	case $1 in
	web)	case " $public " in *" $2 "*) return 0 ;; esac ;;
	agent)	case " $public web/web.h " in *" $2 "*) return 0 ;; esac ;;
	esac
	return 1
}

# Who may include a third party's header?
home_of() {
	case $1 in
	systemd/sd-daemon.h)	echo agent ;;
	pcap.h|pcap/*|archive.h|archive_entry.h|systemd/*) echo collectors ;;
	rrd.h|rrd_*.h)		echo rrd ;;
	microhttpd.h)		echo web ;;
	curl/*)			echo 'alerts agent' ;;
	nftables/*|libnftables.h) echo blocks ;;
	confuse.h|ev.h)		echo agent ;;
	sqlite3.h)		echo base ;;
	nettle/*)		echo base ;;
	cap-ng.h|seccomp.h)	echo 'agent base' ;;
	esac
}

for file in $(find base collectors rrd alerts blocks web agent \
    -name '*.[ch]' 2>/dev/null | sort); do
	folder=${file%%/*}
	own=${file%.c}.h
	first=
	for header in $(sed -n 's/^#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' \
	    "$file"); do
		case $header in
		*/*)	may "$folder" "$header" ||
			    offence "$file" "may not include \"$header\"" ;;
		*)	offence "$file" "\"$header\" is without its folder" ;;
		esac
	done
	for header in $(sed -n 's/^#[ \t]*include[ \t]*<\([^>]*\)>.*/\1/p' \
	    "$file"); do
		home=$(home_of "$header")
		[ -z "$home" ] && continue
		case " $home " in
		*" $folder "*) ;;
		*) offence "$file" "<$header> belongs to $home/" ;;
		esac
		case $file in
		base/*.h|web/web.h|rrd/series.h|*/collectors.h|*/alerts.h|\
		*/blocks.h)
			offence "$file" "<$header> in a public header" ;;
		esac
	done
	if [ "$own" != "$file" ] && [ -f "$own" ]; then
		first=$(sed -n 's/^#[ \t]*include[ \t]*[<"]\([^>"]*\)[>"].*/\1/p' \
		    "$file" | head -n 1)
		[ "$first" = "$own" ] ||
		    offence "$file" "includes $first before its own header"
	fi

	# Comments out, then: the clock and threads.
	code=$(sed -e 's,/\*.*\*/,,' -e '/^[ \t]*\/\*/,/\*\//d' "$file")
	if [ "$folder" != agent ]; then
		for call in time clock_gettime gettimeofday ev_time; do
			echo "$code" | grep -qE \
			    "(^|[^A-Za-z0-9_>.\"])${call}[ ]?\\(" &&
			    offence "$file" "asks the clock: $call()"
		done
	fi
	[ "$file" = base/worker.c ] ||
	    ! echo "$code" | grep -q 'pthread_' ||
	    offence "$file" "says pthread_"
done
exit $bad
