#!/usr/bin/env python3
"""exim.py - a slow counter of Exim's logs, to hold the fast one against

Prints the object of `mailweir replay --json --top 0', wire left empty and every
line called recognised.  It reads all lines first and decides afterwards, with
nothing but regular expressions and dictionaries, so that it shares no idea
with the program it judges.

usage: exim.py [replay] [--json] [--year Y] [--top N] LOG...

Rules; "id" is a message's.

L1  A line of a log of Exim's own is `YYYY-MM-DD HH:MM:SS[.mmm][ +ZZZZ] [[pid]]
    text'; other lines go on with the one before and are left out.  In syslog
    the same may stand in the text.  Pieces `[n/m]' and `[n\\m]' of a process
    are joined up to the first `\\' or the last; the rest is left out.
L2  Of syslog, a line for the reject log that is the same as the process's line
    before is its copy.
M1  `<=': generated with R= and no H=, else received, unless `=> blackhole' of
    the id follows: then it is discarded.  Bytes are S=, recipients those
    behind ` for ', or where there are none, its lines of M2 but `=='.
M2  `=>', `->', `>>': sent, mailer T=.  `**': bounced, unless the words end in
    `retry timeout exceeded': then expired, once an id.  `==': deferred, unless
    the retry time was not reached.
M3  `frozen by ACL': quarantined.
R1  `[temporarily ]rejected ...' behind `H=...' or an id, and the lines of their
    own: see REFUSALS.  ETRN's is temporary.
A1  `authenticator failed': 535 is failed, 435 as well.  ok: once for the
    process in the id, of `<=' with A=; once for `no MAIL' with A=.  TLS alike.
S1  connected: `(TCP/IP connection count'; lost, timeout, empty: by their lines.
    HTTP is told by its first command, and such a process is not empty.
Y1  A message of a client with an attempt (M2) to a host for an address with a
    domain is relayed: authenticated, network for loopback, else unsure.
"""
import argparse
import calendar
import collections
import ipaddress
import json
import lzma
import re
import sys
import time

OWN = re.compile(r'(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)?'
                 r'(?: ([+-])(\d\d)(\d\d))? (?:\[(\d+)\] )?(.*)', re.S)
SYSLOG = re.compile(r'(\w{3} [ \d]\d [\d:]{8}|\d{4}-\S+T\S+) (\S+) '
                    r'exim\w*(?:\[(\d+)\])?: (.*)', re.S)
PIECE = re.compile(r'\[(\d+)([/\\])(\d+)\] (.*)', re.S)
ID = re.compile(r'(\w{6}-(?:\w{6}-\w\w|\w{11}-\w{4}))(?: (.*)|$)', re.S)
PEER = r'(?:[^\s(\[]\S* )?(?:\((?P<helo>.*?)\) )?\[(?P<ip>[0-9a-fA-F.:]+)\]'
WORD = r'(?:"(?:\\.|[^"\\])*"|[^\s"])*'
ANGLE = r'<((?:"(?:\\.|[^"\\])*"|[^>"])*)>'

REASONS = """relay_denied unknown_recipient unknown_sender bad_helo
no_reverse_dns dnsbl greylisted rate_limited too_large too_many_recipients
access_denied auth_required content attachment spam virus policy protocol
unavailable other""".split()

WORDS = [
    (r'sender verify', 'unknown_sender'),
    (r'locally blacklisted', 'access_denied'),
    (r'black ?list', 'dnsbl'),
    (r'relay', 'relay_denied'),
    (r'unrouteable|unknown user\b|account closed|left the company',
     'unknown_recipient'),
    (r'greylist', 'greylisted'),
    (r'\brate\b|too many', 'rate_limited'),
    (r'virus|malware', 'virus'),
    (r'spam', 'spam'),
    (r'attachment', 'attachment'),
    (r'restricted characters', 'protocol'),
    (r'header', 'content'),
    (r'local host|did not complete', 'unavailable'),
    (r'mailbox (temporarily )?disabled|banned|access denied',
     'access_denied'),
]


