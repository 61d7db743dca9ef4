"""Log through journald, rotate, vacuum, kill; the account must be exact."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE = 30
LOG = "/run/systemd/journal/dev-log"
HERE = "/run/mailweir"
CONF = HERE + "/conf"


def wait_for(what, true):
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            sys.exit("in %d s not seen: %s\n%s" % (
                PATIENCE, what, open(HERE + "/err").read()))
        time.sleep(0.02)


class Daemon:
    def __init__(self, program):
        self.program = program
        self.process = None
        self.address = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "run", "-c", CONF], stdout=subprocess.PIPE,
            stderr=open(HERE + "/err", "a"), text=True)
        line = self.process.stdout.readline()
        if not line.startswith("dashboard: "):
            sys.exit("did not start: " + open(HERE + "/err").read())
        self.address = line.split()[1].rstrip("/")

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait()

    def metric(self, name):
        none = urllib.request.ProxyHandler({})
        with urllib.request.build_opener(none).open(
                self.address + "/metrics", timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return sum(int(line.split()[-1]) for line in text.splitlines()
                   if line.startswith("mailweir_" + name + "{"))

    def connected(self):
        return self.metric("sessions_connected_total")


class Log:
    def __init__(self):
        self.said = 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.connect(LOG)

    def say(self, n):
        for _ in range(n):
            self.said += 1
            self.send("<22>postfix/smtpd[7]: connect from c.test[10.0.%d.%d]"
                      % (self.said >> 8, self.said & 255))
            self.send("<30>other[8]: nothing of ours %d" % self.said)

    def send(self, text):
        self.socket.send(text.encode())


def journalctl(*words):
    subprocess.run(["journalctl", "-q", *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def numbers_left():
    text = subprocess.run(
        ["journalctl", "-q", "-t", "postfix/smtpd", "-o", "cat"],
        stdout=subprocess.PIPE, check=True, text=True).stdout
    return [int(a) << 8 | int(b)
            for a, b in re.findall(r"\[10\.0\.(\d+)\.(\d+)\]", text)]


def expect(daemon, n, what):
    """The counts are so, and stay so while the disk has been asked again."""
    wait_for("%s: %d connections, not %d" % (what, n, daemon.connected()),
             lambda: daemon.connected() >= n)
    journalctl("--sync")
    time.sleep(0.1)
    if daemon.connected() != n:
        sys.exit("%s: %d connections are counted, %d were logged" % (
            what, daemon.connected(), n))


def main(program):
    wait_for("journald's socket", lambda: os.path.exists(LOG))
    with open(CONF, "w") as conf:
        conf.write('data = "%s/data"\nuser = "root"\n'
                   'source "journal" { type = "journal" }\n'
                   'mail { to = {} } web { listen = "127.0.0.1:0" }\n' % HERE)
    log = Log()
    daemon = Daemon(program)
    log.say(20)
    daemon.start()
    expect(daemon, log.said, "what was there")
    log.say(20)
    expect(daemon, log.said, "what came")

    # From /run to /var, into files of another sequence.
    journalctl("--flush")
    log.say(20)
    expect(daemon, log.said, "after the move to /var")

    for i in range(4):
        journalctl("--rotate")
        log.say(20)
        expect(daemon, log.said, "after rotation %d" % i)
        journalctl("--vacuum-files=1")
        log.say(20)
        expect(daemon, log.said, "after vacuum %d" % i)

    # A kill undoes what was not yet committed; that must still be there.
    daemon.end(signal.SIGTERM)
    daemon.start()
    for i in range(3):
        log.say(15)
        daemon.end(signal.SIGKILL)
        log.say(10)
        journalctl("--rotate")
        log.say(10)
        daemon.start()
        expect(daemon, log.said, "after kill %d" % i)

    # What is not read is taken away, and then more comes.
    before = daemon.metric("agent_lines_lost_total")
    daemon.end(signal.SIGTERM)
    had = log.said
    log.say(30)
    journalctl("--rotate")
    log.say(25)
    journalctl("--rotate")
    journalctl("--vacuum-files=1")
    log.say(15)
    left = [n for n in numbers_left() if n > had]
    if not 15 <= len(left) < 70:
        sys.exit("the vacuum left %d of 70" % len(left))
    daemon.start()
    expect(daemon, had + len(left), "after a vacuum of unread entries")
    holes = daemon.metric("agent_lines_lost_total") - before
    if holes != 1:
        sys.exit("the hole was said %d times: %s" % (
            holes, open(HERE + "/err").read()))
    daemon.end(signal.SIGTERM)
    if daemon.process.returncode != 0:
        sys.exit("ended with %d" % daemon.process.returncode)


main(sys.argv[1])
