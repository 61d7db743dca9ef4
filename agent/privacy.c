/* privacy.c - the key of people's pseudonyms */
#include "agent/privacy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

#define KEY "privacy.key"

/* Somebody at the shell may not read it, or there is none. */
static int
find_key(const char *data, char key[SECRET_TEXT], struct err *err)
{
	int rc = secret_find(data, KEY, key, err);

	if (rc == 0)
		return 0;
	if (rc == 1)
		err_set(err, "%s/%s: not there", data, KEY);
	log_warn("%s; pseudonyms are those of this run alone", err->text);
	return secret_make(key, err);
}

/* What an agent without pseudonyms has left there is not rewritten. */
static int
keep_key(const char *data, char key[SECRET_TEXT], struct err *err)
{
	char state[PATH_MAX];
	bool is_old, is_first = secret_find(data, KEY, key, err) == 1;

	snprintf(state, sizeof(state), "%s/state.db", data);
	is_old = is_first && access(state, F_OK) == 0;
	if (secret_keep(data, KEY, key, err) == -1)
		return -1;
	if (is_old)
		log_warn("%s: names that it has already stay until they age "
			 "out; see PRIVACY in mailweir(8)",
		    state);
	return 0;
}

int
privacy_open(const struct config *config, const char *data, bool make,
    struct pseudonyms **names, struct err *err)
{
	char key[SECRET_TEXT];
	int rc;

	*names = NULL;
	if (!config->privacy)
		return 0;
	rc = make ? keep_key(data, key, err) : find_key(data, key, err);
	if (rc == 0)
		*names = pseudonyms_new(slice_of(key));
	explicit_bzero(key, sizeof(key));
	return rc;
}
