#!/usr/bin/env python3
"""reference.py - a slow counter of Postfix logs, to hold the fast one against

Prints the object of `mailweir replay --json --top 0', wire left empty and every
line called recognised.  It reads the whole log first and decides afterwards, with nothing but
regular expressions and dictionaries, so that it shares no idea with the
program it judges.

usage: reference.py [replay] [--json] [--year Y] [--top N] [--network PREFIX]... LOG

The year is that of the first line; without it the file's modification time
decides.  LOG may end in .gz, .xz or .bz2.  Lines may be traditional, RFC 3339,
RFC 5424, busybox's (which put "mail.info" before the program) or journald's
JSON export.
"""
import argparse
import bz2
import calendar
import collections
import gzip
import ipaddress
import json
import lzma
import os
import re
import sys
import time

REASONS = """relay_denied unknown_recipient unknown_sender bad_helo
no_reverse_dns dnsbl greylisted rate_limited too_large too_many_recipients
access_denied auth_required content attachment spam virus policy protocol
unavailable other""".split()

COLUMNS = """msgs_from bytes_from msgs_to bytes_to msgs_rejected
msgs_discarded msgs_quarantined deferred bounced""".split()

MONTHS = {m: i + 1 for i, m in enumerate(
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}

# ---------------------------------------------------------------- reading

TRADITIONAL = re.compile(
    r'([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\S+) '
    r'(?:(?:mail|daemon|auth|syslog|user)\.[a-z]+ )?(.*)', re.S)
ISO = re.compile(
    r'(?:<\d+>1 )?(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?'
    r'(Z|[+-]\d\d:\d\d) (\S+) (.*)', re.S)
TAG = re.compile(r'([^\s\[:]+)(?:\[(\d+)\])?: ?(.*)', re.S)
TAG5424 = re.compile(r'(\S+) (\S+) \S+ (?:-|\[.*?\]) ? ?(.*)', re.S)


def slurp(path):
    if path == '-':
        return sys.stdin.buffer.read()
    maker = {'.gz': gzip.open, '.xz': lzma.open, '.bz2': bz2.open}
    with maker.get(os.path.splitext(path)[1], open)(path, 'rb') as f:
        return f.read()


class Line:
    __slots__ = ('when', 'host', 'program', 'pid', 'text')

    def __init__(self, when, host, program, pid, text):
        self.when, self.host, self.program = when, host.lower(), program
        self.pid, self.text = pid, text


def iso_seconds(g):
    t = calendar.timegm(tuple(int(x) for x in g[:6]))
    if g[6] != 'Z':
        sign = -1 if g[6][0] == '+' else 1
        t += sign * (int(g[6][1:3]) * 3600 + int(g[6][4:6]) * 60)
    return t


def journal_line(raw):
    j = json.loads(raw)
    text = j.get('MESSAGE')
    if isinstance(text, list):
        text = bytes(text).decode('utf-8', 'surrogateescape')
    if text is None:
        return None
    return Line(int(j.get('_SOURCE_REALTIME_TIMESTAMP',
                          j.get('__REALTIME_TIMESTAMP', 0))) // 1000000,
                j.get('_HOSTNAME', ''), j.get('SYSLOG_IDENTIFIER', ''),
                j.get('SYSLOG_PID', j.get('_PID')), text)


def read_lines(path, year):
    raws = slurp(path).split(b'\n')
    raws.pop()          # what follows the last newline is not a line yet
    raws = [r.decode('utf-8', 'surrogateescape').rstrip('\r') for r in raws]
    if year is None:
        mtime = os.stat(path).st_mtime if path != '-' else time.time()
        year = time.gmtime(mtime).tm_year
        months = [MONTHS.get(r[:3]) for r in raws if r[:3] in MONTHS]
        year -= sum(1 for a, b in zip(months, months[1:]) if b < a - 6)
    last_month = None
    for raw in raws:
        if raw.startswith('{'):
            line = journal_line(raw)
            if line is not None:
                yield line
            continue
        m = ISO.match(raw)
        if m:
            when, host, rest = iso_seconds(m.groups()), m[8], m[9]
            t = None
            if raw.startswith('<'):
                t = TAG5424.match(rest)
                pid = t[2] if t and t[2] != '-' else None
        else:
            m = TRADITIONAL.match(raw)
            if not m:
                continue
            month = MONTHS.get(m[1])
            if month is None:
                continue
            if last_month is not None and month < last_month - 6:
                year += 1
            last_month = month
            when = calendar.timegm((year, month, int(m[2]), int(m[3]),
                                    int(m[4]), int(m[5])))
            host, rest, t = m[6], m[7], None
        if t is None:
            t = TAG.match(rest)
            pid = t[2] if t else None
        if t is None and rest.startswith('last message repeated '):
            yield Line(when, host, '', None, rest)
        if t is None:
            continue
        yield Line(when, host, t[1], pid, t[3])


def unfolded(lines):
    """`message repeated' stands for that many more of the same."""
    last = {}
    for line in lines:
        m = re.fullmatch(r'message repeated (\d+) times: \[ (.*)\]', line.text,
                         re.S)
        if m:
            for _ in range(int(m[1])):
                yield Line(line.when, line.host, line.program, line.pid, m[2])
            continue
        m = re.fullmatch(r'last message repeated (\d+) times', line.text)
        if m and line.host in last:
            for _ in range(int(m[1])):
                old = last[line.host]
                yield Line(line.when, old.host, old.program, old.pid, old.text)
            continue
        last[line.host] = line
        yield line


# ------------------------------------------------------------ small things

SHORT = r'[0-9A-F]{6,}'
LONG = (r'[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}'
        r'z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+')
QID = rf'(?:{SHORT}|{LONG})'
QLINE = re.compile(rf'({QID}|NOQUEUE): (.*)', re.S)
PEER = r'\S*?\[([0-9A-Fa-f.:]+|unknown)\](?::\d+)?'
ADDRESS = r'(?:"(?:\\.|[^"\\])*"(?:@[^>]*)?|(?:@[^:]*:)?[^"<>]*)'
# An address as logged; where quotes do not close it ends before a field.
ANGLE = rf'<({ADDRESS}|.*?)>'


def address(text):
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ip)


