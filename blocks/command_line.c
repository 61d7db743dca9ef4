/* command_line.c - the line of the backend `command', and what it becomes */
#include "blocks/command_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool
add_bytes(struct command_line *command, const char *bytes, size_t n)
{
	if (n >= COMMAND_BYTES - command->used)
		return false;
	memcpy(command->text + command->used, bytes, n);
	command->used += n;
	return true;
}

/* What stands for the letter behind a percent sign; false: nothing does. */
static bool
add_value(struct command_line *command, char letter,
    const struct block_element *element, struct err *err)
{
	struct addr addr = { element->family, { 0 } };
	char text[ADDR_TEXT];

	memcpy(addr.b, element->b, sizeof(addr.b));
	if (letter == 'a')
		addr_print(&addr, text);
	else if (letter == 'p')
		snprintf(text, sizeof(text), "%u", element->bits);
	else if (letter == 's')
		snprintf(text, sizeof(text), "%" PRIu32, element->seconds);
	else if (letter == '%')
		snprintf(text, sizeof(text), "%%");
	else
		return err_set(err,
			   "\"%%%.*s\": %%a, %%p, %%s or %%%% is expected",
			   letter != '\0', &letter) == 0;
	return add_bytes(command, text, strlen(text)) ||
	       err_set(err, "more than %d bytes", COMMAND_BYTES) == 0;
}

/* One word off the front of *line, which has one. */
static bool
add_word(struct command_line *command, const char **line,
    const struct block_element *element, struct err *err)
{
	const char *p = *line;
	char quote = '\0';

	if (command->count == COMMAND_WORDS)
		return err_set(err, "more than %d words", COMMAND_WORDS) == 0;
	command->words[command->count] = command->text + command->used;
	for (; *p != '\0' && (quote != '\0' || (*p != ' ' && *p != '\t'));
	     p++) {
		if (*p == quote)
			quote = '\0';
		else if (quote == '\0' && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '%' && command->count == 0)
			return err_set(err, "a program's path is expected "
					    "first, with no %%") == 0;
		else if (*p == '%' ? !add_value(command, *++p, element, err)
				   : !add_bytes(command, p, 1))
			return err->text[0] != '\0'
				   ? false
				   : err_set(err, "more than %d bytes",
					 COMMAND_BYTES) == 0;
	}
	if (quote != '\0')
		return err_set(err, "a %c is never closed", quote) == 0;
	command->text[command->used++] = '\0';
	command->count++;
	*line = p;
	return true;
}

int
command_line_make(struct command_line *command, const char *line,
    const struct block_element *element, struct err *err)
{
	err->text[0] = '\0';
	command->used = command->count = 0;
	for (;;) {
		line += strspn(line, " \t");
		if (*line == '\0')
			break;
		if (!add_word(command, &line, element, err))
			return -1;
	}
	command->words[command->count] = NULL;
	if (command->count == 0 || command->words[0][0] != '/')
		return err_set(
		    err, "the absolute path of a program is expected first");
	return 0;
}

/* The longest that can be. */
int
command_line_check(const char *line, struct err *err)
{
	static struct command_line command;
	struct block_element element = {
		.family = 6, .bits = 128, .seconds = UINT32_MAX
	};

	memset(element.b, 0xee, sizeof(element.b));
	return command_line_make(&command, line, &element, err);
}

bool
command_line_timed(const char *line)
{
	for (; (line = strchr(line, '%')) != NULL; line += 2) {
		if (line[1] == 's')
			return true;
		if (line[1] == '\0')
			break;
	}
	return false;
}
