# web.mk - the dashboard's files, built into the binary
#
# uPlot comes from npm, pinned by package-lock.json; with NPM=no, or where no
# npm is found, the page shows the graphs that librrd draws instead.

NPM      ?= $(if $(shell command -v npm),npm,no)
CHARTS   := $(if $(filter no,$(NPM)),drawn,uplot)
UPLOT    := build/$(CHARTS)/uplot.js build/$(CHARTS)/uplot.css
PAGES    := $(sort $(wildcard web/assets/*.html web/assets/*.css \
              web/assets/*.js web/assets/*.svg))

OBJ      += $O/web/assets-$(CHARTS).o

build/drawn/uplot.js build/drawn/uplot.css: web/web.mk
	@mkdir -p $(@D)
	@echo '/* built without uPlot */' >$@

build/uplot/uplot.js: web/package.json web/package-lock.json
	@rm -rf build/uplot && mkdir -p build/uplot
	@cp web/package.json web/package-lock.json build/uplot/
	$(call say,NPM)cd build/uplot && \
	    if $(NPM) ci --ignore-scripts --no-audit --no-fund --silent; then \
		cp node_modules/uplot/dist/uPlot.iife.min.js uplot.js && \
		cp node_modules/uplot/dist/uPlot.min.css uplot.css; \
	    else \
		echo "npm could not fetch uPlot: the page will show drawn" \
		    "graphs; \"make clean\" and make again for charts" >&2; \
		echo '/* built without uPlot */' | tee uplot.js >uplot.css; \
	    fi

build/uplot/uplot.css: build/uplot/uplot.js

$O/web/assets-$(CHARTS).c: web/embed.sh $(PAGES) $(UPLOT)
	@mkdir -p $(@D)/$(CHARTS)
	$(call say,EMBED)web/embed.sh $(@D)/$(CHARTS) $(PAGES) $(UPLOT) >$@.new
	@mv $@.new $@

$O/web/assets-$(CHARTS).o: $O/web/assets-$(CHARTS).c
	$(call say,CC)$(CC) $(ALL_CPP) $(ALL_C) -MMD -MP -c -o $@ $<