def is_loopback(ip):
    return ip is not None and ipaddress.ip_address(ip).is_loopback


def unquoted(a):
    m = re.fullmatch(r'"((?:\\.|[^"\\])*)"(@.*)?', a, re.S)
    if not m:
        return a
    return re.sub(r'\\(.)', r'\1', m[1]) + (m[2] or '')


TAIL = re.compile(
    rf'(?:from=(?P<from>{ANGLE}),? ?)?(?:to=(?P<to>{ANGLE}),? ?)?'
    rf'(?:proto=(?P<proto>[A-Z]+),? ?)?(?:helo=(?P<helo><.*>),? ?)?'
    r'(?:,? ?sasl_method=[^, ]*)?(?:,? ?sasl_username=.*)?', re.S)


def split_tail(text):
    """The words before the last `; ' from which all the rest parses."""
    at = len(text)
    while True:
        at = text.rfind('; ', 0, at)
        if at < 0:
            return text, {}
        rest = text[at + 2:]
        if re.match(r'(from|to|proto|helo)=', rest):
            m = TAIL.fullmatch(rest)
            if m:
                return text[:at], {k: (v[1:-1] if v and v[0] == '<' else v)
                                   for k, v in m.groupdict().items()}


# ------------------------------------- a daemon whose name the logger cut off

GUESSES = [(d, re.compile(w, re.S)) for d, w in (
    ('postscreen', r'(?:CONNECT from|DISCONNECT|PREGREET|HANGUP|NON-SMTP '
     r'COMMAND|COMMAND |BARE NEWLINE|PASS |DNSBL rank|(?:DENY|ALLOW|BLACK|'
     r'WHITE)LIST|NOQUEUE: reject: [A-Z]+ from \[\S+\]:\d+: )'),
    ('cleanup', rf'{QID}: (?:(?:resent-)?message-id=|[a-z]+: (?:header|body|'
     rf'mime|nested) |milter-[a-z]+: END-OF-MESSAGE)|warning: {QID}: '
     'unreasonable'),
    ('smtpd', rf'(?:dis)?connect from |(?:{QID}|NOQUEUE): (?:client=|[a-z-]+: '
     r'[A-Z-]+ from )|proxy-[a-z]+: |(?:lost connection|timeout|too many '
     r'errors) after |(?:warning: )?(?:Illegal address|non-SMTP|improper '
     r'command)|warning: .*(?: limit exceeded|: SASL )|(?:\w+ )?TLS '
     r'connection established from '),
    ('pickup', rf'{QID}: uid=\d+ from='),
    ('qmgr', rf'{QID}: (?:removed$|from=<.*(?:\(queue active\)|'
     'returned to sender)$)'),
    ('local', rf'{QID}: to=<.*>, relay=local, '),
    ('virtual', rf'{QID}: to=<.*>, relay=virtual, '),
    ('discard', rf'{QID}: to=<.*>, relay=none, .*status=sent \('),
    ('error', rf'{QID}: to=<.*>, relay=none, .*status=deferred '
     r'\((?:delivery temporarily suspended|mail transport unavailable)'),
    ('smtp', rf'{QID}: to=<.*>, relay=none, '),
    ('lmtp', rf'{QID}: to=<.*>, relay=[^ ,]*(?:\[[^\]]*/[^\]]*\]|:24), '),
    ('smtp', rf'{QID}: to=<.*>, relay=[^ ,]*\[[^\]]*\]:\d+, '),
    ('pipe', rf'{QID}: to=<.*>, relay=[^ ,\[]*, '))]
COMPANIONS = ('amavis', 'spamd', 'rspamd', 'dovecot', 'postgrey', 'opendkim',
              'opendmarc', 'policyd-spf', 'spamc')


def guess(text):
    """RFC 5424 by rsyslog has `postfix' for `postfix/smtpd'."""
    for daemon, words in GUESSES:
        if words.match(text):
            return daemon
    return ''


# --------------------------------------------------------------- reasons

