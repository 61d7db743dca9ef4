# clients.sh - clients in a network of their own; after host.sh
#
# An address of the host itself is never blocked, so clients that are to be
# blocked need other addresses than the host's.

# clients NET4 NET6 ADDRESS...: the host at NET4.1 and NET6::1; $clients is then
# a process that holds their network.
clients() {
	local net4=$1 net6=$2 address
	shift 2
	ip link set lo up
	echo mx.example.org >/proc/sys/kernel/hostname
	ip link add server type veth peer name clients || return 1
	unshare -n sleep 1000 &
	clients=$!
	until [ "$(readlink "/proc/$clients/ns/net")" != \
	    "$(readlink /proc/self/ns/net)" ]; do
		kill -0 "$clients" 2>/dev/null || return 1
	done
	ip link set clients netns "$clients" || return 1
	ip address add "$net4.1/24" dev server &&
	    ip address add "$net6::1/64" dev server nodad &&
	    ip link set server up || return 1
	theirs ip link set clients up &&
	    theirs ip address add "$net4.250/24" dev clients &&
	    theirs ip address add "$net6::250/64" dev clients nodad || return 1
	for address in "$@"; do
		case $address in
		*:*)	theirs ip address add "$address/128" dev clients nodad &&
			    ip route add "$address/128" via "$net6::250" ;;
		*)	theirs ip address add "$address/32" dev clients &&
			    ip route add "$address/32" via "$net4.250" ;;
		esac || return 1
	done
}

theirs() {
	nsenter -t "$clients" -n "$@"
}
