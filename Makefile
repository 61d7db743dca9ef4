# make run      install what is missing, build, start on this host's mail logs,
#               or on sample traffic where there are none
# make test     install what is missing, build, run every test
# make          the daemon, build/plain/mailweir
# make check    the quick tests; SAN=address,undefined or thread is stricter
# make lint     clang-format, clang-tidy, cppcheck
# make fuzz     every fuzz target for FUZZ_SECONDS=60 each
# make bench    processor time and memory against the budgets
# make screenshots  docs/page-*.png, of the page as it is
# make golden   rewrite what the fixtures expect; read the diff
# make deps     only install what is missing
# make install  PREFIX and DESTDIR as usual
#
# Objects, tests and generated files live under build/ and nowhere else.

PREFIX   ?= /usr/local
CC       ?= cc
CFLAGS   ?= -O3 -g
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
VERSION  := 0.1.0
PKGS     := librrd libmicrohttpd jansson sqlite3 libarchive libcap-ng \
            libconfuse libsystemd libseccomp libnftables libcurl libpcap nettle
TEST_PKGS := cmocka

# These targets install, or compile nothing that needs a library.
BARE     := deps run test fuzz bench screenshots clean lint-man
ifneq ($(filter-out $(BARE),$(or $(MAKECMDGOALS),all)),)
MISSING  := $(shell for p in $(PKGS); do \
              pkg-config --exists $$p 2>/dev/null || echo $$p; done)
ifneq ($(strip $(MISSING)),)
$(error development files are missing: $(strip $(MISSING)); try "make deps")
endif
endif

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wformat=2 -Wvla -Wwrite-strings -Werror=implicit
ALL_CPP  := -I. -D_GNU_SOURCE $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CPPFLAGS)
ALL_C     = -std=c11 $(WARN) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) \
            -fno-sanitize-recover=all -fno-omit-frame-pointer)
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lev -lresolv -lpthread -lm
TEST_LIBS := $(shell pkg-config --libs $(TEST_PKGS) 2>/dev/null)

# One line a file; V=1 shows the commands.
say       = $(if $(V),,@echo '  $1	$@';)

comma    := ,