def own_words(text, tail, peer_text):
    """What the MTA says after `<what the client said>: '."""
    said = []
    for name in ('to', 'from', 'helo'):
        value = tail.get(name)
        if value is not None:
            said += [value, unquoted(value)]
    said += [peer_text, re.sub(r'^.*\[(.*?)\].*$', r'\1', peer_text),
             re.sub(r'\[[^\[]*$', '', peer_text),
             'DATA', 'END-OF-MESSAGE', 'ETRN', 'VRFY']
    for value in sorted(said, key=len, reverse=True):
        if text.startswith('<%s>: ' % value):
            return text[len(value) + 4:]
    if text.startswith('<') and '>: ' in text:
        return text[text.index('>: ') + 3:]
    return text


def reason_of_words(words, temporary, postscreen):
    w = words
    low = w.lower()
    if w.startswith('Relay access denied'):
        return 'relay_denied'
    if re.match(r'Service unavailable; .* blocked using ', w, re.S):
        return 'dnsbl'
    if w.startswith('Helo command rejected'):
        return 'bad_helo'
    m = re.match(r'(?:Unverified )?Client host rejected: (.*)', w, re.S)
    if m:
        if re.match(r'cannot find your (reverse )?hostname', m[1]):
            return 'no_reverse_dns'
        if re.match(r'grey', m[1], re.I):
            return 'greylisted'
        return 'access_denied'
    m = re.match(r'Sender address rejected: (.*)', w, re.S)
    if m:
        t = m[1]
        if re.match(r'need fully-qualified', t):
            return 'protocol'         # 5.5.2: bad syntax
        if re.match(r'not logged in', t):
            return 'auth_required'
        if re.match(r'Domain not found|undeliverable '
                    r'address|unverified address|User unknown|not owned by|'
                    r'Malformed DNS|.*nullMX|.*mail host has IP', t):
            return 'unknown_sender'
        if re.match(r'grey', t, re.I):
            return 'greylisted'
        return 'access_denied'
    m = re.match(r'Recipient address rejected: (.*)', w, re.S)
    if m:
        t = m[1]
        if re.match(r'need fully-qualified', t):
            return 'protocol'
        if re.match(r'User unknown|undeliverable address|Domain not found|'
                    r'Malformed DNS', t):
            return 'unknown_recipient'
        if re.match(r'unverified address', t):
            return 'unavailable'
        if re.match(r'Grey', t, re.I):
            return 'greylisted'
        if re.match(r'Access denied', t):
            return 'access_denied'
        return 'policy'
    if re.match(r'Data command rejected: Improper use', w):
        return 'protocol'
    if re.match(r'(Data command|End-of-data) rejected', w):
        return 'policy'
    if re.match(r'(Etrn|Vrfy) command rejected', w):
        return 'access_denied'
    if w.startswith('Service currently unavailable'):
        return 'greylisted' if temporary else 'access_denied'
    if 'all server ports' in low:
        return 'unavailable'
    if 'too many connections' in low or 'too many errors' in low:
        return 'rate_limited'
    if 'too many recipients' in low:
        return 'too_many_recipients'
    if re.match(r'Protocol error|Improper use of SMTP|Error: bare|'
                r'Bad sender address syntax|Bad recipient address syntax|'
                r'Error: command not|Syntax', w):
        return 'protocol'
    if re.match(r'Message size exceeds', w):
        return 'too_large'
    if re.match(r'Must issue a STARTTLS|Session encryption|Authentication '
                r'required|TLS required|Encryption required', w, re.I):
        return 'auth_required'
    if re.match(r'Insufficient system|Temporary lookup failure|Server '
                r'configuration|Error: queue file|Server local|'
                r'Service unavailable$', w):
        return 'unavailable'
    if re.match(r'(Client host |Access denied)', w):
        return 'access_denied'
    return 'other'


# --------------------------------------------------------------- the facts

class Message:
    def __init__(self, qid, when, origin):
        self.qid, self.when, self.origin = qid, when, origin
        self.client = self.account = self.orig_queue = None
        self.mid = None
        self.proxied = self.requeued = False
        self.cleanup = False
        self.active_at = None
        self.size = 0
        self.nrcpt = 0
        self.sender = None
        self.held = self.discard = self.lost = self.rejected = False
        self.done_at = None
        self.deliveries = []    # (when, program, status, fields, reply)
        self.returned = False   # comes back from a filter
        self.notice = False     # a filter's own bounce
        self.parent = None


class Session:
    def __init__(self, peer):
        self.peer = peer
        self.account = None
        self.auth_ok = False
        self.hold = self.discard = False
        self.message = None
        self.refused = False
        self.spoke = False


