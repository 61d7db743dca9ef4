/* export.c - journald's JSON export, one entry a line */
#include <jansson.h>

#include "collectors/header.h"

#define LAST_MICROS 253402300799999999 /* the end of the year 9999 */

/* A text, or an array of bytes where it is not valid UTF-8. */
static bool
copy_field(const json_t *value, char *buffer, size_t size, size_t *used,
    struct slice *text)
{
	char *to = buffer + *used;
	size_t room = size - *used, n = 0;
	const json_t *byte;
	size_t i;

	if (json_is_string(value)) {
		n = json_string_length(value);
		if (n > room)
			return false;
		memcpy(to, json_string_value(value), n);
	} else if (json_is_array(value)) {
		if (json_array_size(value) > room)
			return false;
		json_array_foreach (value, i, byte)
			to[n++] = (char)json_integer_value(byte);
	} else {
		return false;
	}
	*used += n;
	*text = (struct slice){ to, n };
	return true;
}

static bool
number_field(const json_t *entry, const char *name, uint64_t *number)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text != NULL && slice_number(slice_of(text), number);
}

static bool
read_entry(
    const json_t *entry, struct header *header, char *buffer, size_t size)
{
	const json_t *program = json_object_get(entry, "SYSLOG_IDENTIFIER");
	uint64_t number;
	size_t used = 0;

	if (!number_field(entry, "_SOURCE_REALTIME_TIMESTAMP", &number) &&
	    !number_field(entry, "__REALTIME_TIMESTAMP", &number))
		return false;
	if (number > LAST_MICROS)
		return false;
	header->when = (int64_t)number;
	if (program == NULL)
		program = json_object_get(entry, "_COMM");
	if (!copy_field(json_object_get(entry, "_HOSTNAME"), buffer, size,
		&used, &header->host) ||
	    !copy_field(json_object_get(entry, "MESSAGE"), buffer, size, &used,
		&header->text))
		return false;
	if (!copy_field(program, buffer, size, &used, &header->program))
		header->program = SLICE("");
	if (!number_field(entry, "SYSLOG_PID", &header->pid) &&
	    !number_field(entry, "_PID", &header->pid))
		header->pid = 0;
	header->facility =
	    number_field(entry, "SYSLOG_FACILITY", &number) ? (int)number : -1;
	return true;
}

bool
export_read(struct slice line, struct header *header, char *buffer, size_t size)
{
	json_t *entry = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
	bool good =
	    json_is_object(entry) && read_entry(entry, header, buffer, size);

	json_decref(entry);
	return good;
}
