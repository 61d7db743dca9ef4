# web.mk - the dashboard's files, built into the binary
#
# uPlot comes from npm, pinned by package-lock.json; with NPM=no, or where no
# npm is found, the page shows the graphs that librrd draws instead.

.DEFAULT_GOAL := all

NPM      ?= $(if $(shell command -v npm),npm,no)
WEBDIR   := $O/web/assets
PAGES    := $(sort $(wildcard web/assets/*.html web/assets/*.css \
              web/assets/*.js web/assets/*.svg))
CHARTS   := build/charts-$(if $(filter no,$(NPM)),none,uplot)

OBJ      += $O/web/assets.o

$(CHARTS)/uplot.js: web/package.json web/package-lock.json
	@rm -rf $(CHARTS) && mkdir -p $(CHARTS)
ifeq ($(NPM),no)
	@echo "no npm: the page will show drawn graphs"
	@echo '/* built without uPlot */' >$(CHARTS)/uplot.css
	@echo '/* built without uPlot */' >$@
else
	@cp web/package.json web/package-lock.json $(CHARTS)/
	cd $(CHARTS) && $(NPM) ci --ignore-scripts --no-audit --no-fund --silent
	@cp $(CHARTS)/node_modules/uplot/dist/uPlot.min.css $(CHARTS)/uplot.css
	@cp $(CHARTS)/node_modules/uplot/dist/uPlot.iife.min.js $@
endif

$O/web/assets.c: web/embed.sh $(PAGES) $(CHARTS)/uplot.js
	@mkdir -p $(WEBDIR)
	web/embed.sh $(WEBDIR) $(PAGES) $(CHARTS)/uplot.js \
	    $(CHARTS)/uplot.css >$@.new
	@mv $@.new $@

$O/web/assets.o: $O/web/assets.c
	$(CC) $(ALL_CPP) $(ALL_C) -MMD -MP -c -o $@ $<

# These are clients as well.
$O/tests/test_web $O/tests/test_web_auth $O/tests/test_web_stream \
  $O/tests/test_page: LIBS += -lcurl