class Reader:
    def __init__(self):
        self.first = self.last = None
        self.lines = 0
        self.messages = []
        self.queue = {}
        self.sessions = {}
        self.rejects = []        # (reason, temporary, client, way)
        self.auth_ok = 0
        self.auth_failed = collections.Counter()
        self.logins = collections.Counter()
        self.login_failed = collections.Counter()
        self.probes = collections.Counter()
        self.session = collections.Counter()
        self.verdicts = collections.Counter()
        self.proxy_discarded = 0
        self.proxy_bounced = []
        self.pickups = []
        self.expired = 0
        self.pregreet = set()

    # -- one line

    def take(self, line):
        daemon = line.program.rsplit('/', 1)[-1]
        self.line = line
        self.lines += 1
        if self.first is None:
            self.first = line.when
        self.last = line.when
        text = line.text
        if '/' not in line.program and daemon not in COMPANIONS:
            daemon = guess(text)
        if daemon not in COMPANIONS:
            m = QLINE.match(text)
            if daemon in ('smtpd', 'cleanup', 'postscreen'):
                if m:
                    self.access(daemon, m[1], m[2])
                else:       # proxy-accept: and proxy-reject: have no id
                    self.access(daemon, 'NOQUEUE', text)
            if m and m[1] != 'NOQUEUE':
                self.queued(daemon, m[1], m[2])
            if daemon == 'smtpd':
                self.smtpd(text)
            elif daemon == 'postscreen':
                self.postscreen(text)
            elif daemon == 'tlsproxy':
                self.tls(text)
            elif daemon == 'cleanup':
                m = re.match(rf'warning: ({QID}): unreasonable \S+ map ',
                             text)
                if m:
                    self.end_of_data(m[1], 'unavailable', True)
        elif daemon == 'amavis':
            self.amavis(text)
        elif daemon == 'spamd':
            if re.match(r'spamd: clean message \(', text):
                self.verdicts['clean'] += 1
            elif re.match(r'spamd: identified spam \(', text):
                self.verdicts['spam'] += 1
        elif daemon == 'rspamd':
            m = re.search(r'rspamd_task_write_log: .*?'
                          r'\([\w-]+: [A-Z] \(([a-z ]+)\): \[', text)
            if m:
                self.verdicts['spam' if m[1] in (
                    'reject', 'add header', 'rewrite subject')
                    else 'clean'] += 1
        elif daemon == 'dovecot':
            self.dovecot(text)

    def key(self):
        return (self.line.host, self.line.program, self.line.pid)

    def reject(self, reason, temporary, client, way='smtp'):
        self.rejects.append((reason, temporary, client, way))

    def end_of_data(self, qid, reason, temporary, client=None, way=None):
        message = self.queue.get((self.line.host, qid))
        if message is not None:
            if message.rejected:
                return
            message.rejected = True
            client = client or message.client
            if way is None:
                way = 'local' if message.origin == 'pickup' else 'smtp'
        self.reject(reason, temporary, client, way or 'smtp')

    # -- reject: hold: discard: and their kin

    def access(self, daemon, qid, text):
        m = re.match(r'(milter-|proxy-)?(reject|hold|discard|accept): '
                     r'([A-Z-]+|header|body|mime|nested)', text)
        if not m:
            return
        by, action, stage = m[1] or '', m[2], m[3]
        session = self.sessions.get(self.key())
        if daemon == 'cleanup' and by == '':
            return self.content(qid, action, stage, text)
        if by == 'proxy-':
            words, tail = split_tail(text[m.end() + 2:])
            if action == 'accept':
                client = session.peer if session else None
                if re.match(r'250 \S+ Ok, discarded\b', words):
                    self.proxy_discarded += 1
                elif re.match(r'250 .*, BOUNCE$', words):
                    self.proxy_bounced.append(
                        (self.line.when, tail.get('from') or '', client))
                return
            client = session.peer if session else None
            c = re.match(r'(\d)\d\d ', words)
            temporary = bool(c) and c[1] == '4'
            return self.reject('policy', temporary,
                               client)
        p = re.match(rf'[\w-]+: [A-Z-]+ from ({PEER}): (.*)', text, re.S)
        if not p:
            return
        client = address(p[2])
        words, tail = split_tail(p[3])
        if action == 'hold':
            if by == '' and qid == 'NOQUEUE':
                if session:
                    session.hold = True
            else:
                self.mark(qid, 'held')
            return
        if action == 'discard':
            if qid == 'NOQUEUE':
                if session:
                    session.discard = True
            else:
                self.mark(qid, 'discard')
            return
        if action != 'reject':
            return
        c = re.match(r'(?:(\d)\d\d )?(?:(\d)\.\d+\.\d+ )?(.*)', words, re.S)
        # postscreen says these without a code, and 421 to the client
        busy = re.match('too many connections|all server ports busy', words)
        digit = c[1] or c[2] or ('4' if busy else '5')
        temporary = digit == '4'
        words = c[3]
        if session and stage == 'CONNECT':
            session.refused = True
        if by == 'milter-':
            if stage in ('CONNECT', 'HELO', 'EHLO') and \
                    not re.match(r'[\w-]+: [A-Z-]+ from ' + PEER + ': 421 ',
                                 text):
                return
            reason = 'policy'
            if stage == 'END-OF-MESSAGE':
                return self.end_of_data(qid, reason, temporary, client)
            return self.reject(reason, temporary, client)
        words = own_words(words, tail, p[1])
        reason = reason_of_words(words, temporary, daemon == 'postscreen')
        if stage == 'END-OF-MESSAGE' and qid != 'NOQUEUE':
            return self.end_of_data(qid, reason, temporary, client)
        self.reject(reason, temporary, client)

    def content(self, qid, action, stage, text):
        """cleanup: ACTION: header TEXT from HOST[IP]; from=.. helo=<..>: SAID

        TEXT is the stranger's, so everything is sought from the right.
        """
        client, said, found = None, '', text
        for m in re.finditer(rf' from (?:{PEER}|local); '
                             r'from=<', text):
            client, found = address(m[1]) if m[1] else None, text[:m.start()]
            said = text[m.end():]
        way = 'smtp' if client else 'local'
        if action == 'hold':
            return self.mark(qid, 'held')
        if action == 'discard':
            return self.mark(qid, 'discard')
        if action != 'reject':
            return
        reason = 'content'
        if stage in ('header', 'mime', 'nested') and \
                re.match(r'reject: \w+ Content-[\w-]+:.*\bname=', found,
                         re.S | re.I):
            reason = 'attachment'
        d = re.search(r': (\d)\.\d+\.\d+ [^:]*$', said)
        d = d or re.search(r'>: (\d)\.\d+\.\d+ ', said)
        self.end_of_data(qid, reason, bool(d) and d[1] == '4', client, way)

    def mark(self, qid, what):
        message = self.queue.get((self.line.host, qid))
        if message is None:
            message = self.message(qid, 'unknown')
        setattr(message, what, True)

    # -- messages

    def message(self, qid, origin):
        message = Message(qid, self.line.when, origin)
        self.messages.append(message)
        self.queue[(self.line.host, qid)] = message
        return message

    def queued(self, daemon, qid, text):
        message = self.queue.get((self.line.host, qid))
        if daemon == 'smtpd':
            m = re.match(rf'client={PEER}(.*)', text, re.S)
            if m:
                self.client(qid, address(m[1]), m[2])
            return
        if daemon == 'pickup':
            m = re.match(r'uid=\d+ from=<.*?>(.*)', text)
            if m:
                message = self.message(qid, 'pickup')
                o = re.search(r' orig_id=(\S+)$', m[1])
                if o:
                    message.requeued = True
                    old = self.queue.get((self.line.host, o[1]))
                    if old is not None:
                        message.client = old.client
                        message.account = old.account
            return
        if daemon == 'cleanup':
            if message is None or message.done_at is not None or (
                    message.rejected and text.startswith('message-id=')):
                message = self.message(qid, 'generated')
            message.cleanup = True
            m = re.match(r'message-id=(.*)', text, re.S)
            if m and message.mid is None:
                message.mid = m[1]
            return
        if daemon in ('qmgr', 'postsuper'):
            if text == 'removed':
                if message is not None:
                    message.done_at = self.line.when
                return
            m = re.fullmatch(r'from=<(.*)>, size=(\d+), nrcpt=(\d+) '
                             r'\(queue active\)', text, re.S)
            if m:
                if message is None:
                    message = self.message(qid, 'unknown')
                if message.active_at is None:
                    message.active_at = self.line.when
                    message.size, message.nrcpt = int(m[2]), int(m[3])
                    message.sender = m[1]
                return
            if re.fullmatch(r'from=<.*>, status=(force-)?expired, '
                            r'returned to sender', text, re.S):
                self.expired += 1
            return
        self.delivery(daemon, qid, message, text)

    def delivery(self, daemon, qid, message, text):
        if not text.startswith('to=<'):
            return
        m = re.match(
            rf'to=<({ADDRESS})>, (?:orig_to=<({ADDRESS})>, )?(relay=.*)', text,
            re.S) or re.match(
            r'to=<(.*?)>, (?:orig_to=<(.*?)>, )?(relay=.*)', text, re.S)
        if not m:
            return
        s = re.match(r'relay=([^,]*), (?:conn_use=\d+, )?delay=[^,]*, '
                     r'(?:delays=[^,]*, )?(?:dsn=[^,]*, )?'
                     r'status=([a-z-]+) \((.*)', m[3], re.S)
        if not s:
            return
        if message is None:
            message = self.message(qid, 'unknown')
        message.deliveries.append(dict(
            when=self.line.when, mailer=daemon,
            service=self.line.program, status=s[2], relay=s[1],
            reply=s[3], to=m[1], orig_to=m[2]))

    def client(self, qid, peer, rest):
        session = self.sessions.get(self.key())
        message = self.message(qid, 'smtpd')
        message.client = peer
        m = re.match(r', sasl_method=([^,]*), sasl_username=(.*?)'
                     r'(?=, sasl_sender=|, orig_queue_id=|, orig_client=|$)',
                     rest, re.S)
        if m:
            message.account = m[2]
        # what XFORWARD brought stands at the end, without spaces
        m = re.search(rf', orig_queue_id=(\S+), orig_client={PEER}$', rest) \
            or re.search(r', orig_queue_id=(\S+)$', rest)
        if m and is_loopback(peer):
            message.orig_queue = m[1]
            message.returned = True
        else:
            m = re.search(rf', orig_client={PEER}$', rest)
            if m and is_loopback(peer):
                message.proxied = True
                message.client = address(m[1])
        if session is not None:
            if message.account:
                session.account = message.account
            message.held, session.hold = session.hold, False
            message.discard, session.discard = session.discard, False
            session.message = message

    # -- sessions

    def smtpd(self, text):
        key = self.key()
        m = re.match(rf'connect from {PEER}$', text)
        if m:
            self.sessions[key] = Session(address(m[1]))
            if not is_loopback(address(m[1])):
                self.session['connected'] += 1
            return
        session = self.sessions.get(key)
        if self.tls(text):
            return
        m = re.match(rf'(lost connection|timeout|too many errors) after '
                     rf'(.*) from {PEER}$', text, re.S)
        if m:
            what, stage, peer = m[1], m[2], address(m[3])
            if what == 'too many errors':
                self.reject('rate_limited', True, peer)
            elif not is_loopback(peer):
                self.session['lost' if what[0] == 'l' else 'timeout'] += 1
            if session and session.message and \
                    re.match(r'DATA|BDAT', stage):
                session.message.lost = True
            return
        m = re.match(rf'disconnect from {PEER}(.*)', text)
        if m:
            return self.disconnect(key, address(m[1]), m[2])
        m = re.match(r'warning: .* (?:rate|concurrency) limit exceeded: '
                     rf'\d+ from {PEER} for service ', text)
        if m:
            if session and text.startswith('warning: Connection'):
                session.refused = True
            return self.reject('rate_limited', True, address(m[1]))
        m = re.match(rf'warning: {PEER}: SASL \S+ authentication failed', text)
        if m:
            self.auth_failed[address(m[1])] += 1
            return
        m = re.match(rf'(?:warning: )?Illegal address syntax from {PEER} in ',
                     text)
        if m:
            return self.reject('protocol', False, address(m[1]))
        m = re.match(rf'warning: ({QID}): queue file size limit exceeded',
                     text)
        if m:
            return self.end_of_data(m[1], 'too_large', False)
        if re.match(r'improper command pipelining after |'
                    r'(warning: )?non-SMTP command from ', text):
            self.probes['non_smtp'] += 1

    def disconnect(self, key, peer, counters):
        session = self.sessions.pop(key, None)
        n = {}
        for name, ok, total in re.findall(r' ([a-z_]+)=(\d+)(?:/(\d+))?',
                                          counters):
            n[name] = (int(ok), int(total or ok))
        if n.get('auth', (0, 0))[0] > 0 or (session and session.account):
            self.auth_ok += 1
        if is_loopback(peer):
            return
        self.probes['vrfy'] += n.get('vrfy', (0, 0))[1]
        if 'commands' in n and set(n) <= {'quit', 'commands'} and \
                not (session and session.refused):
            self.probes['empty'] += 1

    def tls(self, text):
        m = re.match(r'(?:\w+ )?TLS connection established from '
                     rf'{PEER}: (?:TLSv|SSLv)(\S+) with', text)
        if not m:
            return False
        if not is_loopback(address(m[1])):
            self.session['tls'] += 1
            name = {'1': 'tls_1_0', '1.0': 'tls_1_0', '1.1': 'tls_1_1',
                    '1.2': 'tls_1_2', '1.3': 'tls_1_3'}.get(m[2])
            if name:
                self.session[name] += 1
        return True

    def postscreen(self, text):
        m = re.match(r'DISCONNECT \[(.*?)\]:\d+$', text)
        if m:
            if not is_loopback(address(m[1])):
                self.session['connected'] += 1
            return
        m = re.match(r'CONNECT from (\[.*?\]:\d+) to ', text)
        if m:
            self.pregreet.discard(m[1])
            return
        m = re.match(r'HANGUP after \S+ from (\[(.*?)\]:\d+) in (.*)', text)
        if m:
            self.session['lost'] += 1
            if m[3] == 'tests before SMTP handshake' and \
                    m[1] not in self.pregreet:
                self.probes['empty'] += 1
            return
        m = re.match(r'COMMAND TIME LIMIT from ', text)
        if m:
            self.session['timeout'] += 1
            return
        m = re.match(r'PREGREET \d+ after \S+ from (\[.*?\]:\d+): ', text)
        if m:
            self.pregreet.add(m[1])
            self.probes['pregreet'] += 1
            return
        if re.match(r'(NON-SMTP COMMAND|COMMAND PIPELINING) from ', text):
            self.probes['non_smtp'] += 1

    # -- companions

    def amavis(self, text):
        m = re.match(r'\([\w-]+\) (?:Passed|Blocked) ([A-Z-]+)', text)
        if not m:
            return
        word = m[1]
        if word.startswith('SPAM'):
            self.verdicts['spam'] += 1
        elif word.startswith('INFECTED'):
            self.verdicts['virus'] += 1
        elif word.startswith('BANNED'):
            self.verdicts['banned'] += 1
        elif word == 'CLEAN':
            self.verdicts['clean'] += 1

    def dovecot(self, text):
        m = re.match(r'(?:imap|pop3)-login: (.*)', text, re.S)
        if not m:
            return
        if re.match(r'(?:Info: )?Login: user=<', m[1]):
            self.logins['ok'] += 1
            return
        a = re.match(r'(?:Info: )?(?:Disconnected|Aborted login)[^(]*'
                     r'\(auth failed, (\d+) attempts', m[1])
        if a:
            self.logins['failed'] += int(a[1])
            rip = re.search(r'>, (?:.*, )?rip=([0-9A-Fa-f.:]+), lip=', m[1])
            if rip:
                self.login_failed[address(rip[1])] += int(a[1])


