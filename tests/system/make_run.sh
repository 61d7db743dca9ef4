#!/bin/bash
# make_run.sh - what "make run" starts shows a month, and its metrics are clean
[ -x "$MAILWEIR" ] || {
	echo "$MAILWEIR is not built"
	exit 77
}
RUN_ONCE=1 timeout 120 tests/demo.sh
