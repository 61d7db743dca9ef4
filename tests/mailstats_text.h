/*
 * mailstats_text.h - what mailstats printed at a moment of a run, as JSON
 *
 * {"at": Unix time, 0 if not noted,
 *  "mailers": {NAME: {"msgs_from": ..., seven columns}},
 *  "total": {the same}, "connections": {"from", "to", "rejected"}}
 *
 * Rows as mailstats(8) prints them without -P: the number of the mailer, four
 * columns with K behind the sizes, three more, the name.
 */
#ifndef TESTS_MAILSTATS_TEXT_H
#define TESTS_MAILSTATS_TEXT_H

#include "tests/figures.h"

#define STATISTICS "tests/corpus/sendmail"

static const char *const mailstats_columns[] = { "msgs_from", "kbytes_from",
	"msgs_to", "kbytes_to", "msgs_rejected", "msgs_discarded",
	"msgs_quarantined" };

static inline json_t *
mailstats_cells(const long long cells[7])
{
	json_t *row = json_object();

	for (size_t i = 0; i < 7; i++)
		json_object_set_new(
		    row, mailstats_columns[i], json_integer(cells[i]));
	return row;
}

/* A line of the table; false at its end, the connections. */
static inline bool
mailstats_line(json_t *stats, const char *line)
{
	long long c[7];
	char name[64];
	int number;

	if (sscanf(line, " C %lld %lld %lld", &c[0], &c[1], &c[2]) == 3) {
		json_object_set_new(stats, "connections",
		    json_pack("{s:I, s:I, s:I}", "from", (json_int_t)c[0], "to",
			(json_int_t)c[1], "rejected", (json_int_t)c[2]));
		return false;
	}
	if (sscanf(line, " T %lld %lldK %lld %lldK %lld %lld %lld", &c[0],
		&c[1], &c[2], &c[3], &c[4], &c[5], &c[6]) == 7)
		json_object_set_new(stats, "total", mailstats_cells(c));
	else if (sscanf(line, "%d %lld %lldK %lld %lldK %lld %lld %lld %63s",
		     &number, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6],
		     name) == 9)
		json_object_set_new(json_object_get(stats, "mailers"), name,
		    mailstats_cells(c));
	return true;
}

/* The first table of the MTA's file in RUN.stat-NAME.txt.xz. */
static inline json_t *
mailstats_read(const char *run, const char *name)
{
	json_t *stats = json_pack("{s:{}}", "mailers");
	char command[256], line[512];
	bool table = false;
	double at = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "xz -dc %s/%s.stat-%s.txt.xz",
	    STATISTICS, run, name);
	pipe = popen(command, "r");
	while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
		sscanf(line, "snapshot %*s unix=%lf", &at);
		if (strncmp(line, "$ mailstats ", 12) == 0 ||
		    strncmp(line, "MTA statistics", 14) == 0)
			table = true;
		else if (table && !mailstats_line(stats, line))
			break;
	}
	while (pipe != NULL && fgetc(pipe) != EOF)
		;
	if (pipe == NULL || pclose(pipe) != 0 ||
	    json_object_get(stats, "connections") == NULL) {
		json_decref(stats);
		return NULL;
	}
	json_object_set_new(stats, "at", json_real(at));
	return stats;
}

#endif
