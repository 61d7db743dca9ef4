#!/usr/bin/env python3
"""sendmail.py - a slow counter of Sendmail logs, to hold the fast one against

Prints the object of `mailweir replay --json --top 0', wire left empty and every
line called recognised.  It reads the whole log first and decides afterwards,
with nothing but regular expressions and dictionaries, so that it shares no
idea with the program it judges.

usage: sendmail.py [replay] [--json] [--year Y] [--top N] [--until T]
           [--network PREFIX]... LOG...

The reading of lines (forms, compression, year) is reference.py's.  --until
stops before the first line of that Unix time or later: what a statistics file
said then.

Rules; "id" is a queue id, "process" a pid of one host.

MESSAGES
M1  A `from=' line with `msgid=' and nrcpts > 0 is a message, once per id, at
    its time.  It is refused if its id has a header ruleset's `reject=', a
    `Milter: data|eom|eoh|header|body|..., reject=', a `message size (N)
    exceeds', or a `to=' line without mailer= (other than stat=discarded).  It
    is discarded if its id has a verdict (`ruleset=..., discard', `Milter:
    ..., discard'), a line `discarded' or stat=discarded.  Else it
    is received.  Refused and discarded ones are not received.
M2  The submission program's `from=' has no daemon= and relay=USER@localhost.
    Its message is received.
    Its `to=' with mailer=relay, dsn=2 and a loopback relay is a hand-over (not
    sent); the id that its stat names (`Sent (ID Message accepted...)') is not
    received again.  A hand-over that failed (dsn 4, 5) is deferred, bounced
    like any other, but in no mailer's columns.
M3  received_bytes is size=, received_recipients nrcpts= of the received.
M4  generated: each `A: B: DSN|sender notify|postmaster notify|return to
    sender|return receipt: ...' is one message B.  `clone:' is none.
M5  sent, deferred, bounced: per recipient of each `to=' line that has mailer=
    and is no hand-over, by the first digit of dsn=.  A line without xdelay= is
    no attempt, unless it bounced.  Without dsn=: stat=Sent is sent, Deferred
    is deferred.  sent_bytes is the size of the message per recipient.
M6  Two sizes.  Received (M3, C2) is the `from=' line's.  Delivered (sent_bytes,
    bytes_to, kbytes_to) is with what was added since, and stands in the first
    pri= of the id's `to=' lines: size + (pri - 30000 * nrcpts - size) mod
    30000, for aliases add recipients of 30000 each and waiting 90000 a run; if
    nothing is left (a sender of this host) the text of the `Milter (X) add|
    insert|change (add): header: TEXT' lines is added instead.  A clone (`A: B:
    clone') has A's sender, client and size, nrcpts 1, and its own pri=.  A
    generated message B of A has pri - 30000 = 0, or 1024 + A's delivered size,
    both plus some 30000s; that is both its sizes.  Without a `from=' line a
    message has none: 0.
M7  expired: at the first `A: B: ...: Cannot send message for ...' of A, one
    per recipient of A whose last status was deferred or queued.
M8  discarded: one per discarded message.  quarantined: one per id with
    quarantine= (ruleset or milter) whose `from=' line is a message; such are
    received as well.

REJECTS (client: of the line; else of the id's other lines; else the process's)
R1  `ruleset=X, ... reject=CODE TEXT': one.  4xx is temporary.
R2  `ID: <addr>... TEXT' (a refused recipient): one, 550; R11's reason if its
    words are known there, else unknown_recipient; so protocol for Sendmail's
    own complaints of syntax (Invalid route address, 8-bit character, Colon
    illegal, Unbalanced, ...).
    `ID: 8-bit character in mailbox address "<addr>"': protocol, 501.
R3  `ID: Milter: STAGE, reject=CODE TEXT': policy.  `tempfail' is 451.
R4  `ID: Milter: initialization failed, temp failing commands' (or `rejecting
    commands', permanent): unavailable, once per id.
R5  `ID: Too many recipients': too_many_recipients, 452.
R6  `ID: message size (N) exceeds maximum (N)': too_large, 552.
R7  `ID: rejecting commands from ... due to pre-greeting traffic' and `ID:
    rejecting server CMD from ... due to traffic before response': protocol,
    554, once per id for both.
R8  `ID: PEER: probable open proxy: command=...': protocol, 421 (the client is
    told `Rejecting open proxy').
R9  At the end of data (header rulesets, check_eoh, check_eom, `Milter: data',
    R6) one per id.
R10 Not rejects: AUTH failure, VRFY/EXPN/ETRN [rejected], possible SMTP attack,
    RCPT flood, `rejecting connections on daemon' (nobody was told), lost input
    channel, `Authentication-Warning', a declared size (552 at MAIL leaves only
    a `from=' with nrcpts=0), 5xx for unknown commands (no line at all).
R11 Reasons, by Sendmail's own words (after the code and `<addr>... '), the
    first that fits:
      Relaying denied / temporarily denied          relay_denied
      Rejected: A listed at, Mail from A (refused by blackhole|rejected due)
                                                    dnsbl
      check_relay where arg2 is 127/8 and relay= is not     dnsbl
      Domain of sender address                      unknown_sender
      Domain name required, Real domain name required, Invalid|Colon|...
                                                    protocol
      Connection rate limit, Too many open connections, Too many recipients
        from this, rate limit                       rate_limited
      User unknown, No such user                    unknown_recipient
      Fix reverse DNS, Client IP address A does not resolve, Possibly forged,
        cannot resolve PTR record                   no_reverse_dns
      bogus HELO, bad HELO, HELO                    bad_helo
      Authentication required, STARTTLS/encryption required (tls_client,
        check_compat words)                         auth_required
      header ruleset (a name outside check_*, tls_*, try_*, ...), check_eoh
                                                    content
      check_data, check_eom                         policy
      else                                          access_denied
R12 relay.denied is rejects.relay_denied.

MAILERS (the daemon's lines only)
C1  msgs_to: `to=' lines with mailer= and dsn=2 (not recipients; a line that
    goes on after `, [more]' is the same delivery); bytes_to the message's size
    (M6) a line; kbytes_to ceil(size / 1000) a line.  Exact but for what is
    tried again (there mailstats has the queue file's size).
C2  msgs_from: daemon `from=' lines that are messages (M1), refused, discarded
    and handed-over ones too, by the sender's mailer (C5); generated ones by
    `local'.  bytes_from their size, kbytes_from ceil(size / 1000).
C3  msgs_rejected: R1 lines without check_relay, one each (R9 not applied), by
    the sender's mailer.  Nothing else (milter, R2, R4-R8 are apart).
C4  msgs_discarded, msgs_quarantined: as M8, by the sender's mailer.
    sessions.rejected: all R1 lines and the discarded messages.
    deferred, bounced: recipients (M5), by the line's mailer.
C5  The sender's mailer: `local' for `<>', for an address without a domain,
    and for a domain that some `to=<user@domain>' line with mailer=local shows,
    or that of a sender whom ctladdr= names as a user of the host (`<sender>
    (UID/GID)', UID not 8), or the own host's name (the msgid= that the
    submission program makes), anywhere in the log; else `esmtp'.  Who reads a
    log once needs ctladdr= for what comes before the first local delivery.

SESSIONS
S1  connected: a process with a line of the server's side is one session; a
    line with another client in the same process, or `NOQUEUE: connect from',
    begins the next (pids come again).  Those of loopback are sessions.local
    (mailstats' connections from are both);
    `localhost [0]' (sendmail -bs on a pipe) is no connection.
S2  tls: `STARTTLS=server, ... version=' lines, by version.
S3  lost: `lost input channel', `collect: premature EOM', once per id.
    timeout: `timeout waiting for input from ... during server ...'.
S4  probes.vrfy/expn: `ID: PEER: VRFY|EXPN ...' lines (from LogLevel 5 on),
    refused ones too.  pregreet: R7, once per id, at the commands line.
    non_smtp: R8.  empty: `did not issue' of a session (not an id: HELO begins a
    new one) with no line of authentication, a reject, a probe, `possible SMTP
    attack' or RCPT flood, a message or a lost input channel.
S5  auth.ok: sessions with an `AUTH=server, ... authid=' line.  auth.failed:
    `AUTH failure' lines.  The account of a session's messages is its authid.
S6  verdicts: MDLOG lines per id: virus; bad_filename, message/partial
    (banned); spam; else mail_in (clean); the strongest decides (it is always
    the first line of its id, mail_in the last).  spamd as in
    reference.py.
S7  relay.authenticated (network): a received message from a session with an
    account or with proto=ESMTPA, ESMTPSA (from a --network) with a recipient
    attempted by a mailer other than local, prog, *file*, *include*, discard,
    error, cyrus*, procmail, lmtp, that is in <> as the client gave it, whose
    domain is none of C5's, and whose ctladdr= is absent or the sender itself
    (else it came by alias or .forward).  relay.unsure: the same from any other
    client (the log does not name our networks).
"""
import argparse
import collections
import ipaddress
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from reference import REASONS, address, is_loopback, read_lines, unfolded

