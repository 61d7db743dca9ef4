/* auth.c - who may see what, and from where */
#include "web/auth.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define LINKS        8    /* sign-in links that wait to be used */
#define LINKS_BYTES  1024 /* room for their file */
#define FAILED_ROWS  64   /* addresses; the oldest is forgotten */
#define FAILED_LIVES 60   /* seconds */

struct auth {
	char *data;
	char token[SECRET_TEXT];
	struct session {
		char secret[SECRET_TEXT]; /* empty: free */
		int64_t until;
	} sessions[AUTH_SESSIONS];
	struct failed {
		struct addr client;
		int64_t since;
		unsigned count;
	} failed[FAILED_ROWS];
};

static int
path_of(
    const char *data, const char *name, char path[PATH_MAX], struct err *err)
{
	if (snprintf(path, PATH_MAX, "%s/%s", data, name) >= PATH_MAX)
		return err_set(err, "%s: the path is too long", data);
	return 0;
}

struct auth *
auth_open(const char *data, struct err *err)
{
	struct auth *auth = mem_zero(1, sizeof(*auth));

	auth->data = mem_text(data);
	if (secret_keep(data, "web.token", auth->token, err) == -1) {
		auth_close(auth);
		return NULL;
	}
	return auth;
}

void
auth_close(struct auth *auth)
{
	if (auth == NULL)
		return;
	free(auth->data);
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

/* The client's row, or the one it may have: free, over, or the oldest. */
static struct failed *
failed_row(struct auth *auth, const struct addr *client, int64_t now)
{
	struct failed *oldest = &auth->failed[0];

	for (size_t i = 0; i < FAILED_ROWS; i++) {
		struct failed *row = &auth->failed[i];

		if (addr_eq(&row->client, client) && row->count > 0 &&
		    now - row->since < FAILED_LIVES)
			return row;
		if (row->since < oldest->since)
			oldest = row;
	}
	return oldest;
}

static enum auth_answer
judge(struct auth *auth, const struct addr *client, int64_t now,
    bool (*right)(struct auth *, const char *, int64_t), const char *secret)
{
	struct failed *row = failed_row(auth, client, now);
	bool known = addr_eq(&row->client, client) && row->count > 0 &&
		     now - row->since < FAILED_LIVES;

	if (known && row->count >= AUTH_FAILURES)
		return AUTH_TOO_OFTEN;
	if (right(auth, secret, now))
		return AUTH_RIGHT;
	if (!known)
		*row = (struct failed){ .client = *client, .since = now };
	row->count++;
	return AUTH_WRONG;
}

static bool
token_right(struct auth *auth, const char *token, int64_t now)
{
	(void)now;
	return secret_same(auth->token, token);
}

enum auth_answer
auth_token(struct auth *auth, const struct addr *client, const char *token,
    int64_t now)
{
	return judge(auth, client, now, token_right, token);
}

/*
 * Walk the links' lines; those that are over are left out of `kept', and so
 * is `once'.  True if `once' was among the others.
 */
static bool
take_once(const char *text, const char *once, int64_t now, char *kept,
    size_t size, size_t most)
{
	char secret[SECRET_TEXT];
	int64_t until;
	size_t used = 0, count = 0;
	bool found = false;

	kept[0] = '\0';
	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (sscanf(text, "%64s %" SCNd64, secret, &until) != 2 ||
		    until < now || until > now + AUTH_LINK_LIVES)
			continue;
		if (once != NULL && secret_same(secret, once)) {
			found = true;
		} else if (count++ < most && used < size) {
			used += (size_t)snprintf(kept + used, size - used,
			    "%s %" PRId64 "\n", secret, until);
		}
	}
	return found;
}

static bool
once_right(struct auth *auth, const char *once, int64_t now)
{
	char path[PATH_MAX], text[LINKS_BYTES], kept[LINKS_BYTES];
	struct err err;
	int rc;

	if (path_of(auth->data, "web.signin", path, &err) == -1 ||
	    secret_read(path, text, sizeof(text)) == -1 ||
	    !take_once(text, once, now, kept, sizeof(kept), LINKS))
		return false;
	rc = kept[0] == '\0' ? unlink(path)
			     : secret_write(auth->data, path, kept, 0600, &err);
	if (rc == -1) { /* it would be good for a second time */
		log_warn("%s: cannot be updated, no sign-in by link", path);
		return false;
	}
	return true;
}

enum auth_answer
auth_once(
    struct auth *auth, const struct addr *client, const char *once, int64_t now)
{
	return judge(auth, client, now, once_right, once);
}

int
auth_make_once(
    const char *data, int64_t now, char secret[SECRET_TEXT], struct err *err)
{
	char path[PATH_MAX], text[LINKS_BYTES] = "", all[LINKS_BYTES];
	size_t used;

	if (path_of(data, "web.signin", path, err) == -1 ||
	    secret_make(secret, err) == -1)
		return -1;
	if (secret_read(path, text, sizeof(text)) == -1 && errno != ENOENT)
		return err_sys(err, "%s: read", path);
	used = (size_t)snprintf(all, sizeof(all), "%s %" PRId64 "\n", secret,
	    now + AUTH_LINK_LIVES);
	take_once(text, NULL, now, all + used, sizeof(all) - used, LINKS - 1);
	return secret_write(data, path, all, 0600, err);
}

int
auth_session_new(
    struct auth *auth, int64_t now, char secret[SECRET_TEXT], struct err *err)
{
	struct session *oldest = &auth->sessions[0];

	for (size_t i = 1; i < AUTH_SESSIONS; i++)
		if (auth->sessions[i].until < oldest->until)
			oldest = &auth->sessions[i];
	if (secret_make(oldest->secret, err) == -1) {
		oldest->secret[0] = '\0';
		return -1;
	}
	oldest->until = now + AUTH_LIVES;
	memcpy(secret, oldest->secret, SECRET_TEXT);
	return 0;
}

bool
auth_session(const struct auth *auth, const char *secret, int64_t now)
{
	bool found = false;

	for (size_t i = 0; i < AUTH_SESSIONS; i++)
		if (auth->sessions[i].until > now &&
		    secret_same(auth->sessions[i].secret, secret))
			found = true;
	return found;
}

void
auth_session_end(struct auth *auth, const char *secret)
{
	for (size_t i = 0; i < AUTH_SESSIONS; i++)
		if (secret_same(auth->sessions[i].secret, secret))
			auth->sessions[i] = (struct session){ "", 0 };
}
