/* check_mail.c - mailweir check: how alerts reach people */
#include "agent/check_mail.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
print_way(const struct mail_config *mail, enum mail_way way)
{
	switch (way) {
	case WAY_SMARTHOST:
		printf("  smarthost: %s%s\n", mail->smarthost,
		    mail->user != NULL ? ", with a password" : "");
		break;
	case WAY_LOCAL:
		printf("  local: the mail server at %s\n", mail->local);
		break;
	case WAY_SENDMAIL:
		printf("  sendmail: %s -t\n", mail->sendmail);
		break;
	default:
		/* What stands behind the host is often a secret. */
		printf("  webhook: set\n");
	}
}

/* Whoever can read the file has the password. */
static void
warn_of_password(const struct mail_config *mail, const char *path)
{
	struct stat st;

	if (path == NULL)
		path = CONFIG_PATH;
	if (mail->password != NULL && stat(path, &st) == 0 &&
	    (st.st_mode & 04) != 0)
		printf("  warning: %s holds a password, and everybody may read "
		       "it; chmod o-r\n",
		    path);
}

/* The server itself may be the news. */
static void
warn_of_ways(const struct mail_config *mail)
{
	bool elsewhere = false;

	for (size_t i = 0; i < mail->way_count; i++)
		elsewhere |= mail->ways[i] == WAY_SMARTHOST ||
			     mail->ways[i] == WAY_WEBHOOK;
	if (!elsewhere)
		printf("  warning: all mail goes by this host's own mail "
		       "server; when that is in trouble, nobody is told: set "
		       "smarthost or webhook\n");
	for (size_t i = 0; i < mail->to_count && mail->smarthost != NULL; i++)
		if (strchr(mail->to[i], '@') == NULL)
			printf("  warning: to: to a smarthost, %s without a "
			       "domain is its own\n",
			    mail->to[i]);
}

static bool
can(const char *path, int mode)
{
	if (path == NULL || access(path, mode) == 0)
		return true;
	printf("  %s: %s\n", path, strerror(errno));
	return false;
}

bool
check_mail_ways(const struct config *config, const char *path)
{
	const struct mail_config *mail = &config->mail;
	bool good;

	if (mail->way_count == 0) {
		printf("mail: off; alerts are on the dashboard alone\n");
		return true;
	}
	printf("mail: to");
	for (size_t i = 0; i < mail->to_count; i++)
		printf("%s %s", i != 0 ? "," : "", mail->to[i]);
	printf("%s, by\n", mail->to_count == 0 ? " a webhook" : "");
	for (size_t i = 0; i < mail->way_count; i++)
		print_way(mail, mail->ways[i]);
	good = can(mail->ca, R_OK);
	good &= can(mail->sendmail, X_OK);
	warn_of_ways(mail);
	warn_of_password(mail, path);
	return good;
}
