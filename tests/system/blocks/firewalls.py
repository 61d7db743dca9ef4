"""What each backend has in the kernel, as its own tools tell it."""
import re
import subprocess


def said(*words):
    return subprocess.run(words, capture_output=True, text=True).stdout


def number(pattern, text):
    return sum(int(n) for n in re.findall(pattern, text))


class Nftables:
    section = ""
    helper = "weir-firewall"
    right = "CAP_NET_ADMIN"
    watches = True  # it is told at once when somebody changes it
    ends = True  # its elements, by themselves
    counts = True  # what it refuses of each

    def has(self, name, element):
        words = said("nft", "list", "set", "inet", "mailweir", name)
        return re.search(r"(?<![0-9a-f:.])%s (counter|timeout|expires)"
                         % re.escape(element), words) is not None

    def refused(self):
        return number(r"packets (\d+)", said("nft", "list", "counter", "inet",
                                             "mailweir", "refused"))

    def made(self):
        return "refused" in said("nft", "list", "counters")

    def left(self):
        return "mailweir" in said("nft", "list", "tables")


class Ipset:
    section = 'backend = "ipset"'
    helper = "weir-commands"
    right = "CAP_NET_ADMIN"
    watches = False
    ends = True
    counts = False  # but once a minute, when all of it is looked at

    def has(self, name, element):
        length = {"ipv4": "", "ipv4_24": "/24", "ipv6": "",
                  "ipv6_64": "/64"}[name]
        words = said("ipset", "save", "mailweir" + name[3])
        return " %s%s timeout " % (element, length) in words

    def refused(self):
        return number(r"(?m)^ *(\d+) .* REJECT", said(
            "iptables", "-nvxL", "mailweir"))

    def made(self):
        return all("-A INPUT -j mailweir" in said(tables, "-S")
                   for tables in ("iptables", "ip6tables"))

    def left(self):
        return "mailweir" in said("iptables", "-S") + said(
            "ip6tables", "-S") + said("ipset", "list", "-n")


class Command:
    rule = "-s %a/%p -p tcp --dport 25 -j REJECT --reject-with tcp-reset"
    section = "\n".join("%s = '/usr/sbin/%s -w %s %s'" % (
        key, tables, what, rule) for key, tables, what, rule in (
            ("backend = 'command'\nadd", "iptables", "-I INPUT", rule),
            ("remove", "iptables", "-D INPUT", rule),
            ("add6", "ip6tables", "-I INPUT", rule),
            ("remove6", "ip6tables", "-D INPUT", rule)))
    helper = "weir-commands"
    right = "exit status"
    watches = False
    ends = False
    counts = False

    def has(self, name, element):
        tables, length = {"ipv4": ("iptables", 32), "ipv4_24": ("iptables", 24),
                          "ipv6": ("ip6tables", 128),
                          "ipv6_64": ("ip6tables", 64)}[name]
        # Once: what a run that was killed left is not added to.
        return said(tables, "-S").count("-s %s/%d " % (element, length)) == 1

    def refused(self):
        return number(r"(?m)^ *(\d+) .* REJECT", said(
            "iptables", "-nvxL", "INPUT"))

    def made(self):
        return True

    def left(self):
        return "-j REJECT" in said("iptables", "-S") + said("ip6tables", "-S")


firewalls = {"nftables": Nftables, "ipset": Ipset, "command": Command}