def lines_of(path):
    raw = sys.stdin.buffer if path == '-' else (
        lzma.open(path) if path.endswith('.xz') else open(path, 'rb'))
    for line in raw:
        yield line.rstrip(b'\n').decode('latin-1')


class Line:
    def __init__(self, when, pid, text):
        self.when, self.pid, self.text = when, pid, text


def read(path, year):
    """L1, L2"""
    begun, last = {}, {}
    for raw in lines_of(path):
        m = OWN.match(raw)
        if m and not SYSLOG.match(raw):
            g = m.groups()
            when = calendar.timegm(tuple(int(x) for x in g[:6]))
            if g[6]:
                off = int(g[7]) * 3600 + int(g[8]) * 60
                when -= off if g[6] == '+' else -off
            yield Line(when, g[9], g[10])
            continue
        m = SYSLOG.match(raw)
        if not m:
            continue
        stamp, _, pid, text = m.groups()
        if 'T' in stamp:
            when = calendar.timegm(time.strptime(stamp[:19],
                                                 '%Y-%m-%dT%H:%M:%S'))
        else:
            when = calendar.timegm(time.strptime(
                '%d %s' % (year or 2026, stamp), '%Y %b %d %H:%M:%S'))
        p = PIECE.match(text)
        if p:
            n, mark, of, text = p.groups()
            if n == '1':
                begun[pid] = ''
            if pid not in begun:
                continue
            text = begun[pid] + text
            if mark == '/' and n != of:
                begun[pid] = text
                continue
            del begun[pid]
        m = OWN.match(text)
        if m:
            text = m.group(11)
        else:
            text = re.sub(r'^\[\d+\] ', '', text)
        both = re.search(r'rejected[ :]| authenticator failed |dropped: ', text)
        if both and last.get(pid) == text:
            last[pid] = None
            continue
        last[pid] = text
        yield Line(when, pid, text)


def fields(text):
    """NAME=value words, the last of each; S and A only behind P."""
    found = collections.OrderedDict()
    while True:
        m = re.match(r' ?(?:(\w+\*?)=(%s|%s)|(?:L\S*|K|DS|TFO\*?|PRDR)(?= |$))'
                     % (ANGLE.replace('(', '(?:', 1), WORD), text)
        if not m:
            return found, text
        name, value, rest = m.group(1), m.group(2), text[m.end():]
        if name == 'H':
            p = re.match(PEER + r'\*?(?::\d+)?\*?',
                         text[m.start(2):])
            if not p:
                return found, text
            found['H'] = p.group('ip')
            found['helo'] = p.group('helo')
            text = text[m.start(2) + p.end():]
            continue
        if value is not None and value.endswith(':'):
            value, rest = value[:-1], ':' + rest
        if name == 'P':
            for k in ('S', 'A', 'X'):
                found.pop(k, None)
        if name:
            found[name] = value
        text = rest


def reason(stage, words):
    own = re.sub(r'response to .*', '', words)
    own = ' '.join(w for w in own.split(' ') if '@' not in w)
    for pattern, name in WORDS:
        if re.search(pattern, own, re.I):
            return name
    return {'connect': 'access_denied', 'MAIL': 'access_denied',
            'helo': 'bad_helo', 'MIME': 'content'}.get(stage, 'policy')