COLUMNS = """msgs_from bytes_from kbytes_from msgs_to bytes_to kbytes_to
msgs_rejected msgs_discarded msgs_quarantined deferred bounced""".split()

LOCAL_MAILERS = {'local', 'prog', '*file*', '*include*', 'discard', 'error',
                 'cyrus', 'cyrusv2', 'procmail', 'lmtp'}

QID = r'(?:[0-9A-Za-z]{12,20}|[A-Z]{3}\d{5})'
QLINE = re.compile(rf'({QID}|NOQUEUE): (.*)', re.S)
PEER = r'(?:\S+ )?\[(?:IPv6:)?[0-9A-Fa-f.:]+\](?: \(may be forged\))?'
NOTICE = re.compile(rf'({QID}): (DSN|sender notify|postmaster notify|'
                    r'return to sender|return receipt|clone): (.*)', re.S)
ADDRESS = r'(?:<(?:"(?:\\.|[^"\\])*"|[^">])*>|[^<,]*)'
# The sender is what its quotes and brackets enclose; relay= is the last field,
# and daemon=, proto= and bodytype= stand before it; the rest is the msgid.
FROM = re.compile(rf'from=({ADDRESS}|.*?), size=(\d+), class=-?\d+,'
                  r'(?: pri=\d+,)? nrcpts=(\d+)(, .*|), relay=(.*)', re.S)
