/*
 * senders.h - who sends mail from this host, and who may
 *
 * A connection to port 25 that leaves this host is the mail system's, or
 * somebody sends on its own: a script, most often one that was broken into.
 * The first segment tells: from one of our addresses, by the user whose socket
 * it is; from another, which this host forwards, by that address.
 *
 * The users of the known mail systems may send, of those that /etc/passwd has
 * when the capture begins; root where a system is there that sends as root
 * (Sendmail, Exim); the agent itself; and whom the configuration names.
 */
#ifndef COLLECTORS_SENDERS_H
#define COLLECTORS_SENDERS_H

#include <sys/types.h>

#include "base/event.h"
#include "collectors/wire/decode.h"

#define SENDERS_USERS 4096 /* of /etc/passwd; others are "uid 1000" */

struct senders;

/* Also these may: names of users, addresses and prefixes; borrowed. */
struct senders *senders_new(char **allowed, size_t n, uid_t agent);
void senders_free(struct senders *);
/* As the configuration may name it. */
bool senders_is_name(const char *text);

enum sending { SENDING_ALLOWED, SENDING_ROGUE, SENDING_UNKNOWN };

#define SENDERS_WHO 64
/*
 * The first segment of a connection, `own': from an address of ours.  Rogue:
 * who is a user's name or an address.  Unknown: the socket is gone already.
 * What comes again, or on another interface as well, is allowed then.
 */
enum sending senders_judge(
    struct senders *, const struct segment *, bool own, char who[SENDERS_WHO]);

#endif
