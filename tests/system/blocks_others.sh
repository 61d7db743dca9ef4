#!/bin/bash
# blocks_others.sh - what blocks.sh sees of nftables, of ipset and a command too
set -u

here=$(dirname "$(readlink -f "$0")")
for program in ipset iptables ip6tables; do
	if ! command -v "$program" >/dev/null; then
		echo "there is no $program (make deps)"
		exit 77
	fi
done
for backend in ipset command; do
	echo "backend $backend:"
	BACKEND=$backend "$here/blocks.sh" || exit
done
