/* measure.h - what an event counts for a rule; for rules.c alone */
#ifndef ALERTS_MEASURE_H
#define ALERTS_MEASURE_H

#include "alerts/rule.h"

#define MEASURE(name) bool name(const struct mail_event *, struct mark *)

MEASURE(measure_relay_denied);
MEASURE(measure_relay_open);
MEASURE(measure_recipients_unknown); /* of the recipients asked for */
MEASURE(measure_failure);            /* a password was wrong */
MEASURE(measure_failure_account);    /* by account */
MEASURE(measure_failure_network);    /* by the client's network */
MEASURE(measure_success_network);
MEASURE(measure_recipients);
MEASURE(measure_undelivered); /* of the deliveries */
MEASURE(measure_bounced);
MEASURE(measure_deferred);
MEASURE(measure_probe);
MEASURE(measure_bad_mail); /* of the mail that came */
MEASURE(measure_rejected);
MEASURE(measure_message);
MEASURE(measure_subject);   /* by client */
MEASURE(measure_cleartext); /* a password that was taken */
MEASURE(measure_missing);   /* of what the wire showed, or should have */
MEASURE(measure_rogue);

#endif
