/* refusal.h - what lines of refusals share; for exim/ alone */
#ifndef EXIM_REFUSAL_H
#define EXIM_REFUSAL_H

#include "collectors/exim/exim.h"
#include "collectors/exim/under_way.h"

/* One refusal; texts borrowed. */
struct exim_refusal {
	struct exim_peer peer;
	struct slice sender, recipient, account, words;
	enum reason reason;
	uint16_t code;
	bool temporary, local;
	enum exim_twice twice;
};

/* Why, by the words of Exim or of the site. */
enum exim_stage {
	STAGE_CONNECT,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_MIME,
	STAGE_AUTH,
	STAGE_CALLOUT, /* another server answered so */
	STAGE_OTHER
};
enum reason exim_reason(enum exim_stage, struct slice words);

enum meaning exim_refuse(struct entry *, const struct exim_refusal *);
/* The same of bad syntax, with that code. */
enum meaning exim_protocol_error(
    struct entry *, struct exim_refusal *, uint16_t code);

/* Who it was: fields up to what is none; true if there are any. */
bool exim_cut_who(struct slice *text, struct exim_refusal *);
/* "host [192.0.2.1] I=[...]: why", up to the ':' */
bool exim_cut_from(struct slice *text, struct exim_refusal *);

#endif
