/* journal_entry.c - an entry of the journal as a header and a text */
#include "base/array.h"
#include "collectors/journal_impl.h"

#define LAST_MICROS 253402300799999999 /* the end of the year 9999 */

static const struct slice names[FIELDS] = {
	[FIELD_MESSAGE] = { "MESSAGE=", 8 },
	[FIELD_HOSTNAME] = { "_HOSTNAME=", 10 },
	[FIELD_IDENTIFIER] = { "SYSLOG_IDENTIFIER=", 18 },
	[FIELD_COMM] = { "_COMM=", 6 },
	[FIELD_SYSLOG_PID] = { "SYSLOG_PID=", 11 },
	[FIELD_PID] = { "_PID=", 5 },
	[FIELD_FACILITY] = { "SYSLOG_FACILITY=", 16 },
	[FIELD_SOURCE_TIME] = { "_SOURCE_REALTIME_TIMESTAMP=", 27 },
};

/* A field can be there several times: the first counts. */
static void
note(struct journal_entry *entry, struct slice data)
{
	for (size_t i = 0; i < FIELDS; i++) {
		struct slice *value = &entry->value[i];
		char *to =
		    i == FIELD_MESSAGE ? entry->message : entry->others[i];
		size_t room = i == FIELD_MESSAGE ? sizeof(entry->message)
						 : sizeof(entry->others[i]);

		if (value->p != NULL || !slice_skip(&data, names[i]))
			continue;
		*value = (struct slice){ to, slice_copy(data, to, room) };
		if (i == FIELD_MESSAGE)
			entry->overlong = data.n > value->n;
		return;
	}
}

bool
journal_entry_read(struct journal_entry *entry, sd_journal *handle)
{
	const void *data;
	size_t n;
	int rc;

	memset(entry->value, 0, sizeof(entry->value));
	entry->overlong = false;
	entry->bytes = 0;
	sd_journal_restart_data(handle);
	while ((rc = sd_journal_enumerate_data(handle, &data, &n)) > 0) {
		note(entry, (struct slice){ data, n });
		entry->bytes += n;
	}
	return rc == 0;
}

static bool
number(const struct journal_entry *entry, enum journal_field field,
    uint64_t *value)
{
	return entry->value[field].p != NULL &&
	       slice_number(entry->value[field], value);
}

bool
journal_entry_header(const struct journal_entry *entry, sd_journal *handle,
    struct header *header)
{
	const struct slice *value = entry->value;
	uint64_t n;

	*header = (struct header){ .facility = -1 };
	if (entry->overlong)
		return false;
	if ((!number(entry, FIELD_SOURCE_TIME, &n) || n > LAST_MICROS) &&
	    (sd_journal_get_realtime_usec(handle, &n) < 0 || n > LAST_MICROS))
		return false;
	header->when = (int64_t)n;
	header->host = value[FIELD_HOSTNAME];
	header->text = value[FIELD_MESSAGE];
	header->program = value[FIELD_IDENTIFIER].p != NULL
			      ? value[FIELD_IDENTIFIER]
			      : value[FIELD_COMM];
	if (!number(entry, FIELD_SYSLOG_PID, &header->pid) &&
	    !number(entry, FIELD_PID, &header->pid))
		header->pid = 0;
	if (number(entry, FIELD_FACILITY, &n) && n < 24)
		header->facility = (int)n;
	return true;
}
