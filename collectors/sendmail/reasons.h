/* reasons.h - why Sendmail refused, from its own words; for sendmail/ alone */
#ifndef SENDMAIL_REASONS_H
#define SENDMAIL_REASONS_H

#include "base/addr.h"
#include "base/reason.h"

/* When a ruleset is asked (cf/README; op.me, "Special rulesets"), and whether
   the statistics file counts its refusals (srvrsmtp.c, RSF_COUNT). */
enum stage {
	STAGE_CONNECTION, /* check_relay: counted, for no mailer */
	STAGE_COMMAND,    /* check_mail, check_rcpt: counted */
	STAGE_MESSAGE,    /* check_data to check_eom, headers': counted */
	STAGE_OTHER,      /* check_vrfy, tls_client: not counted */
	STAGE_DELIVERY    /* tls_server, trust_auth: no client is refused */
};
enum stage sendmail_stage(struct slice ruleset);

struct refusal_words {
	struct slice ruleset, argument, second; /* arg1=, arg2= */
	struct slice text; /* behind code and "<a@b>... " */
	struct addr client;
};
enum reason sendmail_reason(const struct refusal_words *);

/* Of "<a@b>... TEXT" alone. */
enum reason sendmail_complaint_reason(struct slice text);
bool sendmail_is_temporary(struct slice text);

#endif