# ------------------------------------------------------------ the decisions

QUEUED_AS = re.compile(rf'queued as ({QID})\b')


def relay_address(relay):
    m = re.search(r'\[([0-9A-Fa-f.:]+)\](?::\d+)?$', relay)
    return address(m[1]) if m else None


def decide(reader):
    """Which deliveries are hand-overs, and which messages come back."""
    by_id = collections.defaultdict(list)
    by_mid = collections.defaultdict(list)
    for m in reader.messages:
        by_id[m.qid].append(m)
        if m.mid and m.mid not in ('<>', ''):
            by_mid[m.mid].append(m)

    def near(qid, when):
        """The message of that id which existed then."""
        best = [m for m in by_id[qid] if m.when <= when + 60]
        return best[-1] if best else None

    for m in reader.messages:
        if m.returned:
            m.parent = near(m.orig_queue, m.when)
        elif m.origin == 'smtpd' and is_loopback(m.client) and not m.proxied:
            for other in by_mid.get(m.mid, ()):
                if other is not m and other.when <= m.when and \
                        not other.rejected and (
                        other.done_at is None or other.done_at >= m.when):
                    m.returned, m.parent = True, other

    for m in reader.messages:
        for d in m.deliveries:
            d['what'] = d['status']
            if d['status'] != 'sent':
                continue
            if d['mailer'] == 'discard':
                d['what'] = 'discarded'
            elif d['mailer'] == 'pipe':
                if pipe_filter(m, d, by_mid):
                    d['what'] = 'handover'
            elif is_loopback(relay_address(d['relay'])):
                filter_reply(m, d, near)

    notices = [m for m in reader.messages if m.origin == 'smtpd' and
               is_loopback(m.client) and not m.returned and m.sender == '']
    bounces = list(reader.proxy_bounced)
    for m in reader.messages:
        bounces += [(d['when'], m.sender, m.client) for d in m.deliveries
                    if d['what'] == 'filter-bounce']
    for when, sender, _ in sorted(bounces, key=lambda b: b[0]):
        for n in notices:
            if not n.notice and n.when <= when <= n.when + 60 and \
                    any(d['to'] == sender for d in n.deliveries):
                n.notice = True
                break


