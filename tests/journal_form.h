/*
 * journal_form.h - an RFC 3339 log as `journalctl -o json' would print it
 */
#ifndef TESTS_JOURNAL_FORM_H
#define TESTS_JOURNAL_FORM_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* "2026-11-22T01:14:21.965233+00:00 HOST TAG[PID]: TEXT"; NULL if it is not. */
static inline json_t *
journal_entry(char *line)
{
	struct tm tm = { 0 };
	char host[256], tag[64], stamp[32];
	int fraction = 0, at = 0;
	json_t *entry;
	char *pid, *text = strstr(line, ": ");

	tm.tm_isdst = 0;
	if (text == NULL ||
	    sscanf(line, "%d-%d-%dT%d:%d:%d.%6d+00:00 %255s %n", &tm.tm_year,
		&tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
		&fraction, host, &at) != 8)
		return NULL;
	*text = '\0';
	text += 2;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	snprintf(tag, sizeof(tag), "%s", line + at);
	snprintf(
	    stamp, sizeof(stamp), "%lld%06d", (long long)timegm(&tm), fraction);
	pid = strchr(tag, '[');
	if (pid != NULL)
		*pid++ = '\0';
	entry = json_pack("{s:s, s:s, s:s, s:s}", "__REALTIME_TIMESTAMP", stamp,
	    "_HOSTNAME", host, "SYSLOG_IDENTIFIER", tag, "MESSAGE", text);
	if (entry == NULL) { /* bytes that are no UTF-8 are an array there */
		json_t *bytes = json_array();

		for (; *text != '\0'; text++)
			json_array_append_new(
			    bytes, json_integer((unsigned char)*text));
		entry = json_pack("{s:s, s:s, s:s, s:o}",
		    "__REALTIME_TIMESTAMP", stamp, "_HOSTNAME", host,
		    "SYSLOG_IDENTIFIER", tag, "MESSAGE", bytes);
	}
	if (pid != NULL)
		json_object_set_new(
		    entry, "SYSLOG_PID", json_stringn(pid, strcspn(pid, "]")));
	return entry;
}

/* How many lines were written; -1 if a line is none of that form. */
static inline long
journal_form(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char line[16384];
	long n = 0;

	while (in != NULL && out != NULL && n != -1 &&
	       fgets(line, sizeof(line), in) != NULL) {
		json_t *entry;

		line[strcspn(line, "\n")] = '\0';
		entry = journal_entry(line);
		if (entry == NULL ||
		    json_dumpf(entry, out, JSON_COMPACT | JSON_ENSURE_ASCII))
			n = -2;
		n++;
		fputc('\n', out);
		json_decref(entry);
	}
	if (in != NULL)
		fclose(in);
	if (out != NULL)
		fclose(out);
	return n;
}

#endif
