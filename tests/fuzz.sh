#!/bin/bash
# fuzz.sh FLAVOUR SECONDS - run every fuzz target for so long
#
# Seeds of fuzz_NAME: the files of tests/fuzz/seeds/NAME; for the targets that
# read one format, the log fixtures with the header of each line replaced by two
# bytes; for the others the fixtures and each of their lines.  What was learnt
# is kept in build/fuzz/corpus, what was found in build/fuzz/findings.
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

# The first byte picks the program (tests/fuzz/fuzz_NAME.c), the second stands
# for the process.
format_seeds() {
	local name=$1 programs=$2 log
	rm -rf "build/fuzz/seeds/$name"
	mkdir -p "build/fuzz/seeds/$name"
	for log in tests/fixtures/*/*.log; do
		awk -v programs="$programs" '
		BEGIN {
			n = split(programs, p, " ")
			for (i = 1; i <= n; i++)
				letter[p[i]] = sprintf("%c", 64 + i - 1)
		}
		match($0, /[a-z0-9-]+(\[[0-9]+\])?: /) {
			head = substr($0, RSTART, RLENGTH - 2)
			text = substr($0, RSTART + RLENGTH)
			pid = head
			gsub(/[^0-9]/, "", pid)
			sub(/\[.*/, "", head)
			if (head in letter)
				print letter[head] substr(pid, length(pid)) text
		}' "$log" >>"build/fuzz/seeds/$name/${log##*/}"
	done
}
format_seeds postfix 'smtpd qmgr cleanup smtp local postscreen lmtp pipe error
    discard bounce pickup postsuper master tlsproxy postfix'
format_seeds sendmail 'sendmail sm-mta sm-msp-queue'
format_seeds exim 'exim exim4'
format_seeds dovecot 'dovecot'
format_seeds cyrus 'imap pop3'
format_seeds courier 'courierd courieresmtpd courieresmtp courierlocal'
format_seeds amavis 'amavis amavisd'
format_seeds scanners 'spamd rspamd spampd'
format_seeds mimedefang 'pl'
format_seeds opensmtpd 'smtpd'
format_seeds uw 'imapd ipop3d'
format_seeds qpopper 'qpopper popper'
format_seeds poplogin 'pop-before-smtp dracinsert drac vpopmail dovecot'
format_seeds popa3d 'popa3d'
format_seeds solidpop 'solid-pop3d spop3d'
format_seeds gnupop 'gnu-pop3d vm-pop3d imap4d'
format_seeds perdition 'perdition'
format_seeds popd 'teapop tpop3d cucipop'
format_seeds clamav 'clamav-milter clamsmtpd'
format_seeds zmailer 'smtpserver router scheduler smtp expirer'
format_seeds qmail 'qmail spamdyke'
format_seeds nullmailer 'nullmailer'
format_seeds stunnel 'stunnel'
mkdir -p build/fuzz/seeds/transcript
for log in tests/fixtures/transcript/*.log; do
	LC_ALL=C sed 's/^0*[0-9]*\([0-9]\) /@\1/' "$log" \
	    >"build/fuzz/seeds/transcript/${log##*/}"
done
for log in tests/fixtures/*/*.log; do
	cp "$log" "$lines/$(basename "${log%/*}")-${log##*/}"
done

fuzz_one() {
	local target=$1 name=${1##*/fuzz_} corpus log rc speed
	corpus=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	local seeds=("$corpus")
	mkdir -p "$corpus"
	if [ -d "tests/fuzz/seeds/$name" ]; then
		seeds+=("tests/fuzz/seeds/$name")
	elif [ -d "build/fuzz/seeds/$name" ]; then
		seeds+=("build/fuzz/seeds/$name")
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
