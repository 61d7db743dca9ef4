#!/bin/sh
# embed.sh - the files of the dashboard, as one C file
#
# embed.sh DIRECTORY FILE...: DIRECTORY gets the compressed files; the C text
# goes to standard output.  The assembler reads the bytes (.incbin), so they
# are as they were and cost no time to compile.
set -eu
dir=$1
shift
n=0
table=
echo '/* made by web/embed.sh */'
echo '#include "web/asset.h"'
for file; do
	name=${file##*/}
	case $name in
	index.html)	path=/ type='text/html; charset=utf-8' ;;
	*.css)		path=/$name type='text/css; charset=utf-8' ;;
	*.js)		path=/$name type='text/javascript; charset=utf-8' ;;
	*.svg)		path=/$name type=image/svg+xml ;;
	*)		echo "$file: of no known type" >&2; exit 1 ;;
	esac
	gzip -9nc "$file" >"$dir/$name.gz"
	tag=$(sha256sum "$file" | cut -c1-20)
	for kind in plain gzip; do
		from=$file
		test $kind = plain || from=$dir/$name.gz
		printf '__asm__(".section .rodata\\n%s%d:\\n.incbin \\"%s\\"\\n' \
		    "asset_$kind" $n "$from"
		printf '%s%d_end:\\n.byte 0\\n.previous\\n");\n' \
		    "asset_$kind" $n
		printf 'extern const char asset_%s%d[], asset_%s%d_end[];\n' \
		    $kind $n $kind $n
	done
	table="$table	{ \"$path\", \"$type\", \"\\\"$tag\\\"\", asset_plain$n,
	    asset_plain${n}_end, asset_gzip$n, asset_gzip${n}_end },
"
	n=$((n + 1))
done
printf 'const struct asset assets[] = {\n%s};\n' "$table"
echo 'const size_t asset_count = sizeof(assets) / sizeof(assets[0]);'
