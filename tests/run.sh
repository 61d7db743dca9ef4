#!/bin/bash
# run.sh TEST... - run CMocka programs and scripts, and count
#
# A script is one test: it passes with 0 and is skipped with 77 and a reason
# on its last line.  Each runs under a time limit, as many at once as there are
# processors; its output is kept under $O/logs and shown in full if it fails.
# The last line is "N passed, N failed, N skipped".
set -u

O=${O:-build/plain}
limit=${TEST_TIMEOUT:-420}
at_once=${TEST_JOBS:-$(nproc)}
logs=$O/logs

export O MAILWEIR=${MAILWEIR:-$PWD/$O/mailweir}
export GENERATE=${GENERATE:-$PWD/$O/tests/generate/generate}
export PATH=$PATH:$PWD/build/tools/usr/bin:/usr/sbin
export LC_ALL=C CMOCKA_MESSAGE_OUTPUT=tap
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0}
export LSAN_OPTIONS=${LSAN_OPTIONS:-print_suppressions=0}
[ -f tests/tsan.supp ] &&
    export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.supp}

rm -rf "$logs"
mkdir -p "$logs"

# A program that died has not said what became of the tests it planned.
count_tap() {
	local log=$1 rc=$2 planned passed failed skipped
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log" | awk '{ n += $1 }
	    END { print n + 0 }')
	skipped=$(grep -cE '^(not )?ok [0-9]+ # SKIP' "$log")
	passed=$(grep -E '^ok [0-9]+' "$log" | grep -cv '# SKIP')
	failed=$(grep -E '^not ok [0-9]+' "$log" | grep -cv '# SKIP')
	if [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=$((planned - passed - skipped))
		[ "$failed" -gt 0 ] || failed=1
	elif [ "$planned" -eq 0 ]; then
		failed=1
	fi
	echo "$passed $failed $skipped"
}

count_script() {
	case $1 in
	0)	echo 1 0 0 ;;
	77)	echo 0 0 1 ;;
	*)	echo 0 1 0 ;;
	esac
}

run_one() {
	local test=$1 name=${1##*/} log rc start counts passed failed skipped
	log=$logs/$name.log
	start=$(date +%s%N)
	timeout -k 5 "$limit" "$test" >"$log" 2>&1 </dev/null
	rc=$?
	[ $rc -ne 124 ] && [ $rc -ne 137 ] ||
	    echo "$name: stopped after $limit s" >>"$log"
	case $test in
	*.sh)	counts=$(count_script $rc) ;;
	*)	counts=$(count_tap "$log" $rc) ;;
	esac
	echo "$counts" >"$logs/$name.counts"
	read -r passed failed skipped <<<"$counts"
	[ "$failed" -eq 0 ] ||
	    printf -- '--- %s (exit status %s)\n%s\n---\n' "$name" "$rc" \
		"$(tail -c 60000 "$log")"
	printf '%-4s %-28s %3s passed %2s failed %2s skipped %6s ms\n' \
	    "$([ "$failed" -eq 0 ] && echo ok || echo FAIL)" "$name" \
	    "$passed" "$failed" "$skipped" \
	    $((($(date +%s%N) - start) / 1000000))
	[ "$skipped" -eq 0 ] || {
		grep -E '^(not )?ok [0-9]+ # SKIP' "$log" ||
		    tail -n 1 "$log"
	} | sed 's/^/     skipped: /'
}

running=0
for test in "$@"; do
	if [ "$running" -ge "$at_once" ]; then
		wait -n
		running=$((running - 1))
	fi
	run_one "$test" &
	running=$((running + 1))
done
wait

sum=$(cat "$logs"/*.counts 2>/dev/null | awk '{ p += $1; f += $2; s += $3 }
    END { print p + 0, f + 0, s + 0 }')
read -r passed failed skipped <<<"$sum"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
