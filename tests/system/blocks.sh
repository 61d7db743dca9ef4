#!/bin/bash
# blocks.sh - a client that a rule finds is refused, by the real kernel
#
# With nftables, or the backend that blocks_others.sh names.  The whole daemon, in name spaces of its own (real/host.sh), reads a log that
# blocks/scenario.py writes; clients in another network name space connect to a
# server in this one.
set -u
export BACKEND=${BACKEND:-nftables}

here=$(dirname "$(readlink -f "$0")")
. "$here/real/host.sh"

if [ $# -eq 0 ]; then
	command -v nft >/dev/null || skip "there is no nft (make deps)"
	enter "$here/blocks.sh" 120
fi

place=$1
mount -t tmpfs -o mode=755 tmpfs "$place" || skip "nothing can be mounted here"
ip link set lo up || fail "no loopback interface"
nft list tables >/dev/null 2>&1 || skip "this kernel has no nftables"
python3 "$here/blocks/scenario.py" "$place" "$BACKEND" && exit 0
status=$?
[ "$status" -eq 77 ] && exit 77
cat "$place"/daemon.out
exit 1