FROM_REST = re.compile(r'(?:, msgid=(.*?))?(?:, bodytype=(\w+))?'
                       r'(?:, proto=(\w+))?(?:, daemon=([^,]*))?', re.S)
QUOTED = r'(?:"(?:\\.|[^"\\])*"|[^"])*?'
TO = re.compile(rf'to=({QUOTED}), (?:ctladdr=({QUOTED}), )?delay=([+\d:]+)'
                r'(, xdelay=[+\d:]+)?(?:, mailer=([^ ,]+))?(?:, pri=(\d+))?'
                r'(?:, relay=(.*?))?(?:, dsn=(\d\.\d+\.\d+))?'
                r'(?:, reply=(.*))?, stat=(.*)', re.S)
# An address ends where its quotes and brackets do; a header's arg1 is any
# text, and its reject= the site's: there the last relay= counts.
CHECKED = re.compile(rf'arg1=({ADDRESS}), (?:arg2=([^,]*), )?relay=(.*?), '
                     r'(reject|quarantine)=(.*)', re.S)
DISCARD = re.compile(rf'arg1={ADDRESS}, (?:arg2=[^,]*, )?relay=([^,]*), '
                     r'discard', re.S)
HEADER = re.compile(r'(.*, )?()relay=(.*?), (reject|quarantine)=(.*)', re.S)
RULESET = re.compile(r'ruleset=([\w.-]+), (.*)', re.S)
CLIENT_SIDE = {'tls_server', 'try_tls', 'tls_rcpt', 'authinfo',
               'tls_clt_features', 'clt_features'}
SYNTAX = re.compile(
    r'Invalid route address|8-bit character|Colon illegal|Unbalanced|'
    r'User address required|Syntax error|List:; syntax|Address too long|'
    r'Illegal|Real domain name required|Domain name required|'
    r'hostname required|Invalid host name', re.I)


def peer_address(text):
    """The client in `host [1.2.3.4] (may be forged)'."""
    m = re.search(r'\[(?:IPv6:)?([0-9A-Fa-f.:]+)\](?: \(may be forged\))?$',
                  text)
    return address(m[1]) if m else None


def split_recipients(text):
    """`<a>,<b,c>,|prog' at commas outside of <>, quotes and parentheses."""
    parts, depth, quoted, now, escaped = [], 0, False, '', False
    for c in text:
        if escaped:
            escaped = False
        elif c == '\\':
            escaped = True
        elif c == '"':
            quoted = not quoted
        elif not quoted and c == '<':
            depth += 1
        elif not quoted and c == '>':
            depth = max(0, depth - 1)
        elif c == ',' and not quoted and depth == 0:
            parts.append(now)
            now = ''
            continue
        now += c
    parts.append(now)
    parts = [p.strip() for p in parts]
    return [p for p in parts if p and not p.startswith('[more]')]


def bare(a):
    """The address in `<a>' or `<a> (1000/8)' or `a (8/0)'."""
    a = re.sub(r' \(\d+/\d+\)$', '', a or '')
    m = re.fullmatch(r'.*?<(.*)>', a, re.S)
    return m[1] if m else a


def domain_of(a):
    return bare(a).rpartition('@')[2].lower() if '@' in bare(a) else ''


def reason_of(text, ruleset, relay=None, arg2=None):
    words = re.sub(r'^\d\d\d (?:[245]\.\d+\.\d+ )?', '', text)
    words = re.sub(r'^<.*?>\.\.\. ', '', words, flags=re.S)
    for pattern, reason in (
            (r'Relaying (temporarily )?denied', 'relay_denied'),
            (r'Rejected: \S+ listed at |Mail from \S+ (refused by blackhole|'
             r'rejected due)', 'dnsbl'),
            (r'Domain of sender address ', 'unknown_sender'),
            (SYNTAX.pattern, 'protocol'),
            (r'Connection rate limit|Too many open connections|.*rate limit',
             'rate_limited'),
            (r'User unknown|No such user', 'unknown_recipient'),
            (r'Fix reverse DNS|Client IP address \S+ does not resolve|'
             r'Possibly forged', 'no_reverse_dns'),
            (r'bogus HELO|bad HELO|HELO', 'bad_helo'),
            (r'(Proper )?[Aa]uthentication required|'
             r'(STARTTLS|encryption|Must issue)', 'auth_required')):
        if re.match(pattern, words, re.I):
            return reason
    if ruleset == 'check_relay' and arg2 and arg2.startswith('127.') and \
            not is_loopback(relay):
        return 'dnsbl'
    if ruleset in ('check_data', 'check_eom'):
        return 'policy'
    if ruleset == 'check_eoh' or not re.match(
            r'(check|tls|try|srv|clt|trust)_', ruleset):
        return 'content'
    return 'access_denied'