def pipe_filter(m, d, by_mid):
    found = False
    for other in by_mid.get(m.mid, ()):
        if other is not m and other.origin == 'pickup' and \
                not other.requeued and abs(other.when - d['when']) <= 60:
            other.returned, other.parent = True, m
            found = True
    return found


def filter_reply(m, d, near):
    reply = d['reply']
    q = QUEUED_AS.findall(reply)
    if q:
        back = near(q[-1], d['when'])
        if back is not None and (back.returned or is_loopback(back.client)):
            back.returned = True
            back.parent = back.parent or m
            d['what'] = 'handover'
        elif back is not None and back.client is None:
            d['what'] = 'handover'
        return
    if re.match(r'\d\d\d (\S+ )?Ok, discarded\b', reply):
        d['what'] = 'filter-discard'
    elif re.search(r', BOUNCE\)$', reply):
        d['what'] = 'filter-bounce'


def origin_of(m):
    seen = set()
    while m.returned and m.parent is not None and id(m) not in seen:
        seen.add(id(m))
        m = m.parent
    return m


def account(reader, networks, top):
    out = {k: collections.Counter() for k in ('messages', 'rejects', 'relay')}
    msgs, rej = out['messages'], out['rejects']
    mailers = collections.defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    clients = collections.defaultdict(lambda: dict(
        rejected=0, relay_denied=0, auth_failed=0, login_failed=0, received=0))
    accounts = collections.defaultdict(lambda: dict(received=0, recipients=0))

    for reason, temporary, client, way in reader.rejects:
        rej['total'] += 1
        rej['temporary' if temporary else 'permanent'] += 1
        rej[reason] += 1
        mailers[way]['msgs_rejected'] += 1
        if client:
            clients[client]['rejected'] += 1
            if reason == 'relay_denied':
                clients[client]['relay_denied'] += 1
    out['relay']['denied'] = rej['relay_denied']
    for client, n in reader.auth_failed.items():
        if client:
            clients[client]['auth_failed'] += n
    for client, n in reader.login_failed.items():
        clients[client]['login_failed'] += n

    msgs['expired'] = reader.expired
    msgs['discarded'] += reader.proxy_discarded
    mailers['smtp']['msgs_discarded'] += reader.proxy_discarded
    msgs['bounced'] += len(reader.proxy_bounced)
    mailers['smtp']['bounced'] += len(reader.proxy_bounced)

    for m in reader.messages:
        way = 'local' if m.origin == 'pickup' else 'smtp'
        from_outside = m.origin in ('smtpd', 'pickup') and \
            not m.returned and not m.requeued and not m.notice
        taken = not m.rejected and not m.lost
        if m.discard and taken and m.active_at is None:
            msgs['discarded'] += 1
            mailers[way]['msgs_discarded'] += 1
            continue
        if m.held and (taken or m.active_at is not None):
            msgs['quarantined'] += 1
            mailers[way]['msgs_quarantined'] += 1
        statuses = {d['status'] for d in m.deliveries}
        probe = bool(statuses) and statuses <= {'deliverable',
                                                'undeliverable'}
        if m.active_at is not None or (m.held and taken):
            if from_outside:
                msgs['received'] += 1
                msgs['received_bytes'] += m.size
                msgs['received_recipients'] += m.nrcpt
                mailers[way]['msgs_from'] += 1
                mailers[way]['bytes_from'] += m.size
                if m.client:
                    clients[m.client]['received'] += 1
                if m.account:
                    accounts[m.account]['received'] += 1
                    accounts[m.account]['recipients'] += m.nrcpt
            elif m.notice or (m.origin == 'generated' and not probe):
                msgs['generated'] += 1
        filter_discarded = False
        for d in m.deliveries:
            row = mailers[d['mailer']]
            if d['what'] == 'sent':
                msgs['sent'] += 1
                msgs['sent_bytes'] += m.size
                row['msgs_to'] += 1
                row['bytes_to'] += m.size
            elif d['what'] == 'deferred':
                msgs['deferred'] += 1
                row['deferred'] += 1
            elif d['what'] in ('bounced', 'filter-bounce'):
                msgs['bounced'] += 1
                row['bounced'] += 1
            elif d['what'] == 'discarded':
                msgs['discarded'] += 1
                row['msgs_discarded'] += 1
            elif d['what'] == 'filter-discard' and not filter_discarded:
                filter_discarded = True
                msgs['discarded'] += 1
                first = origin_of(m)
                mailers['local' if first.origin == 'pickup' else
                        'smtp']['msgs_discarded'] += 1
        if from_outside and m.active_at is not None:
            relayed(m, networks, out['relay'])

    def rows(table, name, keys):
        all_rows = [dict([(name, k)], **v) for k, v in table.items()]
        all_rows.sort(key=lambda r: tuple(-r[k] for k in keys) + (r[name],))
        return all_rows[:top] if top else all_rows

    def named(counter, names):
        return {n: counter[n] for n in names.split()}

    def stamp(t):
        return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t or 0))

    return {
        'coverage': {'lines': reader.lines, 'recognised': reader.lines,
                     'ignored': 0, 'unrecognised': 0},
        'span': {'first': stamp(reader.first), 'last': stamp(reader.last)},
        'messages': named(msgs, 'received received_bytes received_recipients '
                          'generated sent sent_bytes deferred bounced expired '
                          'discarded quarantined'),
        'rejects': named(rej, 'total temporary permanent ' +
                         ' '.join(REASONS)),
        'relay': named(out['relay'], 'denied authenticated network open'),
        'auth': {'ok': reader.auth_ok,
                 'failed': sum(reader.auth_failed.values())},
        'logins': named(reader.logins, 'ok failed'),
        'probes': named(reader.probes, 'vrfy expn pregreet non_smtp empty'),
        'sessions': named(reader.session, 'connected tls lost timeout tls_1_0 '
                          'tls_1_1 tls_1_2 tls_1_3'),
        'verdicts': named(reader.verdicts, 'clean spam virus banned'),
        'wire': {},
        'mailers': {k: v for k, v in sorted(mailers.items())
                    if any(v.values())},
        'clients': rows(clients, 'address', ['rejected', 'received']),
        'accounts': rows(accounts, 'account', ['recipients', 'received']),
    }


