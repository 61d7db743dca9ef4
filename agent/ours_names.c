/* ours_names.c - the names of this host, as far as files tell */
#include "agent/ours_files.h"

#include <sys/utsname.h>

#include <stdlib.h>

void
ours_own_names(struct ours *ours)
{
	struct slice rest, line, words, word, host;
	struct utsname name;
	struct err err;
	char *text;
	size_t n;

	ours_origin(ours, "this host's name");
	if (uname(&name) == -1)
		return;
	host = slice_of(name.nodename);
	(void)ours_domain(ours, host, false);
	if (ours_file(ours, "/etc/hosts", &text, &n, &err) == -1)
		return;
	rest = (struct slice){ text, n };
	while (ours_line(&rest, &line)) {
		bool is_own = false;

		(void)ours_word(&line, &word); /* the address */
		for (words = line; ours_word(&words, &word);)
			is_own |= slice_same_word(word, host);
		for (words = line; is_own && ours_word(&words, &word);)
			(void)ours_domain(ours, word, false);
	}
	free(text);
}
