#!/bin/bash
# fuzz.sh FLAVOUR SECONDS - run every fuzz target for so long
#
# Seeds of fuzz_NAME: the files of tests/fuzz/seeds/NAME, and for the targets
# that read lines every line of the log fixtures.  What was learnt is kept in
# build/fuzz/corpus, what was found in build/fuzz/findings.
set -u

flavour=$1
seconds=$2
at_once=${FUZZ_JOBS:-$(nproc)}
found=0
lines=build/fuzz/lines

rm -rf "$lines"
mkdir -p "$lines" build/fuzz/findings
find tests/fixtures -name '*.log' -size -200k -exec cat {} + 2>/dev/null |
    awk 'length($0) < 4000' | sort -u | head -n 3000 |
    split -l 1 -a 4 - "$lines/l"

fuzz_one() {
	local target=$1 name=${1##*/fuzz_} corpus log rc speed
	corpus=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	local seeds=("$corpus")
	mkdir -p "$corpus"
	if [ -d "tests/fuzz/seeds/$name" ]; then
		seeds+=("tests/fuzz/seeds/$name")
	else
		seeds+=("$lines")
	fi
	timeout -k 10 $((seconds + 120)) "$target" -max_total_time="$seconds" \
	    -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
	    -artifact_prefix="build/fuzz/findings/$name-" "${seeds[@]}" \
	    >"$log" 2>&1
	rc=$?
	speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	printf '%-24s %8s exec/s  %s\n' "$name" "${speed:-?}" \
	    "$([ $rc -eq 0 ] && echo 'no finding' || echo "FINDING, see $log")"
	[ $rc -eq 0 ]
}

targets=("$flavour"/tests/fuzz/fuzz_*)
running=0
for target in "${targets[@]}"; do
	[ -x "$target" ] && [ "${target%.o}" = "$target" ] &&
	    [ "${target%.d}" = "$target" ] || continue
	if [ "$running" -ge "$at_once" ]; then
		wait -n || found=1
		running=$((running - 1))
	fi
	fuzz_one "$target" &
	running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
	wait -n || found=1
	running=$((running - 1))
done
exit $found