def relayed(m, networks, relay):
    """For elsewhere: a recipient as addressed went out by smtp, and not by
    the service `relay', which is for domains that we relay."""
    out = [d for d in m.deliveries if d['mailer'] == 'smtp' and
           not d['service'].endswith('/relay/smtp') and not d['orig_to'] and
           d['what'] in ('sent', 'deferred', 'bounced')]
    if not out:
        return
    if m.account:
        relay['authenticated'] += 1
    elif m.client and any(ipaddress.ip_address(m.client) in n
                          for n in networks):
        relay['network'] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--year', type=int)
    parser.add_argument('--top', type=int, default=0)
    parser.add_argument('--network', action='append', default=[],
                        type=ipaddress.ip_network)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--zone', help='ignored: UTC')
    parser.add_argument('log')
    words = sys.argv[1:]
    args = parser.parse_args(words[words[:1] == ['replay']:])
    reader = Reader()
    for line in unfolded(read_lines(args.log, args.year)):
        reader.take(line)
    # Sessions that never ended have authenticated all the same.
    reader.auth_ok += sum(1 for s in reader.sessions.values() if s.account)
    decide(reader)
    json.dump(account(reader, args.network, args.top), sys.stdout, indent=1,
              ensure_ascii=True)
    print()


if __name__ == '__main__':
    main()
