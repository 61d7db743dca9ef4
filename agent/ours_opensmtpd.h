/*
 * ours_opensmtpd.h - reading smtpd.conf; for its files and the tests
 *
 * smtpd.conf(5) and table(5) of OpenSMTPD 5.3 to 7.  A statement is a line, and
 * what is behind a backslash at its end; here it is words one behind the other,
 * each of a byte for its kind, its text and a NUL.
 */
#ifndef AGENT_OURS_OPENSMTPD_H
#define AGENT_OURS_OPENSMTPD_H

#include "agent/ours_files.h"
#include "base/table.h"

#define OPENSMTPD_BYTES (32u << 20) /* read in all; then a gap */
#define OPENSMTPD_NAMES 10000       /* the same */

enum opensmtpd_kind {
	OPENSMTPD_PLAIN = 'a',
	OPENSMTPD_QUOTED = '"'
	/* else the one character that it is: "{}<>,=!" */
};

struct opensmtpd_word {
	char kind;
	struct slice text;
};

struct opensmtpd_words {
	char *bytes;
	size_t n, room;
};

/* What has a name: a macro, a table, an action, the tag of a listener. */
struct opensmtpd_name {
	struct table_row row;
	char kind, *name, *bytes; /* a macro's text; else the words behind */
	size_t n;
	bool authenticated; /* of a tag: nobody has it without a password */
};

struct opensmtpd {
	struct ours *ours;
	const char *path;
	struct table names;
	struct opensmtpd_words words; /* of the statement at hand */
	size_t left; /* of OPENSMTPD_BYTES: a table counts at each use */
	unsigned depth, braces;
	unsigned rules;
	bool relays_here; /* what comes from its own addresses */
	bool ended;       /* nothing from elsewhere gets to the rules behind */
	struct our_exceptions exceptions;
};

/* The next word of a statement. */
bool opensmtpd_word(struct slice *words, struct opensmtpd_word *);
/* Skips the next word if it is that one, unquoted. */
bool opensmtpd_skips(struct slice *words, const char *text);

struct opensmtpd_name *opensmtpd_find(
    const struct opensmtpd *, char kind, struct slice name);
/* Made if it was not there; NULL when there are too many. */
struct opensmtpd_name *opensmtpd_name(
    struct opensmtpd *, char kind, struct slice name, struct slice bytes);

/*
 * What an operand of a rule holds: "<table>", "{ one, two }", one word.  Each
 * key, with its value if it has one, goes to take(); what cannot be listed is
 * a gap of what `gap_of_domains' says.
 */
struct opensmtpd_list {
	struct opensmtpd *smtpd;
	void (*take)(
	    struct opensmtpd_list *, struct slice key, struct slice value);
	bool gap_of_domains;
	bool relayed, negated;
};
void opensmtpd_each(struct opensmtpd_list *, struct slice operand);
/* Cuts an operand off; empty if none stands here. */
struct slice opensmtpd_operand(struct slice *words);

bool opensmtpd_may_read(struct opensmtpd *, size_t bytes);
/* All statements of a text, in their order, to opensmtpd_statement(). */
void opensmtpd_text(struct opensmtpd *, struct slice text);
void opensmtpd_statement(struct opensmtpd *, struct slice words);

/* The whole of an smtpd.conf. */
void opensmtpd_read(struct ours *, const char *path, struct slice conf);

#endif
