/* privacy.c - the key of people's pseudonyms */
#include "agent/privacy.h"

#include <string.h>

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

int
privacy_open(const struct config *config, const char *data, bool make,
    struct pseudonyms **names, struct err *err)
{
	char key[SECRET_TEXT];
	int rc;

	*names = NULL;
	if (!config->privacy)
		return 0;
	rc = make ? secret_keep(data, KEY, key, err) : find_key(data, key, err);
	if (rc == 0)
		*names = pseudonyms_new(slice_of(key));
	explicit_bzero(key, sizeof(key));
	return rc;
}
