"""talk.py - a mail server and its clients, and an old capture played again

serve ADDRESS [NAME WAIT]  answer on port 25 until killed; a line when ready;
                           greet by that name, after so many seconds
speak ADDRESS              one message, refusals, a probe, a wrong password
play FILE INTERFACE        send a capture's frames; prints how many are of mail
want ADDRESS NAME=N ...    wait until /metrics there says so
"""
import re
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request

PATIENCE = 20


REPLIES = {b'EHLO': b'250-mx.example.org\r\n250 AUTH PLAIN',
           b'DATA': b'354 go on',
           b'QUIT': b'221 bye',
           b'VRFY': b'252 2.0.0 root',
           b'AUTH': b'535 5.7.8 authentication failed'}


def answer(line):
    if b'elsewhere' in line:
        return b'554 5.7.1 <x>: Relay access denied'
    if b'nobody' in line:
        return b'550 5.1.1 <x>: Recipient address rejected: User unknown'
    return REPLIES.get(line[:4], b'250 2.0.0 Ok')


def converse(conn, name, wait):
    with conn, conn.makefile('rb') as lines:
        time.sleep(wait)
        conn.sendall(b'220 %s ESMTP\r\n' % name)
        body = False
        for line in lines:
            if body:
                body = line != b'.\r\n'
                if not body:
                    conn.sendall(b'250 2.0.0 Ok: queued as A1\r\n')
                continue
            conn.sendall(answer(line).replace(b'mx.example.org', name) +
                         b'\r\n')
            body = line[:4] == b'DATA'
            if line[:4] == b'QUIT':
                return


def serve(address, name='mx.example.org', wait='0'):
    with socket.create_server((address, 25)) as server:
        print('ready', flush=True)
        while True:
            conn, _ = server.accept()
            threading.Thread(target=converse,
                             args=(conn, name.encode(), float(wait)),
                             daemon=True).start()


def session(address, *commands):
    with socket.create_connection((address, 25), PATIENCE) as conn, \
            conn.makefile('rb') as replies:

        def reply():
            while replies.readline()[3:4] == b'-':
                pass

        reply()
        for command in ('EHLO client.example',) + commands + ('QUIT',):
            conn.sendall(command.encode() + b'\r\n')
            reply()


def speak(address):
    session(address, 'MAIL FROM:<kim@example.net>',
            'RCPT TO:<a@example.org>', 'RCPT TO:<b@example.org>',
            'RCPT TO:<nobody@example.org>', 'DATA',
            'Subject: x\r\n\r\n..dots\r\n.')
    session(address, 'MAIL FROM:<kim@example.net>',
            'RCPT TO:<a@elsewhere.example>', 'RCPT TO:<b@elsewhere.example>')
    session(address, 'VRFY root', 'AUTH PLAIN AGtpbQBzZWNyZXQ=')


def is_mail(frame):
    kind = struct.unpack('>H', frame[12:14])[0]
    at = 14 + (frame[14] & 15) * 4 if kind == 0x800 else 54
    return any(port in (25, 465, 587, 110, 143, 993, 995)
               for port in struct.unpack('>HH', frame[at:at + 4]))


def play(path, interface):
    count = 0
    with open(path, 'rb') as capture, \
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        capture.read(24)
        while head := capture.read(16):
            frame = capture.read(struct.unpack('<IIII', head)[2])
            count += is_mail(frame)
            out.send(frame)
    print(count)


def metrics(address):
    text = urllib.request.urlopen('http://%s/metrics' % address,
                                  timeout=PATIENCE).read().decode()
    found = {}
    for name, value in re.findall(r'^mailweir_(\w+?)(?:_total)?\{.*\} (\d+)$',
                                  text, re.M):
        found[name] = found.get(name, 0) + int(value)
    return found


def want(address, *wanted):
    wanted = dict((name, int(n)) for name, n in
                  (item.split('=') for item in wanted))
    end = time.monotonic() + PATIENCE
    found = {}
    while time.monotonic() < end:
        try:
            found = metrics(address)
        except (urllib.error.URLError, OSError):
            pass
        got = {name: sum(found.get(part, 0) for part in name.split('+'))
               for name in wanted}
        if got == wanted:
            return
        time.sleep(0.1)
    sys.exit('wanted %s, found %s' % (wanted, got))


if __name__ == '__main__':
    {'serve': serve, 'speak': speak, 'play': play,
     'want': want}[sys.argv[1]](*sys.argv[2:])
