/*
 * name.h - from metrics, mailers and hosts to paths, and never two to one
 */
#ifndef RRD_NAME_H
#define RRD_NAME_H

#include <stdbool.h>

#include "base/metric.h"
#include "base/slice.h"
#include "rrd/schema.h"

#define NAME_BYTES 64 /* of a safe name and its NUL */

/* What a dotted name means; `metric' counts in its own enum. */
struct series_name {
	struct slice mailer; /* n 0: a metric of the host; borrowed */
	unsigned metric;     /* enum metric, or enum mailer_metric */
};

/* False: there is no such metric. */
bool name_parse(const char *dotted, struct series_name *);

enum series_kind name_kind(const struct series_name *);
enum metric_unit name_unit(const struct series_name *);
const char *name_help(const struct series_name *);

/*
 * The name of a file for any bytes.  Unsafe ones become '_'; a name that was
 * changed, or that looks as if it had been, gets '_' and its hash.  Hosts are
 * lower-cased and keep '-', which elsewhere parts a plugin from its instance.
 */
void name_of_host(struct slice, char safe[NAME_BYTES]);
void name_of_mailer(struct slice, char safe[NAME_BYTES]);

/* The path, to be freed; `mailer' is its safe name, or NULL. */
char *name_path(
    const char *root, const char *host, const char *mailer, unsigned metric);

#endif
