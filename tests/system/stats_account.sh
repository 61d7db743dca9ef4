#!/bin/bash
# stats_account.sh - mailweir stats prints one table of a log and of what was
# kept of it, and refuses in words what it cannot do
set -u

mailweir=${MAILWEIR:?}
corpus=$PWD/tests/corpus
statistics=$PWD/tests/statistics
dir=$(mktemp -d "${TMPDIR:-/tmp}/stats.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
export TZ=UTC LC_ALL=C
cd "$dir" || exit 1
bad=0

fail() {
	echo "$*"
	bad=1
}

stats() {
	"$mailweir" stats "$@"
}

# Without the first line, the only one with times.
table() {
	stats "$@" | tail -n +2
}

same() {
	cmp -s "$1" "$2" || {
		fail "$3:"
		diff "$1" "$2"
	}
}

# The file must hold so many lines like that.
holds() {
	local n
	n=$(grep -cE -- "$2" "$1")
	[ "$n" -eq "$3" ] || fail "$n lines like \"$2\", not $3: $(cat "$1")"
}

refused() {
	local status=$1 why=$2 got
	shift 2
	stats "$@" >out 2>err
	got=$?
	[ $got -eq "$status" ] || fail "stats $*: exit status $got"
	[ ! -s out ] || fail "stats $*: prints $(cat out)"
	holds err "$why" 1
}

# A configuration of its own, as /etc may have one.
: >mailweir.conf
conf='--config mailweir.conf'
printf 'Msmtp, P=x\nMlocal, P=x\n' >own.cf
printf 'Mlocal,\nMsmtp,\nMesmtp,\nMsmtp8,\nMdsmtp,\nMrelay,\n' >usual.cf

# shellcheck disable=SC2086 # $conf is two words
for log in a-small a-month a-rollover; do
	xz -dc "$corpus/$log.log.xz" >"$log.log"
	touch -d 2027-03-05 "$log.log"
	"$mailweir" replay -c mailweir.conf --data "$log" "$log.log" \
	    >/dev/null || fail "replay $log"
	table $conf -C usual.cf --log "$log.log" >wanted
	[ "$(wc -l <wanted)" -ge 6 ] || fail "$log: no table"
	table $conf -C usual.cf -d "$log" >got
	same wanted got "$log: of the log, of the account"
	table $conf -C usual.cf --data "$log" --since 2020-01-01 >got
	same wanted got "$log: of the account, since before it began"
	table $conf -C usual.cf --data "$log" --since 2020-01-01 --host MX1 \
	    >got
	same wanted got "$log: of the one host there is"
	table $conf -C usual.cf --log - <"$log.log" --year 2026 >got
	same wanted got "$log: of standard input"

	# A whole minute, of which series and log tell the same.
	when=$(stats $conf -C usual.cf --log "$log.log" -P | cut -d' ' -f1 |
	    head -n 1)
	when=$(date -d "@$((when / 60 * 60 + 300))" '+%Y-%m-%d %H:%M')
	stats $conf -C usual.cf --log "$log.log" --since "$when" >wanted
	stats $conf -C usual.cf -d "$log" --since "$when" >got
	same wanted got "$log: since $when"
done

# Numbers follow the configuration; the columns add up.
# shellcheck disable=SC2086
{
	table $conf -C own.cf --log a-small.log >out
	holds out '^ 3 .*  smtp$' 1
	holds out '^ 4 .*  local$' 1
	stats $conf -C own.cf -P -o --log a-small.log >out
	holds out '[a-z]' 0
	stats $conf -C usual.cf --json --log a-small.log >json
	stats $conf -C usual.cf --json --log a-small.log a-small.log >twice
	holds json '"since": "[0-9-]+T[0-9:]+Z"' 1
	holds json '"kbytes_from"' $(($(grep -c '"name"' json) + 1))
}
python3 - <<'PY' || fail 'json'
import json
one, two = json.load(open('json')), json.load(open('twice'))
assert list(one) == ['since', 'now', 'mailers', 'total', 'connections'], one
for key, total in one['total'].items():
    assert total == sum(m[key] for m in one['mailers']), key
assert one['total']['msgs_to'] > 1000 and one['connections']['from'] > 500
assert one['connections']['to'] == 0
assert two['connections']['from'] >= one['connections']['from']
PY

# shellcheck disable=SC2086
{
	refused 1 'state.db: no account here; start mailweir run' $conf -d none
	refused 1 'nolog: ' $conf --log nolog
	refused 1 'host mx9: not in the account, which has: mx1' \
	    $conf -d a-small --host mx9
	refused 1 'host mx9: not in the log' \
	    $conf --log a-small.log --host mx9
	refused 2 'expected a time such as' $conf -d a-small --since never
	refused 2 'expected a year' $conf --log a-small.log --year 20
	refused 2 'only with --log' $conf --year 2026
	refused 2 'not with --log' $conf -d a-small --log a-small.log
	refused 2 'of a statistics file' $conf -p --log a-small.log
	refused 2 'of a statistics file' $conf -f own.cf -d a-small
	refused 66 'nope.cf: No such file' $conf -C nope.cf -d a-small
	refused 2 'no.conf' --config no.conf
	refused 2 '^mailweir: usage: mailweir stats' --json word
	refused 2 '^mailweir: usage: mailweir stats' --no-such-option
	refused 64 '^usage: mailstats' word
}
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$dir" && chmod 750 a-small
	setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$mailweir" stats --config mailweir.conf -d a-small >out 2>err
	[ $? -eq 1 ] || fail 'read without the right to'
	holds err 'state.db: open: Permission denied; run as root' 1
fi

# A statistics file of another machine, which mailstats refuses.
python3 - "$statistics/large-08-end.st" <<'PY' || fail 'convert'
import struct, sys
head, rest = '<iiqh6x', '178q'
numbers = struct.unpack(head + rest, open(sys.argv[1], 'rb').read())
for name, form, size in (('big', '>iiqh6x178q', 1448),
                         ('small', '<iiih2x178l', 728),
                         ('smallbig', '>iiih2x178l', 728),
                         ('smallnew', '<iiqh2x178l', 732),
                         ('arm', '<iiqh2x178l4x', 736)):
    numbers = numbers[:3] + (size,) + numbers[4:]
    open(name + '.st', 'wb').write(struct.pack(form, *numbers))
PY
stats -C usual.cf -f "$statistics/large-08-end.st" >wanted
# A host without Sendmail knows the usual mailers.
if [ ! -e /etc/mail/sendmail.cf ]; then
	stats -f "$statistics/large-08-end.st" | cmp - wanted || exit 1
fi
for name in big small smallbig smallnew arm; do
	stats -C usual.cf -f $name.st >got
	same wanted got "$name.st"
done

[ $bad -eq 0 ]
