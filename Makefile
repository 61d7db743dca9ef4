# make          the daemon, build/plain/mailweir
# make check    every quick test; make check SAN=address,undefined is stricter
# make install  PREFIX and DESTDIR as usual
#
# Objects, tests and generated files live under build/ and nowhere else.

PREFIX   ?= /usr/local
CC       ?= cc
CFLAGS   ?= -O2 -g
VERSION  := 0.1.0
PKGS     := librrd libmicrohttpd jansson sqlite3 libarchive libcap-ng

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wformat=2 -Wvla -Wwrite-strings -Werror=implicit
ALL_CPP  := -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
            $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
ALL_C     = -std=c11 $(WARN) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) \
            -fno-sanitize-recover=all -fno-omit-frame-pointer)
LIBS     := $(shell pkg-config --libs $(PKGS)) -lconfuse -lev -lpthread -lm

comma    := ,

# A new .c file in these folders is built without a word here.
SRC      := $(wildcard base/*.c collectors/*.c collectors/*/*.c rrd/*.c \
              alerts/*.c blocks/*.c web/*.c agent/*.c)
O        := build/$(if $(SAN),$(subst $(comma),-,$(SAN)),plain)
OBJ      := $(SRC:%.c=$O/%.o)
include web/web.mk
PARTS    := $(filter-out $O/agent/main.o,$(OBJ))
TESTS    := $(patsubst tests/%.c,$O/tests/%,$(wildcard tests/test_*.c))

all: $O/mailweir

$O/mailweir: $(OBJ)
	$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ $(LIBS)

$O/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPP) $(ALL_C) -MMD -MP -c -o $@ $<

$O/tests/%: $O/tests/%.o $(PARTS)
	$(CC) $(ALL_C) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

check: $(TESTS)
	@set -e; for t in $(TESTS); do echo "== $${t##*/}"; $$t; done

clean:
	rm -rf build

.PHONY: all check clean
.SECONDARY:
-include $(OBJ:.o=.d) $(TESTS:=.d)