class Message:
    def __init__(self, qid, when):
        self.qid, self.when = qid, when
        self.sender, self.size, self.nrcpts = None, None, 0
        self.msgid = self.daemon = self.client = self.account = None
        self.is_from = self.is_message = False
        self.refused = self.discarded = self.quarantined = False
        self.thrown_away, self.more = False, None
        self.generated = self.clone_of = self.handed_over = None
        self.first_pri = self.sent_size = None
        self.deliveries, self.last = [], collections.OrderedDict()
        self.expired = False
        self.added = 0


class Session:
    def __init__(self, when):
        self.when, self.client = when, None
        self.auth_ok, self.account, self.busy = False, None, False


class Reader:
    def __init__(self):
        self.lines = 0
        self.first = self.last = None
        self.messages = collections.OrderedDict()
        self.processes = {}
        self.sessions = []
        self.qid_client = {}
        self.qid_session = {}
        self.rejects = []       # dicts, in order
        self.end_of_data = set()
        self.pregreet, self.lost, self.initfail = set(), set(), set()
        self.idle = []          # sessions of `did not issue'
        self.count = collections.Counter()
        self.tls = collections.Counter()
        self.expired = 0
        self.auth_failed = []
        self.handed_ids = set()
        self.own_hosts = set()
        self.mdlog = collections.defaultdict(set)

    # -- what lines belong to

    def message(self, qid):
        if qid not in self.messages:
            self.messages[qid] = Message(qid, self.line.when)
        return self.messages[qid]

    def server_side(self, client=None, qid=None, fresh=False):
        key = (self.line.host, self.line.pid)
        s = self.processes.get(key)
        if s is None or fresh or (client and s.client and client != s.client):
            s = Session(self.line.when)
            self.processes[key] = s
            self.sessions.append(s)
        if client:
            s.client = client
        if qid and qid != 'NOQUEUE':
            if client:
                self.qid_client.setdefault(qid, client)
            self.qid_session[qid] = s
        return s

    def did_something(self):
        s = self.processes.get((self.line.host, self.line.pid))
        if s is not None:
            s.busy = True

    def reject(self, reason, code, client=None, qid=None, ruleset=None,
               session=True):
        s = self.server_side(client, qid) if session else None
        self.did_something()
        self.rejects.append(dict(
            reason=reason, temporary=code < 500, client=client, qid=qid,
            ruleset=ruleset, session=s, told=True))
        return self.rejects[-1]

    def at_end_of_data(self, qid, row):
        if qid in self.end_of_data:
            row['told'] = False
        self.end_of_data.add(qid)

    # -- lines

    def take(self, line):
        self.lines += 1
        self.line = line
        if self.first is None:
            self.first = line.when
        self.last = line.when
        program = line.program
        if program == 'mimedefang.pl':
            m = re.match(rf'({QID}): MDLOG,({QID}),([^,]*),', line.text)
            if m:
                self.mdlog[m[2]].add(m[3])
            return
        if program == 'spamd':
            if re.match(r'spamd: clean message \(', line.text):
                self.count['clean'] += 1
            elif re.match(r'spamd: identified spam \(', line.text):
                self.count['spam'] += 1
            return
        if program.startswith('mimedefang'):
            return
        self.sendmail(line.text)

    def sendmail(self, text):
        m = QLINE.match(text)
        if m:
            self.queue_line(m[1], m[2])
            return
        m = re.match(r'STARTTLS=server, relay=(.*?), version=(TLSv1(?:\.\d)?'
                     r'|\S+), ', text)
        if m:
            self.server_side(peer_address(m[1]))
            self.tls[m[2]] += 1
            return
        m = re.match(r'STARTTLS=server, error: .*, relay=(.*)$', text)
        if m:
            self.server_side(peer_address(m[1]))
            return
        m = re.match(r'AUTH=server, relay=(.*), authid=(.*), mech=\S+, '
                     r'bits=\d+', text)
        if m:
            s = self.server_side(peer_address(m[1]))
            s.auth_ok, s.account = True, m[2]
            return
        m = RULESET.match(text)
        if m:
            self.ruleset(None, m[1], m[2])

    def queue_line(self, qid, text):
        m = NOTICE.match(text)
        if m:
            self.notice(qid, m[1], m[2], m[3])
            return
        m = FROM.fullmatch(text)
        if m:
            self.from_line(qid, m)
            return
        if text.startswith('to='):
            m = TO.fullmatch(text)
            if m:
                self.to_line(qid, m)
            return
        m = RULESET.match(text)
        if m:
            self.ruleset(qid, m[1], m[2])
            return
        if text == 'discarded':
            self.message(qid).discarded = True
            self.server_side(None, qid)
            return
        if re.match(r'(Milter|milter=)', text):
            self.milter(qid, text)
            return
        self.server_line(qid, text)

    def notice(self, old, new, kind, words):
        m = self.message(new)
        if kind == 'clone':
            m.clone_of = old
            return
        m.generated = True
        m.parent = old
        if words.startswith('Cannot send message for '):
            a = self.message(old)
            if not a.expired:
                a.expired = True
                self.expired += sum(1 for status in a.last.values()
                                    if status == '4')

    def from_line(self, qid, g):
        sender, size, nrcpts, rest, relay = g.groups()
        rest = FROM_REST.fullmatch(rest)
        if not rest:
            return
        msgid, _, proto, daemon = rest.groups()
        client = peer_address(relay)
        m = self.message(qid)
        if daemon is None and not re.fullmatch(r'\S+@localhost', relay):
            daemon = ''         # older ones do not name it
        if daemon is not None:
            s = self.server_side(client, qid)
            m.account = s.account
            m.session = s
        elif msgid:
            self.own_hosts.add(domain_of(msgid))
        if m.is_from:
            return
        m.is_from, m.when, m.sender = True, self.line.when, bare(sender)
        m.size, m.nrcpts, m.msgid = int(size), int(nrcpts), msgid
        m.daemon, m.client = daemon, client
        m.is_message = msgid is not None and m.nrcpts > 0
        m.authenticated = m.account is not None or (
            proto or '').endswith('A')
        if m.is_message:
            self.did_something()

    def to_line(self, qid, g):
        to, ctl, _, xdelay, mailer, pri, relay, dsn, reply, stat = g.groups()
        m = self.message(qid)
        if mailer is None:
            if stat == 'discarded':
                m.discarded = m.thrown_away = True
            else:
                m.refused = True
            return
        if m.first_pri is None and pri:
            m.first_pri = int(pri)
        status = dsn[0] if dsn else \
            '2' if stat.startswith('Sent') else \
            '4' if re.match('Deferred|queued', stat) else '5'
        recipients = split_recipients(to)
        place = (self.line.pid, mailer, stat)
        again, m.more = m.more == place, None
        if re.search(r', \[more\]$', to):
            m.more = place
        for r in recipients:
            m.last[r] = status
        if m.first_pri is not None and not hasattr(m, 'first_n'):
            m.first_n = len(recipients)
        if xdelay is None and status != '5':
            return
        submission = (m.is_from and m.daemon is None) or (
            m.generated and relay and mailer == 'relay' and
            is_loopback(peer_address(relay)) and
            self.submits(m))
        handover = False
        if submission and mailer == 'relay' and relay and \
                is_loopback(peer_address(relay)) and status == '2':
            handover = True
            q = re.match(rf'Sent \(({QID}) Message accepted', stat)
            if q:
                self.handed_ids.add(q[1])
        m.deliveries.append(dict(
            mailer=mailer, status=status, n=len(recipients), to=recipients,
            ctl=ctl, handover=handover, submission=submission, again=again))

    def submits(self, m):
        """Was it made by the submission program?"""
        a = self.messages.get(getattr(m, 'parent', None))
        return a is not None and a.is_from and a.daemon is None

    def ruleset(self, qid, name, rest):
        if name in CLIENT_SIDE:
            return
        m, d = CHECKED.fullmatch(rest), DISCARD.fullmatch(rest)
        if not m and not d:
            m = HEADER.fullmatch(rest)
            d = re.fullmatch(r'(?:.*, )?relay=(.*), discard', rest, re.S)
        if d and not m:
            self.server_side(peer_address(d[1]), qid)
            self.did_something()
            if qid:
                self.message(qid).discarded = True
            return
        if not m:
            return
        arg1, arg2, peer, verdict, text = m.groups()
        client = peer_address(peer)
        if verdict == 'quarantine':
            self.server_side(client, qid)
            self.message(qid).quarantined = True
            return
        code = int(text[:3]) if text[:3].isdigit() else 550
        row = self.reject(reason_of(text, name, client, arg2), code, client,
                          qid, name)
        row['arg1'] = arg1
        if not name.startswith(('check_', 'tls_')) or \
                name in ('check_eoh', 'check_eom'):
            self.message(qid).refused = True
            self.at_end_of_data(qid, row)

    def milter(self, qid, text):
        self.server_side(None, qid)
        if re.fullmatch(rf'Milter: \w+(={ADDRESS})?, discard', text, re.S):
            self.message(qid).discarded = True
            return
        m = re.match(rf'Milter: (\w+)(?:=(?:{ADDRESS}|[^,]*))?, reject(?:=(.*))?$', text, re.S)
        if m:
            code = int(m[2][:3]) if m[2] and m[2][:3].isdigit() else 550
            row = self.reject('policy', code, None, qid, None)
            if m[1] not in ('helo', 'from', 'to', 'connect'):
                self.message(qid).refused = True
                self.at_end_of_data(qid, row)
            return
        m = re.match(r'Milter: initialization failed, (temp failing|rejecting)'
                     ' commands', text)
        if m:
            if qid not in self.initfail:
                self.initfail.add(qid)
                self.reject('unavailable', 451 if m[1][0] == 't' else 550,
                            None, qid)
            return
        m = re.match(r'Milter \(\S+\) (?:add|insert \(\d+\)|change \(add\)): '
                     r'header: (.*)', text, re.S)
        if m:
            self.message(qid).added += len(m[1])
            return
        if re.match(r'milter=\S+, quarantine=|Milter: .*quarantine', text):
            self.message(qid).quarantined = True

    def server_line(self, qid, text):
        m = re.match(r'connect from (.*)$', text)
        if m and qid == 'NOQUEUE':
            self.server_side(peer_address(m[1]), None, True)
            return
        m = re.match(rf'({PEER}) did not issue MAIL/EXPN/VRFY/ETRN', text)
        if m:
            self.idle.append(self.server_side(peer_address(m[1]), qid))
            return
        m = re.match(rf'AUTH failure \(.*, relay=({PEER})$', text, re.S)
        if not m:
            m = re.match(rf'AUTH failure \(', text)
        if m:
            client = peer_address(m[1]) if m.re.groups else None
            s = self.server_side(client, qid)
            self.did_something()
            self.auth_failed.append((client, qid, s))
            return
        m = re.match(rf'({PEER}): (VRFY|EXPN|ETRN) ', text, re.I)
        if m:
            self.server_side(peer_address(m[1]), qid)
            self.did_something()
            self.count[m[2].lower()] += 1
            return
        m = re.match(rf'({PEER}): (probable open proxy|possible SMTP attack|'
                     r'Possible SMTP RCPT flood)', text)
        if m:
            client = peer_address(m[1])
            self.server_side(client, qid)
            self.did_something()
            if m[2] == 'probable open proxy':
                self.count['non_smtp'] += 1
                self.reject('protocol', 421, client, qid)
            return
        m = re.match(r'rejecting (commands|server \S+) from (.*) due to '
                     r'(pre-greeting traffic|traffic before)', text)
        if m:
            client = peer_address(m[2])
            if client:      # `localhost [0]' is -bs, on no connection
                self.server_side(client, qid)
            if m[3].startswith('pre'):
                self.count['pregreet'] += 1
            if qid not in self.pregreet:
                self.pregreet.add(qid)
                self.reject('protocol', 554, client, qid,
                            session=client is not None)
            return
        m = re.match(rf'lost input channel from ({PEER}) to ', text)
        if m:
            self.server_side(peer_address(m[1]), qid)
            self.lost.add(qid)
            self.did_something()
            return
        if re.match(r'(SYSERR\(\w+\): )?collect: (premature EOM|relay=|'
                    r'unexpected close|I/O error)', text):
            self.server_side(None, qid)
            self.lost.add(qid)
            return
        m = re.match(r'timeout waiting for input from (.*) during server',
                     text)
        if m:
            self.server_side(peer_address(m[1]), qid)
            self.count['timeout'] += 1
            return
        if re.match(r'message size \(\d+\) exceeds maximum', text):
            row = self.reject('too_large', 552, None, qid)
            self.message(qid).refused = True
            self.at_end_of_data(qid, row)
            return
        if text == 'Too many recipients':
            self.reject('too_many_recipients', 452, None, qid)
            return
        m = re.match(rf'(?:{ADDRESS}|<.*?>)\.\.\. (.*)$', text, re.S)
        if m and text.startswith('<'):
            reason = reason_of(m[1], 'check_rcpt')
            self.reject('unknown_recipient' if reason == 'access_denied'
                        else reason, 550, None, qid)
            return
        if re.match(r'8-bit character in mailbox address ', text):
            self.reject('protocol', 501, None, qid)
            return
        m = re.match(rf'Authentication-Warning: \S+: ({PEER}) didn', text)
        if m:
            self.server_side(peer_address(m[1]), qid)


