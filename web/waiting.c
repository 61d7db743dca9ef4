/* waiting.c - an answer that comes later, when its client may be gone */
#include "web/waiting.h"

#include <stdlib.h>

#include "base/mem.h"
#include "web/request.h"

struct waiting *
waiting_begin(struct request *request)
{
	struct waiting *waiting = mem_zero(1, sizeof(*waiting));

	waiting->request = request;
	request->waiting = waiting;
	return waiting;
}

struct request *
waiting_end(struct waiting *waiting)
{
	struct request *request = waiting->request;

	if (request != NULL)
		request->waiting = NULL;
	free(waiting);
	return request;
}

void
waiting_forget(struct request *request)
{
	if (request->waiting != NULL)
		request->waiting->request = NULL;
	request->waiting = NULL;
}