# A new .c file in these folders is built without a word here.
SRC      := $(wildcard base/*.c collectors/*.c collectors/*/*.c rrd/*.c \
              alerts/*.c blocks/*.c web/*.c agent/*.c)
O        := build/$(if $(SAN),$(subst $(comma),-,$(SAN)),plain)
OBJ      := $(SRC:%.c=$O/%.o)
TESTS    := $(patsubst tests/%.c,$O/tests/%,$(wildcard tests/test_*.c \
              tests/system/test_*.c))
SCRIPTS  := $(wildcard tests/system/*.sh)
CHECKS   := tests/check_layers.sh tests/check_headers.sh
# What several tests share: any other .c file there.
SHARED   := $(patsubst %.c,$O/%.o,$(filter-out tests/test_% tests/bench%, \
              $(wildcard tests/*.c)))
FUZZERS  := $(patsubst tests/%.c,$O/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
GENERATE := $(patsubst %.c,$O/%.o,$(wildcard tests/generate/*.c))

# What takes longer than "check" may: the corpus, the browser, whole runs.
SLOW     := $(filter $O/tests/test_corpus% $O/tests/test_browser% \
              %/test_crash %/test_backends %/test_firewalls,$(TESTS)) \
            $(filter $O/tests/system/%,$(TESTS))
QUICK    := $(filter-out $(SLOW),$(TESTS))

all: $O/mailweir

# The page's assets: more objects in OBJ, and how they are made.
-include web/web.mk

# What judges the page's accessibility, for tests alone.
AXE      := $(if $(filter no,$(NPM)),,build/axe/axe.js)

PARTS    := $(filter-out $O/agent/main.o,$(OBJ))

$O/mailweir: $(OBJ)
	$(call say,LD)$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ $(LIBS)

$O/agent/%.o: ALL_CPP += -DVERSION='"$(VERSION)"'

$O/libmailweir.a: $(PARTS)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$O/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CPP) $(ALL_C) -MMD -MP -c -o $@ $<

$O/tests/fuzz/%: $O/tests/fuzz/%.o $O/libmailweir.a
	$(call say,LD)$(CC) $(subst fuzzer-no-link,fuzzer,$(ALL_C)) $(LDFLAGS) -o $@ $^ $(LIBS)

$O/tests/generate/generate: $(GENERATE) $O/libmailweir.a
	$(call say,LD)$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ -lm

$O/tests/bench: $O/tests/bench.o
	$(call say,LD)$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ -lpcap

$O/tests/%: $O/tests/%.o $(SHARED) $O/libmailweir.a
	$(call say,LD)$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ $(LIBS) $(TEST_LIBS)

generate: $O/tests/generate/generate

tests: $O/mailweir $(TESTS) $O/tests/generate/generate $(AXE)

build/axe/axe.js: tests/package.json tests/package-lock.json
	@rm -rf build/axe && mkdir -p build/axe
	@cp tests/package.json tests/package-lock.json build/axe/
	$(call say,NPM)cd build/axe && \
	    if $(NPM) ci --ignore-scripts --no-audit --no-fund --silent; then \
		cp node_modules/axe-core/axe.min.js axe.js; \
	    else \
		echo "npm could not fetch axe-core: accessibility is not" \
		    "looked at" >&2; \
	    fi

run:
	@tests/deps.sh build web
	@$(MAKE) --no-print-directory -s -j$(JOBS) all generate
	@O=$O tests/demo.sh

test:
	@tests/deps.sh build web test
	@$(MAKE) --no-print-directory -s -j$(JOBS) tests
	@O=$O tests/run.sh $(CHECKS) $(TESTS) $(SCRIPTS)

check: $O/mailweir $(QUICK)
	@O=$O tests/run.sh $(CHECKS) $(QUICK)

# Some of the tests only: make only TESTS_ONLY="test_slice test_addr"
only: $O/mailweir $O/tests/generate/generate $(AXE) $(addprefix $O/tests/,$(TESTS_ONLY))
	@O=$O tests/run.sh $(filter $O/tests/test_% $O/tests/system/test_%,$^)

FUZZ_SECONDS ?= 60
fuzz:
	@tests/deps.sh build web fuzz
	@$(MAKE) --no-print-directory -s -j$(JOBS) CC=clang \
	    SAN=fuzzer-no-link,address,undefined fuzzers
	@tests/fuzz.sh build/fuzzer-no-link-address-undefined $(FUZZ_SECONDS)

fuzzers: $(FUZZERS)

bench:
	@tests/deps.sh build web
	@$(MAKE) --no-print-directory -s -j$(JOBS) all generate $O/tests/bench \
	    $O/tests/bench_formats $O/tests/bench_blocks $O/tests/bench_pages
	@over=0; for bench in bench bench_formats bench_blocks bench_pages; do \
	    $O/tests/$$bench $O $(CURDIR)/build/bench || over=1; \
	done; exit $$over

# Of a month of sample traffic; they are in README.
SHOTS    := page-light-1280 page-dark-1280 page-light-360 page-dark-360
screenshots:
	@tests/deps.sh build web test pictures
	@$(MAKE) --no-print-directory -s -j$(JOBS) all generate \
	    $O/tests/page/screenshots
	@$O/tests/page/screenshots
	@for shot in $(SHOTS); do \
	    for colours in 128 64 32 16; do \
		pngquant --force --strip --speed 1 --output docs/$$shot.png \
		    $$colours build/$$shot.png || exit 1; \
		bytes=$$(wc -c <docs/$$shot.png); \
		[ $$bytes -ge 307200 ] || break; \
	    done; \
	    echo "docs/$$shot.png: $$bytes bytes, $$colours colours"; \
	    [ $$bytes -lt 307200 ] || exit 1; \
	done

golden: $(patsubst tests/%.c,$O/tests/%,$(shell grep -ls GOLDEN tests/test_*.c))
	@for t in $^; do GOLDEN=1 $$t; done
	@git diff --stat -- tests/fixtures

lint:
	@tests/lint.sh

deps:
	@tests/deps.sh build web test

install: $O/mailweir
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/sbin/mailweir
	install -D -m 644 docs/mailweir.8 \
	    $(DESTDIR)$(PREFIX)/share/man/man8/mailweir.8
	install -D -m 644 docs/mailweir.conf.5 \
	    $(DESTDIR)$(PREFIX)/share/man/man5/mailweir.conf.5
	install -D -m 644 docs/mailweir.conf \
	    $(DESTDIR)$(PREFIX)/share/doc/mailweir/mailweir.conf
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/local/sbin,$(PREFIX)/sbin,' docs/mailweir.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/mailweir.service

clean:
	rm -rf build

.PHONY: all generate tests run test check only fuzz fuzzers bench screenshots \
    golden lint deps install clean
.SECONDARY:
-include $(OBJ:.o=.d) $(SHARED:.o=.d) $(TESTS:=.d) $(FUZZERS:=.d) $(GENERATE:.o=.d)
