/* command_version.c - mailweir version: ours and the libraries' */
#include <confuse.h>
#include <ev.h>
#include <jansson.h>
#include <stdio.h>

#include "agent/command.h"
#include "alerts/alerts.h"
#include "base/state.h"
#include "collectors/collectors.h"
#include "rrd/series.h"
#include "web/web.h"

static int
run(int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	printf("mailweir %s\n", VERSION);
	printf("%s\n%s\n%s\n%s\n%s\n%s\n", collectors_library(),
	    collectors_capture_library(), state_library(), series_library(),
	    web_library(), mailout_library());
	printf("jansson %s\nlibconfuse %s\nlibev %d.%d\n",
	    jansson_version_str(), confuse_version, ev_version_major(),
	    ev_version_minor());
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.words = "",
	.help = "the version, and the libraries'",
	.run = run,
};
