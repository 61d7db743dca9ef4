/* smtpd.h - the lines that smtpd(8) writes about mail; for smtpd*.c alone */
#ifndef POSTFIX_SMTPD_H
#define POSTFIX_SMTPD_H

#include "collectors/postfix/postfix.h"

/* Each from behind its own word: "client=", "reject: ", ... */
entry_fn smtpd_client, smtpd_reject, smtpd_milter_reject;
entry_fn smtpd_hold, smtpd_discard, smtpd_proxy_accept, smtpd_proxy_reject;

#endif
