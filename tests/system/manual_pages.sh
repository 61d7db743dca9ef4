#!/bin/sh
# manual_pages.sh - the manual pages are well formed
command -v mandoc >/dev/null || {
	echo "mandoc is not installed"
	exit 77
}
exec mandoc -Tlint -Wwarning docs/mailweir.8 docs/mailweir.conf.5
