"""What happens to clients that a rule finds, and what may be done to the agent.

Prints a line for each thing that was seen; the first that is not so ends it.
"""
import contextlib
import datetime
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = sys.argv[1]
LOG = PLACE + "/mail.log"
DATA = PLACE + "/data"
MAILWEIR = os.environ["MAILWEIR"]
SECONDS = 10
SERVER4, SERVER6 = "192.0.2.25", "2001:db8::25"
CLIENTS4 = ["203.0.113.%d" % i for i in range(1, 9)]
CLIENTS6 = ["2001:db8:7::1", "2001:db8:7::2", "2001:db8:8::1"]


def run(*words):
    subprocess.run(words, check=True)


def nft(*words):
    return subprocess.run(["nft", *words], capture_output=True,
                          text=True).stdout


def until(what, true):
    """Seconds that it took."""
    begin = time.monotonic()
    while not true():
        if time.monotonic() - begin > SECONDS:
            sys.exit("not so: " + what)
        time.sleep(0.005)
    took = time.monotonic() - begin
    print("%-60s %.3f s" % (what, took))
    return took


def must(what, true):
    if not true:
        sys.exit("not so: " + what)
    print(what)


class Clients:
    def __init__(self):
        self.process = subprocess.Popen(
            ["unshare", "-n", "python3", HERE + "/clients.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pid = str(self.process.pid)
        # It is in its own network when that is another one than ours.
        ours = os.readlink("/proc/self/ns/net")
        until("the clients have a network of their own",
              lambda: os.readlink("/proc/%s/ns/net" % pid) != ours)
        run("ip", "link", "add", "server", "type", "veth",
            "peer", "name", "client", "netns", pid)
        run("ip", "link", "set", "server", "up")
        run("ip", "address", "add", SERVER4 + "/24", "dev", "server")
        run("ip", "address", "add", SERVER6 + "/64", "dev", "server", "nodad")
        run("ip", "route", "add", "203.0.113.0/24", "dev", "server")
        for net in "2001:db8:7::/64", "2001:db8:8::/64":
            run("ip", "route", "add", net, "dev", "server")
        inside = ["nsenter", "-t", pid, "-n", "ip"]
        run(*inside, "link", "set", "client", "up")
        for address in CLIENTS4:
            run(*inside, "address", "add", address + "/32", "dev", "client")
        for address in CLIENTS6:
            run(*inside, "address", "add", address + "/128", "dev", "client",
                "nodad")
        run(*inside, "route", "add", "192.0.2.0/24", "dev", "client")
        run(*inside, "route", "add", "2001:db8::/64", "dev", "client")

    def say(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def connect(self, name, source, port=25):
        to = SERVER6 if ":" in source else SERVER4
        return self.say("connect", name, source, to, str(port))


def listen(port):
    s = socket.create_server(("::", port), family=socket.AF_INET6,
                             dualstack_ipv6=True, backlog=64)
    s.settimeout(SECONDS)
    return s


def accept(server):
    s = server.accept()[0]
    s.settimeout(SECONDS)
    return s


def ends(s):
    """How the server's side of a connection ends."""
    try:
        return "closed" if s.recv(1) == b"" else "data"
    except (ConnectionAbortedError, ConnectionResetError):
        return "ended"


def write_log(text):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    with open(LOG, "a") as log:
        log.write("%s mx1 postfix/smtpd[100]: %s\n" % (now, text))


def relay(client, helo="x"):
    """Three refused attempts: relay-abuse acts."""
    for _ in range(3):
        write_log("NOQUEUE: reject: RCPT from unknown[%s]: 454 4.7.1 "
                  "<a@example.net>: Relay access denied; "
                  "from=<b@example.com> to=<a@example.net> proto=ESMTP "
                  "helo=<%s>" % (client, helo))


def has(set_name, element):
    words = nft("list", "set", "inet", "mailweir", set_name)
    return re.search(r"(?<![0-9a-f:.])%s (counter|timeout|expires)"
                     % re.escape(element), words) is not None


def refused():
    m = re.search(r"packets (\d+)", nft("list", "counter", "inet",
                                        "mailweir", "refused"))
    return int(m.group(1)) if m else 0


class Agent:
    def __init__(self, *before):
        self.configure("enforce")
        self.out = open(PLACE + "/daemon.out", "w")
        self.process = subprocess.Popen(
            [*before, MAILWEIR, "run", "-c", PLACE + "/mailweir.conf"],
            stdout=self.out, stderr=self.out)

    def health(self):
        """Status and words of /healthz; 0: it does not answer yet."""
        with open(PLACE + "/daemon.out") as f:
            address = re.search("dashboard: (http://[^\n]+)", f.read())
        if address is None:
            return 0, ""
        try:
            with open(DATA + "/web.token") as f:
                token = f.read().strip()
            # Without the token it tells what is in trouble, not why.
            request = urllib.request.Request(address[1] + "/healthz", headers={
                "Authorization": "Bearer " + token})
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError:
            return 0, ""

    def api(self, path, method="GET", body=None):
        """Status and answer, as the page with the token would have them."""
        with open(PLACE + "/daemon.out") as f:
            address = re.search("dashboard: (http://[^\n]+)", f.read())[1]
        with open(DATA + "/web.token") as f:
            token = f.read().strip()
        request = urllib.request.Request(
            address + "/api/v1/" + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + token, "Origin": address})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    def block(self, address):
        return self.api("blocks/" + address)[1]["block"]

    def configure(self, mode):
        with open(PLACE + "/mailweir.conf", "w") as f:
            f.write("""
data = "%s"
user = "nobody"
source "maillog" { path = "%s" }
networks = {"198.51.100.0/24"}
domains = {"example.org"}
web { listen = "127.0.0.1:0" }
blocks { mode = "%s" }
""" % (DATA, LOG, mode))

    def reload(self, mode):
        self.configure(mode)
        self.process.send_signal(signal.SIGHUP)

    def helpers(self):
        """Those named weir-firewall, the one that serves last."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/comm" % pid) as f:
                    if f.read() == "weir-firewall\n":
                        found.append(int(pid))
            except OSError:
                pass
        return sorted(found)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        must("the agent ends well", self.process.wait(SECONDS) == 0)

    def kill(self):
        self.process.kill()
        self.process.wait()


def live():
    """What was in the log at the start is past: from when is it present?"""
    def again():
        relay("198.18.1.1")
        return has("ipv4", "198.18.1.1")
    until("the agent has read what was there", again)


def said(text):
    with open(PLACE + "/daemon.out") as f:
        return text in f.read()


def mail_port_connections(clients, server):
    """Both sides of an established connection end, a new one is refused."""
    must("a client connects", clients.connect("a", "203.0.113.1") == "ok")
    mine = accept(server)
    must("another one too", clients.connect("b", "203.0.113.2") == "ok")
    other = accept(server)
    relay("203.0.113.1")
    until("after three attempts to relay it is in the kernel's set",
          lambda: has("ipv4", "203.0.113.1"))
    must("its connection is reset", clients.say("wait", "a") == "reset")
    must("the server's side has ended", ends(mine) == "ended")
    must("a new connection is refused",
         clients.connect("a", "203.0.113.1") == "refused")
    must("the packets refused are counted", refused() > 0)
    other.send(b"!")
    must("the other client's goes on", clients.say("wait", "b") == "data")
    must("what is no mail port is nothing to us",
         clients.connect("c", "203.0.113.1", 8080) == "ok")


def ipv6(clients, server):
    must("IPv6 client connects", clients.connect("d", "2001:db8:7::2") == "ok")
    mine = accept(server)
    relay("2001:db8:7::1")
    until("another one of its /64 is found", lambda: has("ipv6_64",
                                                         "2001:db8:7::"))
    must("its connection is reset", clients.say("wait", "d") == "reset")
    must("the server's side has ended", ends(mine) == "ended")
    must("the /64 is refused",
         clients.connect("d", "2001:db8:7::2") == "refused")
    must("the next /64 is not",
         clients.connect("e", "2001:db8:8::1") == "ok")
    accept(server)


def never(clients, server):
    """Our own host, by whatever is forged; who comes last is found."""
    run("ip", "address", "add", "198.18.0.77/32", "dev", "lo")
    relay(SERVER4)
    relay("198.18.0.77")
    relay("127.0.0.1")
    relay("198.51.100.9")
    relay("2001:db8::25")
    relay("203.0.113.3", helo="> unknown[203.0.113.4]: 454 Relay access denied")
    until("a client that forges another's line is found itself",
          lambda: has("ipv4", "203.0.113.3"))
    for wrong in SERVER4, "198.18.0.77", "127.0.0.1", "198.51.100.9", \
            "203.0.113.4":
        must("not blocked: " + wrong, not has("ipv4", wrong))
    must("not blocked: our /64", not has("ipv6_64", "2001:db8::") and
         not has("ipv6", "2001:db8::25"))
    must("its victim connects", clients.connect("f", "203.0.113.4") == "ok")
    accept(server)


def wiped(clients):
    run("nft", "flush", "ruleset")
    took = until("what somebody flushed is there again",
                 lambda: has("ipv4", "203.0.113.1"))
    must("within a second", took < 1)
    until("and it is told", lambda: said("somebody removed"))
    must("still refused", clients.connect("a", "203.0.113.1") == "refused")


def counted(agent, clients):
    """Of each block, once somebody looks, what was refused of it alone."""
    def known(client):
        agent.api("blocks")
        return agent.block(client)["refused"] is not None
    until("what was refused of each is known", lambda: known("203.0.113.1"))
    before = agent.block("203.0.113.1")["refused"]
    must("at least the packets that were seen refused", before > 0)
    must("and none of another", agent.block("203.0.113.3")["refused"] == 0)
    must("why is told with the lines",
         "203.0.113.1" in agent.api("blocks/203.0.113.1")[1]["incident"]
         ["evidence"]["lines"][0])


def kept_never():
    with contextlib.closing(sqlite3.connect(DATA + "/state.db")) as state:
        return state.execute("SELECT count(*) FROM never").fetchone()[0] == 1


def said_never(agent, clients, server):
    """Unblocked at once, refused in the agent and by another rule's find."""
    status, answer = agent.api("never", "POST", {
        "address": "203.0.113.3", "reason": "a partner"})
    must("a person says never", status == 201)
    until("it is blocked no longer", lambda: not has("ipv4", "203.0.113.3"))
    must("it connects", clients.connect("n", "203.0.113.3") == "ok")
    accept(server)
    must("nobody blocks it", agent.api("blocks", "POST", {
        "address": "203.0.113.3"})[0] == 409)
    relay("203.0.113.3")
    relay("203.0.113.8")
    until("another is found", lambda: has("ipv4", "203.0.113.8"))
    must("it is not", not has("ipv4", "203.0.113.3"))
    until("what was said is in the state", kept_never)


def still_never(agent):
    """After a crash, or a restart."""
    said = agent.api("never")[1]["never"]
    must("what was said is kept", [row["address"] for row in said] ==
         ["203.0.113.3"] and said[0]["reason"] == "a partner")
    must("and holds", agent.api("blocks", "POST", {
        "address": "203.0.113.3"})[0] == 409)


def taken_back(agent):
    must("it is taken back",
         agent.api("never/203.0.113.3", "DELETE")[0] == 200)
    must("and may be blocked", agent.api("blocks", "POST", {
        "address": "203.0.113.3"})[0] == 201)
    until("which it is", lambda: has("ipv4", "203.0.113.3"))


def killed_helper(agent):
    first, last = agent.helpers()
    os.kill(last, signal.SIGKILL)
    relay("203.0.113.5")
    until("a helper that is killed is followed by another, and blocks",
          lambda: has("ipv4", "203.0.113.5"))
    must("nothing is lost", has("ipv4", "203.0.113.1"))


def killed_agent(agent, clients):
    relay("203.0.113.6")
    until("one more is blocked", lambda: has("ipv4", "203.0.113.6"))
    agent.kill()
    until("the helpers end with the agent", lambda: not agent.helpers())
    must("its blocks stay", has("ipv4", "203.0.113.6"))
    must("and refuse", clients.connect("a", "203.0.113.6") == "refused")
    agent = Agent()
    relay("203.0.113.7")
    until("started again it goes on", lambda: has("ipv4", "203.0.113.7"))
    for client in "203.0.113.1", "203.0.113.5", "203.0.113.6", "203.0.113.8":
        until("it kept " + client, lambda: has("ipv4", client))
    must("and the /64", has("ipv6_64", "2001:db8:7::"))
    return agent


def reloaded(agent, clients):
    agent.reload("observe")
    until("told to observe, it lifts all",
          lambda: "mailweir" not in nft("list", "tables"))
    must("who was refused connects",
         clients.connect("g", "203.0.113.1") == "ok")
    agent.reload("enforce")
    until("told to enforce, it refuses again",
          lambda: has("ipv4", "203.0.113.1") and has("ipv4", "203.0.113.7"))


def without_the_right():
    """Everything else goes on, and it is said."""
    agent = Agent("setpriv", "--reuid", "65534", "--clear-groups",
                  "--inh-caps=-all", "--bounding-set=-all")
    until("without CAP_NET_ADMIN it is not healthy",
          lambda: agent.health()[0] == 503)
    must("and says what is missing", "CAP_NET_ADMIN" in agent.health()[1])
    must("it goes on", agent.process.poll() is None)
    agent.stop()


def main():
    os.mkdir(DATA)
    os.chown(DATA, 65534, -1)
    open(LOG, "w").close()
    os.chmod(LOG, 0o644)
    server, elsewhere = listen(25), listen(8080)
    clients = Clients()
    agent = Agent()
    until("the table is made", lambda: nft("list", "counter", "inet",
                                           "mailweir", "refused") != "")
    live()
    mail_port_connections(clients, server)
    ipv6(clients, server)
    never(clients, server)
    counted(agent, clients)
    wiped(clients)
    said_never(agent, clients, server)
    killed_helper(agent)
    agent = killed_agent(agent, clients)
    still_never(agent)
    taken_back(agent)
    reloaded(agent, clients)
    agent.stop()
    must("a clean stop leaves nothing",
         "mailweir" not in nft("list", "tables"))
    agent = Agent()
    until("the list is restored at start", lambda: has("ipv4", "203.0.113.1"))
    must("it is healthy", agent.health()[0] == 200)
    agent.stop()
    without_the_right()
    elsewhere.close()


main()
