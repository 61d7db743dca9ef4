/* guests.c - every connection, and who leaves when there is no room */
#include "web/guests.h"

#include <sys/socket.h>

#include <stdlib.h>

#include "base/mem.h"

struct guest {
	struct guest *older, *newer;
	struct MHD_Connection *connection;
	bool stays, leaves;
};

static void
take_out(struct guests *guests, struct guest *guest)
{
	*(guest->older != NULL ? &guest->older->newer : &guests->oldest) =
	    guest->newer;
	*(guest->newer != NULL ? &guest->newer->older : &guests->newest) =
	    guest->older;
}

static void
put_last(struct guests *guests, struct guest *guest)
{
	guest->older = guests->newest;
	guest->newer = NULL;
	*(guests->newest != NULL ? &guests->newest->newer : &guests->oldest) =
	    guest;
	guests->newest = guest;
}

static struct guest *
guest_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

/* The library has no call for it, but sees that its socket is at its end. */
static void
send_away(struct guest *guest)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    guest->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	guest->leaves = true;
	if (info != NULL)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
}

static void
make_room(struct guests *guests)
{
	struct guest *guest = guests->oldest;

	while (guest != NULL && (guest->stays || guest->leaves))
		guest = guest->newer;
	if (guest == NULL)
		return;
	send_away(guest);
	guests->sent_away++;
}

void
guests_notify(void *cls, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct guests *guests = cls;
	struct guest *guest = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		if (guests->count >= GUESTS_MOST)
			make_room(guests);
		guest = mem_zero(1, sizeof(*guest));
		guest->connection = connection;
		put_last(guests, guest);
		guests->count++;
		*context = guest;
	} else if (guest != NULL) {
		take_out(guests, guest);
		guests->count--;
		free(guest);
		*context = NULL;
	}
}

void
guests_renew(struct guests *guests, struct MHD_Connection *connection)
{
	struct guest *guest = guest_of(connection);

	if (guest == NULL || guest->leaves)
		return;
	take_out(guests, guest);
	put_last(guests, guest);
}

void
guests_keep(struct MHD_Connection *connection)
{
	struct guest *guest = guest_of(connection);

	if (guest != NULL)
		guest->stays = true;
}
