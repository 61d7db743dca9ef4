/*
 * courier.h - what the parsers of Courier's programs share; for courier/ alone
 *
 * courieresmtpd takes mail, courierd schedules it, a module for each way out
 * (courieresmtp, courierlocal, ...) delivers it.  Lines of one message are
 * joined by id=; no line has a process number.  Sources: the manual pages
 * courier(8), esmtpd and courierlogger(1); courier/esmtpd, courier/msgq.C
 * (newmsg, started), courier/module.esmtp and module.local.
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "collectors/address.h"
#include "collectors/entry.h"

/* courieresmtpd: who connected, who was refused. */
entry_fn courier_smtpd;
/* courierd and the modules: a message's way.  `module' is "esmtp", "local";
   empty for courierd itself. */
enum meaning courier_delivery(struct entry *, struct slice module);

/*
 * As cut_address(), but only where the quotes hold: Courier writes addresses
 * anew, so those of a whole line do.
 */
bool courier_address(struct slice *text, const struct slice *followers,
    size_t n, struct slice *address);

#endif
