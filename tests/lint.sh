#!/bin/bash
# lint.sh - layout, sizes, static analysis; needs "tests/deps.sh lint"
set -u

cd "$(dirname "$0")/.." || exit 1
bad=0
mapfile -t files < <(find base collectors rrd alerts blocks web agent tests \
    -name '*.[ch]' -not -path '*/node_modules/*' 2>/dev/null | sort)
mapfile -t sources < <(printf '%s\n' "${files[@]}" |
    grep '\.c$' | grep -v '^tests/')
read -ra flags < <(pkg-config --cflags librrd libmicrohttpd jansson sqlite3 \
    libarchive libpcap)

clang-format --dry-run -Werror "${files[@]}" || bad=1

# A second idea in a file or a function shows by its length.
for file in "${files[@]}"; do
	awk -v file="$file" '
	    /^\{/ { begin = NR }
	    /^\}/ { if (begin && NR - begin > 70) {
		print file ":" begin ": a function of " NR - begin " lines"
		bad = 1 }; begin = 0 }
	    END { if (NR > 450 && file !~ /^tests\//) {
		print file ": " NR " lines"; bad = 1 }; exit bad }' "$file" ||
	    bad=1
done

export FLAGS="-std=c11 -D_GNU_SOURCE -I. -DVERSION=\"0\" ${flags[*]}"
printf '%s\n' "${sources[@]}" | xargs -r -n 1 -P "$(nproc)" sh -c \
    'clang-tidy --quiet --warnings-as-errors="*" "$0" -- $FLAGS 2>/dev/null' ||
    bad=1

cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability \
    --inline-suppr --suppressions-list=tests/cppcheck.supp -j "$(nproc)" \
    -I. -D_GNU_SOURCE "${sources[@]}" || bad=1
exit $bad
