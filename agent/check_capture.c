/* check_capture.c - can the wire be seen */
#include "agent/check_capture.h"

#include <stdio.h>

#define NAMES 1024

bool
check_capture(const struct source_config *source)
{
	char interfaces[NAMES];
	struct err err;

	if (collectors_check_capture(source, &err) == 0) {
		printf("source \"%s\": %s: can be captured\n", source->title,
		    source->interface);
		return true;
	}
	printf("source \"%s\": %s\n", source->title, err.text);
	if (collectors_interfaces(interfaces, sizeof(interfaces), &err) == 0)
		printf("  interfaces that are up: %s\n", interfaces);
	return false;
}

bool
check_is_captured(const struct collect_config *collect)
{
	for (size_t i = 0; i < collect->source_count; i++)
		if (collect->sources[i].type == SOURCE_TYPE_CAPTURE)
			return true;
	return false;
}

void
check_captures(const struct collect_config *collect)
{
	char interfaces[NAMES], good[NAMES] = "", name[64];
	struct slice rest = { interfaces, 0 }, word;
	struct source_config source = { .interface = name };
	uint16_t port = 25;
	struct err err = { "no interface is up" };
	size_t n = 0;

	if (check_is_captured(collect))
		return;
	source.ports = &port;
	source.port_count = 1;
	if (collectors_interfaces(interfaces, sizeof(interfaces), &err) == 0)
		rest = slice_of(interfaces);
	while (rest.n > 0) {
		if (!slice_cut(&rest, SLICE(" "), &word)) {
			word = rest;
			rest.n = 0;
		}
		slice_copy(word, name, sizeof(name));
		if (collectors_check_capture(&source, &err) == 0 &&
		    n < sizeof(good))
			n += (size_t)snprintf(
			    good + n, sizeof(good) - n, " %s", name);
	}
	if (n > 0)
		printf("capture: no source of that type; it could be one "
		       "of:%s\n",
		    good);
	else
		printf("capture: no source of that type; %s\n", err.text);
}
