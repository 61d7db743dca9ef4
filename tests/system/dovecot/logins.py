#!/usr/bin/env python3
"""logins.py - log in by POP3 and IMAP, from chosen addresses, in every way

192.0.2.25 takes passwords unencrypted, 192.0.2.26 does not.
"""
import base64
import imaplib
import poplib
import socket
import ssl
import sys
import time

TAKES, FORBIDS = '192.0.2.25', '192.0.2.26'
PATIENCE = 30
KIM, SAM = '203.0.113.9', '203.0.113.10'  # where they are

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def connect(host, port, source):
    """As soon as the server listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection((host, port), PATIENCE,
                                            (source, 0))
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Pop(poplib.POP3):
    def __init__(self, host, source, port=110):
        self.source = source
        super().__init__(host, port)

    def _create_socket(self, timeout):
        plain = connect(self.host, self.port, self.source)
        return context.wrap_socket(plain) if self.port == 995 else plain


class Imap(imaplib.IMAP4):
    def __init__(self, host, source, port=143):
        self.source = source
        super().__init__(host, port)

    def _create_socket(self, timeout):
        plain = connect(self.host, self.port, self.source)
        return context.wrap_socket(plain) if self.port == 993 else plain


def refused(function, *arguments):
    try:
        function(*arguments)
    except (poplib.error_proto, imaplib.IMAP4.error):
        return
    sys.exit('%s: was not refused' % function)


def pop(source, user, password, host=TAKES):
    session = Pop(host, source)
    session.user(user)
    session.pass_(password)
    session.quit()


def pop_tls(port):
    session = Pop(TAKES, KIM, port)
    if port == 110:
        session.stls(context)
    session.user('kim')
    session.pass_('secret')
    session.quit()


def imap(source, user, password, host=TAKES):
    session = Imap(host, source)
    session.login(user, password)
    session.logout()


def imap_tls(port, host=TAKES):
    session = Imap(host, KIM, port)
    if port == 143:
        session.starttls(context)
    session.login('kim', 'secret')
    session.logout()


def imap_authenticate():
    session = Imap(TAKES, KIM)
    session.authenticate('PLAIN', lambda _: b'\0kim\0secret')
    session.logout()


def imap_lines(*lines):
    """As they stand; each is sent when the one before was answered."""
    with connect(TAKES, 143, KIM) as conn:
        answers = conn.makefile('rb')
        answers.readline()
        for line in lines:
            conn.sendall(line)
            while (answer := answers.readline()).startswith(b'* '):
                pass
        if not answer.startswith(b'a OK'):
            sys.exit('%r: %r' % (lines, answer))


def imap_cram_md5():
    session = Imap(TAKES, KIM)
    session.login_cram_md5('kim', 'secret')
    session.logout()


# Taken, and seen: six.
pop(KIM, 'kim', 'secret')
imap(KIM, 'kim', 'secret')
imap_authenticate()
imap_lines(b'a AUTHENTICATE PLAIN ' + base64.b64encode(b'\0kim\0secret') +
           b'\r\n')
imap_lines(b'a LOGIN {3}\r\n', b'kim {6}\r\n', b'secret\r\n')
imap_lines(b'a LOGIN {3+}\r\nkim {6+}\r\nsecret\r\n')
# Wrong: two; and one that the server forbids, whose other never sends it.
refused(pop, SAM, 'sam', 'guess')
refused(imap, SAM, 'sam', 'guess')
refused(imap, SAM, 'sam', 'secret', FORBIDS)
refused(pop, SAM, 'sam', 'secret', FORBIDS)
# Taken, and nothing to be seen of it: a digest, the host with itself, TLS.
imap_cram_md5()
imap('127.0.0.1', 'kim', 'secret', '127.0.0.1')
pop_tls(110)
pop_tls(995)
imap_tls(143)
imap_tls(993)
imap_tls(143, FORBIDS)
