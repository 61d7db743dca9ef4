#!/bin/sh
# check_headers.sh - every header compiles by itself
set -u

cd "$(dirname "$0")/.." || exit 1
cc=${CC:-cc}
bad=0
flags=$(pkg-config --cflags librrd libmicrohttpd jansson sqlite3 libarchive libpcap)

for header in $(find base collectors rrd alerts blocks web agent \
    -name '*.h' 2>/dev/null | sort); do
	# shellcheck disable=SC2086 # a list
	echo "#include \"$header\"" | "$cc" -std=c11 -D_GNU_SOURCE -I. $flags \
	    -Wall -Wextra -Werror -fsyntax-only -x c - || {
		echo "$header: does not compile by itself"
		bad=1
	}
done
exit $bad
