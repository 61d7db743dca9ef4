#!/bin/bash
# mailstats.sh - called by the name mailstats, and as mailweir stats, we print
# byte for byte what Sendmail's own printed, with the same exit status
set -u

mailweir=${MAILWEIR:?}
from=$PWD/tests/statistics
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailstats.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
export TZ=NST3:30 LC_ALL=C

ran=0
bad=0

fresh() {
	rm -rf "$dir/work"
	mkdir "$dir/work"
	cp "$from"/*.st "$from"/*.cf "$dir/work/"
	ln -s "$mailweir" "$dir/work/mailstats"
}

# After a run that emptied a file.
renew() {
	grep -q '^0 ' "$dir/got" || return 0
	cd "$dir" || exit 1
	fresh
	cd "$dir/work" || exit 1
}

# The times that are now, as NOW; the line must have been printed just then.
with_now() {
	local first=$1 wanted=$2 now at
	now=$(date +%s)
	case $wanted in
	'Statistics from NOW')
		at=$(date -d "${first#Statistics from }" +%s 2>/dev/null) ||
		    at=0
		first='Statistics from' ;;
	'NOW NOW')
		at=${first#* }
		[ "$at" = "${first% *}" ] || at=0
		first=NOW ;;
	*' NOW')
		at=${first#* }
		first=${first% *} ;;
	*)	printf '%s\n' "$first"
		return ;;
	esac
	[ $((now - at)) -le 60 ] && [ "$at" -le "$now" ] && first="$first NOW"
	printf '%s\n' "$first"
}

# What it did, in the words of recorded.txt.
observe() {
	local wanted=$1 status file first
	shift
	"$@" >"$dir/out" 2>"$dir/err"
	status=$?
	if [ -s "$dir/out" ]; then
		IFS= read -r first <"$dir/out"
		{
			with_now "$first" "$wanted"
			tail -n +2 "$dir/out"
		} | sed 's/^/> /'
	fi
	sed 's/^/! /' "$dir/err"
	echo "= $status"
	for file in *.st *.cf; do
		[ -s "$file" ] || [ ! -s "$from/$file" ] || echo "0 $file"
	done
}

differ() {
	bad=$((bad + 1))
	echo "$1:"
	diff "$dir/wanted" "$dir/got"
}

check() {
	local args=$1 first
	first=$(sed -n '1s/^> //p' "$dir/wanted")
	ran=$((ran + 1))

	cd "$dir/work" || exit 1
	# shellcheck disable=SC2086 # recorded arguments hold no spaces
	observe "$first" ./mailstats $args >"$dir/got"
	cmp -s "$dir/wanted" "$dir/got" || differ "mailstats $args"

	renew
	sed -i 's/^! \.\/mailstats: /! stats: /' "$dir/wanted"
	# shellcheck disable=SC2086
	observe "$first" "$mailweir" stats $args >"$dir/got"
	cmp -s "$dir/wanted" "$dir/got" || differ "mailweir stats $args"
	renew
}

fresh
args=
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	'$ '*)	args=${line#'$ '}
		: >"$dir/wanted" ;;
	'')	check "$args" ;;
	*)	printf '%s\n' "$line" >>"$dir/wanted" ;;
	esac
done < <(cat "$from/recorded.txt"; echo)

echo "$ran recorded runs, $bad differences"
[ "$ran" -ge 150 ] && [ "$bad" -eq 0 ]
