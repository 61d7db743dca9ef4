"""Clients in a network of their own: told by lines, they answer by lines.

connect NAME FROM TO PORT   ok, refused or what went wrong
wait NAME                   how the connection ends: reset, closed
"""
import socket
import sys

SECONDS = 10
open_ones = {}


def connect(name, source, to, port):
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(SECONDS)
    try:
        s.bind((source, 0))
        s.connect((to, int(port)))
    except ConnectionRefusedError:
        return "refused"
    open_ones[name] = s
    return "ok"


def wait(name):
    try:
        return "closed" if open_ones.pop(name).recv(1) == b"" else "data"
    except ConnectionResetError:
        return "reset"


for line in sys.stdin:
    what, *words = line.split()
    try:
        print({"connect": connect, "wait": wait}[what](*words), flush=True)
    except OSError as e:
        print(type(e).__name__, e, flush=True)