# ------------------------------------------------------------ the decisions

def kilo(n):
    return -(-n // 1000)


def local_domains(reader):
    domains = set(reader.own_hosts)
    for m in reader.messages.values():
        for d in m.deliveries:
            user = re.fullmatch(r'.* \((\d+)/\d+\)', d['ctl'] or '', re.S)
            if user and user[1] != '8' and m.daemon is not None and \
                    bare(d['ctl']) == m.sender:
                domains.add(domain_of(m.sender))
            if d['mailer'] == 'local':
                domains.update(domain_of(r) for r in d['to'])
    domains.discard('')
    return domains


def sizes(reader):
    """The size at delivery, and that of messages without a `from=' line."""
    for m in reader.messages.values():
        if m.clone_of and m.size is None:
            a = reader.messages.get(m.clone_of)
            if a is not None and a.size is not None:
                m.size, m.sender, m.client = a.size, a.sender, a.client
                m.nrcpts = 1
        if m.size is not None and not m.generated:
            m.sent_size = m.size
            if m.first_pri is not None:
                more = m.first_pri - 30000 * m.nrcpts - m.size
                m.sent_size += more % 30000 if more >= 0 else max(-m.size,
                                                                  more)
                if more >= 0 and more % 30000 == 0:
                    m.sent_size += m.added
    for m in reader.messages.values():
        if m.generated and m.size is None and m.first_pri is not None:
            rest = m.first_pri - 30000
            a = reader.messages.get(m.parent)
            known = None if a is None else a.sent_size
            if known is not None and rest >= 1024 + known:
                m.size = 1024 + known + (rest - 1024 - known) % 30000
            else:
                m.size = max(0, rest) % 30000
            m.sent_size = m.size


def account(reader, networks, top):
    out = {k: collections.Counter() for k in ('messages', 'rejects', 'relay')}
    msgs, rej = out['messages'], out['rejects']
    mailers = collections.defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    clients = collections.defaultdict(lambda: dict(
        rejected=0, relay_denied=0, auth_failed=0, login_failed=0, received=0))
    accounts = collections.defaultdict(lambda: dict(received=0, recipients=0))
    domains = local_domains(reader)
    sizes(reader)
    sessions_rejected = 0

    def way(sender):
        if sender is None:
            return 'esmtp'
        if re.match(r'<[^>]*$', sender):    # cut: no domain to be seen
            return 'esmtp'
        d = domain_of(sender)
        return 'local' if d == '' or d in domains else 'esmtp'

    def client_of(row):
        return row['client'] or reader.qid_client.get(row['qid']) or \
            (row['session'].client if row['session'] else None)

    for row in reader.rejects:
        m = reader.messages.get(row['qid'])
        if row['ruleset']:
            sessions_rejected += 1
            if row['ruleset'] != 'check_relay':
                sender = m.sender if m and m.is_from else bare(
                    row.get('arg1') or '') \
                    if row['ruleset'] == 'check_mail' else None
                mailers[way(sender)]['msgs_rejected'] += 1
        if not row['told']:
            continue
        rej['total'] += 1
        rej['temporary' if row['temporary'] else 'permanent'] += 1
        rej[row['reason']] += 1
        client = client_of(row)
        if client:
            clients[client]['rejected'] += 1
            if row['reason'] == 'relay_denied':
                clients[client]['relay_denied'] += 1
    out['relay']['denied'] = rej['relay_denied']
    for client, qid, s in reader.auth_failed:
        client = client or s.client
        if client:
            clients[client]['auth_failed'] += 1

    msgs['expired'] = reader.expired
    for m in reader.messages.values():
        if m.generated:
            msgs['generated'] += 1
            if not reader.submits(m):
                mailers['local']['msgs_from'] += 1
                mailers['local']['bytes_from'] += m.size or 0
                mailers['local']['kbytes_from'] += kilo(m.size or 0)
        if m.is_message:
            row = mailers[way(m.sender)] if m.daemon is not None else None
            if row is not None:
                row['msgs_from'] += 1
                row['bytes_from'] += m.size
                row['kbytes_from'] += kilo(m.size)
            if m.discarded:
                msgs['discarded'] += 1
                sessions_rejected += 1
                if row is not None:
                    row['msgs_discarded'] += 1
            elif not m.refused:
                if m.quarantined:
                    msgs['quarantined'] += 1
                    if row is not None:
                        row['msgs_quarantined'] += 1
                if m.qid not in reader.handed_ids:
                    receive(m, msgs, clients, accounts)
                    relayed(m, networks, domains, out['relay'])
        elif m.thrown_away:
            msgs['discarded'] += 1
            sessions_rejected += 1
            mailers[way(m.sender)]['msgs_discarded'] += 1
        deliver(m, msgs, mailers)

    return finish(reader, out, mailers, clients, accounts, sessions_rejected,
                  top)


def receive(m, msgs, clients, accounts):
    msgs['received'] += 1
    msgs['received_bytes'] += m.size
    msgs['received_recipients'] += m.nrcpts
    if m.client:
        clients[m.client]['received'] += 1
    if m.account:
        accounts[m.account]['received'] += 1
        accounts[m.account]['recipients'] += m.nrcpts


def deliver(m, msgs, mailers):
    size = m.sent_size or 0
    for d in m.deliveries:
        if d['handover']:
            continue
        row = None if d['submission'] else mailers[d['mailer']]
        if d['status'] == '2':
            msgs['sent'] += d['n']
            msgs['sent_bytes'] += d['n'] * size
            if row is not None and not d['again']:
                row['msgs_to'] += 1
                row['bytes_to'] += size
                row['kbytes_to'] += kilo(size)
        else:
            what = 'deferred' if d['status'] == '4' else 'bounced'
            msgs[what] += d['n']
            if row is not None:
                row[what] += d['n']


def relayed(m, networks, domains, relay):
    out = [d for d in m.deliveries if d['mailer'] not in LOCAL_MAILERS and
           not d['handover'] and
           any(r.startswith('<') and domain_of(r) not in domains
               for r in d['to']) and
           (not d['ctl'] or bare(d['ctl']) == m.sender)]
    if not out:
        return
    if m.authenticated:
        relay['authenticated'] += 1
    elif m.client and any(ipaddress.ip_address(m.client) in n
                          for n in networks):
        relay['network'] += 1
    elif m.client:
        relay['unsure'] += 1


def verdicts(reader):
    v = collections.Counter(clean=reader.count['clean'],
                            spam=reader.count['spam'])
    for events in reader.mdlog.values():
        if 'virus' in events:
            v['virus'] += 1
        elif events & {'bad_filename', 'message/partial'}:
            v['banned'] += 1
        elif 'spam' in events:
            v['spam'] += 1
        elif 'mail_in' in events:
            v['clean'] += 1
    return v


def finish(reader, out, mailers, clients, accounts, sessions_rejected, top):
    def rows(table, name, keys):
        all_rows = [dict([(name, k)], **v) for k, v in table.items()]
        all_rows.sort(key=lambda r: tuple(-r[k] for k in keys) + (r[name],))
        return all_rows[:top] if top else all_rows

    def named(counter, names):
        return {n: counter[n] for n in names.split()}

    def stamp(t):
        return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t or 0))

    probes = collections.Counter(
        {k: reader.count[k] for k in ('vrfy', 'expn', 'pregreet', 'non_smtp')})
    probes['empty'] = sum(1 for s in reader.idle
                          if not s.busy and not s.auth_ok)
    sessions = collections.Counter(
        connected=len(reader.sessions), local=sum(
            1 for s in reader.sessions if is_loopback(s.client)), tls=sum(reader.tls.values()),
        lost=len(reader.lost), timeout=reader.count['timeout'],
        rejected=sessions_rejected)
    sessions['connected'] -= sessions['local']
    for word, name in (('TLSv1', 'tls_1_0'), ('TLSv1.0', 'tls_1_0'),
                       ('TLSv1.1', 'tls_1_1'), ('TLSv1.2', 'tls_1_2'),
                       ('TLSv1.3', 'tls_1_3')):
        sessions[name] += reader.tls[word]
    return {
        'coverage': {'lines': reader.lines, 'recognised': reader.lines,
                     'ignored': 0, 'unrecognised': 0},
        'span': {'first': stamp(reader.first), 'last': stamp(reader.last)},
        'messages': named(
            out['messages'], 'received received_bytes received_recipients '
            'generated sent sent_bytes deferred bounced expired discarded '
            'quarantined'),
        'rejects': named(out['rejects'], 'total temporary permanent ' +
                         ' '.join(REASONS)),
        'relay': named(out['relay'], 'denied authenticated network open '
                       'unsure'),
        'auth': {'ok': sum(1 for s in reader.sessions if s.auth_ok),
                 'failed': len(reader.auth_failed)},
        'logins': {'ok': 0, 'failed': 0},
        'probes': named(probes, 'vrfy expn pregreet non_smtp empty'),
        'sessions': named(sessions, 'connected local tls lost timeout rejected '
                          'tls_1_0 tls_1_1 tls_1_2 tls_1_3'),
        'verdicts': named(verdicts(reader), 'clean spam virus banned'),
        'wire': {},
        'mailers': {k: v for k, v in sorted(mailers.items())
                    if any(v.values())},
        'clients': [r for r in rows(clients, 'address',
                                    ['rejected', 'received'])
                    if any(v for k, v in r.items() if k != 'address')],
        'accounts': rows(accounts, 'account', ['recipients', 'received']),
    }


def read_all(args):
    reader = Reader()
    for log in args.log:
        for line in unfolded(read_lines(log, args.year)):
            if args.until is not None and line.when >= args.until:
                break
            reader.take(line)
    return reader


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--year', type=int)
    parser.add_argument('--top', type=int, default=0)
    parser.add_argument('--until', type=float)
    parser.add_argument('--network', action='append', default=[],
                        type=ipaddress.ip_network)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--zone', help='ignored: UTC')
    parser.add_argument('log', nargs='+')
    words = sys.argv[1:]
    args = parser.parse_args(words[words[:1] == ['replay']:])
    reader = read_all(args)
    json.dump(account(reader, args.network, args.top), sys.stdout, indent=1,
              ensure_ascii=True)
    print()


if __name__ == '__main__':
    main()
