#!/usr/bin/env python3
"""compare.py - the slow counter's account of a log beside mailweir's

usage: compare.py [--oracle PROGRAM] [--mailweir PROGRAM] [--year Y] LOG...

Prints every figure that differs as `figure: oracle N, mailweir N', with the
rows of clients and accounts by their names, and exits 1 if there is one.  The
oracle is sendmail.py beside this file, or reference.py for a Postfix log.
Coverage is told, not compared: the oracle does not judge it.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    return json.loads(subprocess.run(command, check=True,
                                     stdout=subprocess.PIPE).stdout)


def flat(value, path, out):
    """{"a": {"b": 1}} as {"a.b": 1}; rows by their first string."""
    if isinstance(value, dict):
        for k, v in value.items():
            flat(v, path + '.' + k if path else k, out)
    elif isinstance(value, list):
        for row in value:
            name = row.get('address', row.get('account'))
            flat({k: v for k, v in row.items() if v != name},
                 '%s[%s]' % (path, name), out)
    else:
        out[path] = value
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--oracle', default=os.path.join(HERE, 'sendmail.py'))
    parser.add_argument('--mailweir', default=os.environ.get(
        'MAILWEIR', os.path.join(HERE, '../../build/plain/mailweir')))
    parser.add_argument('--year', default=None)
    parser.add_argument('log', nargs='+')
    args = parser.parse_args()
    options = ['replay', '--json', '--top', '0', '--zone', 'UTC']
    if args.year:
        options += ['--year', args.year]
    slow = run([sys.executable, args.oracle] + options + args.log)
    fast = run([args.mailweir] + options + args.log)
    c = fast['coverage']
    print('coverage: %d of %d lines (%d ignored, %d unrecognised)' % (
        c['recognised'] + c['ignored'], c['lines'], c['ignored'],
        c['unrecognised']))
    for skip in ('agent', 'coverage', 'span', 'wire'):
        slow.pop(skip, None)
        fast.pop(skip, None)
    slow, fast = flat(slow, '', {}), flat(fast, '', {})
    wrong = 0
    for key in list(slow) + [k for k in fast if k not in slow]:
        a, b = slow.get(key, 0), fast.get(key, 0)
        if a != b:
            wrong += 1
            print('%s: oracle %s, mailweir %s' % (key, a, b))
    print('%d figures differ of %d' % (wrong, len(set(slow) | set(fast))))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