class Counter:
    def __init__(self):
        self.lines = 0
        self.first = self.last = 0
        self.n = collections.Counter()
        self.rejects = collections.Counter()
        self.mailers = collections.defaultdict(collections.Counter)
        self.clients = collections.defaultdict(collections.Counter)
        self.accounts = collections.defaultdict(collections.Counter)
        self.messages, self.blackholed, self.expired = {}, set(), set()
        self.relayed, self.tls, self.auth = set(), {}, {}
        self.spoke = set()
        self.relay = collections.Counter()

    def refuse(self, ip, why, temporary, mailer='smtp'):
        self.rejects['total'] += 1
        self.rejects['temporary' if temporary else 'permanent'] += 1
        self.rejects[why] += 1
        self.mailers[mailer]['msgs_rejected'] += 1
        if ip:
            self.clients[ip]['rejected'] += 1
            if why == 'relay_denied':
                self.clients[ip]['relay_denied'] += 1

    def session(self, key, ip, f, account):
        """A1: once a process"""
        if f.get('X') and (key is None or key not in self.tls):
            self.tls[key or object()] = f['X']
            self.n['tls_' + re.match(r'TLSv?(\d)\.?(\d?)', f['X']).expand(
                r'\1_\2')] += 1
        if account and (key is None or key not in self.auth):
            self.auth[key or object()] = account

    def take(self, line):
        self.lines += 1
        self.first = self.first or line.when
        self.last = max(self.last, line.when)
        m = ID.match(line.text)
        if m:
            self.message(m.group(1), m.group(2) or '', line)
        else:
            self.other(line.text, line.pid)

    def message(self, id, text, line):
        if text.startswith('<= '):
            return self.arrival(id, text[3:])
        if re.match(r'=> blackhole \(', text):
            self.blackholed.add(id)
        elif text[:3] in ('=> ', '-> ', '>> ', '** ', '== '):
            self.delivery(id, text[:2], text[3:])
        elif text.startswith('frozen by ACL'):
            self.n['quarantined'] += 1
            self.mailers['smtp']['msgs_quarantined'] += 1
        elif text.startswith('rejected from '):
            ip = re.search(r' H=' + PEER, text).group('ip')
            self.refuse(ip, 'too_large', False)
        elif re.match(r'[HUF]=', text):
            self.refusal(text)

    def arrival(self, id, text):
        m = re.match(WORD, text)
        f, rest = fields(text[m.end():])
        n = 0
        m = re.match(r'(?: from %s)? for (.*)' % ANGLE, rest, re.S)
        if m:
            n = len(re.findall(WORD + r'(?: |$)', m.group(2).rstrip() + ' '))
            n = len([w for w in re.findall(WORD, m.group(2)) if w])
        account = f['A'].split(':', 1)[1] if ':' in f.get('A', '') else None
        self.messages[id] = dict(
            ip=f.get('H'), account=account, size=int(f['S']), n=n,
            generated='R' in f and 'H' not in f)
        if f.get('H'):
            self.session(id.split('-')[1], f['H'], f, account)

    def delivery(self, id, mark, text):
        if text[0] in '|/':
            m = re.match(r'(.*?) %s(?=[ :]|$)' % ANGLE, text)
            to, addressed, text = m.group(1), m.group(2), text[m.end():]
        else:
            m = re.match(WORD, text)
            to, text = m.group(0), text[m.end():]
            if to.endswith(':') and not to.startswith(':'):
                to, text = to[:-1], ':' + text
            while True:
                m = re.match(r' \((?:"(?:\\.|[^"\\])*"|[^)"])*\)', text)
                if not m:
                    break
                text = text[m.end():]
            addressed = to
            m = re.match(' ' + ANGLE, text)
            if m:
                addressed, text = m.group(1), text[m.end():]
        f, rest = fields(text)
        m = re.match(r'(?: routing)? defer \((-?\d+)\)(?:: (.*?)'
                     r'(?= H=| DT=| I=|: |$))?', rest)
        words = ''
        if m:
            words = m.group(2) or ''
            more, rest = fields(rest[m.end():])
            f.update(more)
        if rest.startswith(': '):
            words = rest[2:]
        msg = self.messages.get(id, {})
        size = msg.get('size', 0)
        row = self.mailers[f.get('T', '')]
        if mark == '==' and re.match(r'[Rr]etry time not (yet )?reached',
                                     words):
            return
        if mark != '==' and msg and not msg['n'] and not msg['generated']:
            self.n['received_recipients'] += 1
            if msg['account']:
                self.accounts[msg['account']]['recipients'] += 1
        if mark == '**' and words.endswith('retry timeout exceeded'):
            self.expired.add(id)
            return
        if mark == '**':
            self.n['bounced'] += 1
            row['bounced'] += 1
        elif mark == '==':
            self.n['deferred'] += 1
            row['deferred'] += 1
        elif to == ':blackhole:':
            self.n['discarded'] += 1
            self.mailers['blackhole']['msgs_discarded'] += 1
            return
        else:
            self.n['sent'] += 1
            self.n['sent_bytes'] += size
            row['msgs_to'] += 1
            row['bytes_to'] += size
            row['kbytes_to'] += -(-size // 1000)
        if 'H' in f and '@' in addressed and msg.get('ip') and \
                id not in self.relayed:
            self.relayed.add(id)
            loop = ipaddress.ip_address(msg['ip']).is_loopback
            self.relay['authenticated' if msg['account'] else 'network'
                       if loop else 'unsure'] += 1

    def refusal(self, text):
        f, rest = fields(' ' + text)
        m = re.match(r'( temporarily)? rejected (\S+)(.*)', rest, re.S)
        if not m:
            return
        stage, tail = m.group(2), m.group(3)
        words = ''
        if stage in ('RCPT', 'MAIL'):
            a = re.match(r' %s(?:: (.*))?' % ANGLE, tail, re.S)
            words = a.group(2) or ''
        elif ': ' in tail:
            words = tail.split(': ', 1)[1]
        if stage == 'connection':
            stage = 'connect'
        if stage == 'EHLO':
            stage = 'helo'
        if 'MIME' in tail:
            stage = 'MIME'
        if stage in ('VRFY', 'EXPN'):
            self.n[stage.lower()] += 1
        self.refuse(f.get('H'), reason(stage, words),
                    bool(m.group(1)) or stage == 'ETRN',
                    'smtp' if 'H' in f else 'local')

    def other(self, text, pid):
        if re.match(r'[HUF]=', text):
            return self.refusal(text)
        peer = re.search(r'(?:from|for|H=|by) ?' + PEER, text)
        ip = peer.group('ip') if peer else None
        if re.match(r'\S+ authenticator failed for ', text):
            if re.search(r'\]\S*(?: I=\S+)?: (535|435) ', text):
                self.n['auth_failed'] += 1
                self.clients[ip]['auth_failed'] += 1
        elif text.startswith('rejected MAIL FROM:'):
            self.refuse(ip, 'too_large', False)
        elif re.match(r'rejected (EHLO|HELO) from', text):
            self.refuse(ip, 'bad_helo', False)
        elif re.match(r'rejected MAIL from', text):
            self.refuse(ip, 'protocol', False)
        elif text.startswith('Connection from '):
            self.refuse(ip, 'rate_limited', True)
        elif text.startswith('SMTP call from '):
            self.refuse(ip, 'rate_limited', False)
        elif text.startswith('too many recipients: '):
            self.refuse(ip, 'too_many_recipients', True)
        elif text.startswith('unqualified '):
            self.n['vrfy'] += text.startswith('unqualified verify')
            self.refuse(ip, 'protocol', False)
        elif re.match(r'SMTP syntax error in "(MAIL FROM|RCPT TO)', text):
            self.refuse(ip, 'protocol', False)
        elif re.match(r'SMTP syntax error in "', text):
            if pid not in self.spoke and re.match(
                    r'SMTP syntax error in "(GET|POST|CONNECT) ', text):
                self.n['non_smtp'] += 1
            self.spoke.add(pid)
        elif '(TCP/IP connection count = ' in text:
            self.n['connected'] += 1
        elif re.match(r'unexpected disconnection|SMTP connection from .*'
                      r'( lost|closed by EOF)', text):
            self.n['lost'] += 1
        elif text.startswith('SMTP command timeout'):
            self.n['timeout'] += 1
        elif text.startswith('no MAIL in SMTP connection'):
            f, _ = fields(' H=' + text.split(' from ', 1)[1])
            a = f['A'].split(':', 1)[1] if ':' in f.get('A', '') else None
            self.session(None, ip, f, a)
            if f.get('C', 'QUIT') == 'QUIT' and pid not in self.spoke:
                self.n['empty'] += 1
            self.spoke.discard(pid)

    def finish(self):
        for id, m in self.messages.items():
            if m['generated']:
                self.n['generated'] += 1
                continue
            way = self.mailers['smtp' if m['ip'] else 'local']
            if id in self.blackholed:
                self.n['discarded'] += 1
                way['msgs_discarded'] += 1
                continue
            self.n['received'] += 1
            self.n['received_bytes'] += m['size']
            self.n['received_recipients'] += m['n']
            way['msgs_from'] += 1
            way['bytes_from'] += m['size']
            way['kbytes_from'] += -(-m['size'] // 1000)
            if m['ip']:
                self.clients[m['ip']]['received'] += 1
            if m['account']:
                self.accounts[m['account']]['received'] += 1
                self.accounts[m['account']]['recipients'] += m['n']
        self.n['expired'] = len(self.expired)
        self.relay['denied'] = self.rejects['relay_denied']


def account(c):
    def named(counter, names):
        return {n: counter[n] for n in names.split()}

    def stamp(t):
        return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t))

    def rows(table, name, keys):
        return [dict([(name, k)], **named(v, keys))
                for k, v in sorted(table.items()) if any(v.values())]

    sessions = named(c.n, 'connected lost timeout tls_1_0 tls_1_1 tls_1_2 '
                     'tls_1_3')
    sessions['tls'] = len(c.tls)
    # mailstats' row: all that was refused or thrown away
    sessions['rejected'] = c.rejects['total'] + c.n['discarded']
    return {
        'coverage': {'lines': c.lines, 'recognised': c.lines, 'ignored': 0,
                     'unrecognised': 0},
        'span': {'first': stamp(c.first), 'last': stamp(c.last)},
        'messages': named(c.n, 'received received_bytes received_recipients '
                          'generated sent sent_bytes deferred bounced expired '
                          'discarded quarantined'),
        'rejects': named(c.rejects, 'total temporary permanent ' +
                         ' '.join(REASONS)),
        'relay': named(c.relay, 'denied authenticated network open unsure'),
        'auth': {'ok': len(c.auth), 'failed': c.n['auth_failed']},
        'logins': {'ok': 0, 'failed': 0},
        'probes': named(c.n, 'vrfy expn pregreet non_smtp empty'),
        'sessions': sessions,
        'verdicts': {}, 'wire': {},
        'mailers': {k: named(v, 'msgs_from bytes_from kbytes_from msgs_to '
                             'bytes_to kbytes_to msgs_rejected msgs_discarded '
                             'msgs_quarantined deferred bounced')
                    for k, v in sorted(c.mailers.items())
                    if k and any(v.values())},
        'clients': rows(c.clients, 'address',
                        'rejected relay_denied auth_failed received'),
        'accounts': rows(c.accounts, 'account', 'received recipients'),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--year', type=int)
    parser.add_argument('--top', type=int, default=0)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--zone', help='ignored: UTC')
    parser.add_argument('log', nargs='+')
    words = sys.argv[1:]
    args = parser.parse_args(words[words[:1] == ['replay']:])
    counter = Counter()
    for log in args.log:
        for line in read(log, args.year):
            counter.take(line)
    counter.finish()
    json.dump(account(counter), sys.stdout, indent=1)
    print()


if __name__ == '__main__':
    main()
