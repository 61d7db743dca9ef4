/*
 * web.c - the dashboard and its API, served out of the loop
 *
 * libmicrohttpd has no thread here: its epoll descriptor is nested in the
 * caller's, and its time limits come out through web_due().
 */
#include "web/web.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/server.h"

#define LARGEST_PEM (256 * 1024)

static void say(void *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

/* What the library says is of connections, and nothing to act upon. */
static void
say(void *cls, const char *fmt, va_list ap)
{
	char text[256], safe[512];

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	slice_escape(slice_of(text), safe, sizeof(safe));
	log_debug("web: %s", safe);
}

static char *
read_pem(const char *path, struct err *err)
{
	char *text = mem_zero(1, LARGEST_PEM);

	if (secret_read(path, text, LARGEST_PEM) == -1) {
		err_sys(err, "%s: read", path);
		free(text);
		return NULL;
	}
	return text;
}

static int
check_config(struct web *web, const struct web_config *config, struct err *err)
{
	if (listen_parse(&web->at, config->listen, err) == -1)
		return -1;
	if ((config->tls_cert == NULL) != (config->tls_key == NULL))
		return err_set(err, "web: tls needs both cert and key");
	web->tls = config->tls_cert != NULL;
	if (!web->at.loopback && !web->tls && !config->plain)
		return err_set(err,
		    "listen = \"%s\": off loopback this needs tls { cert key } "
		    "or plain = true",
		    config->listen);
	if (web->tls &&
	    ((web->tls_cert = read_pem(config->tls_cert, err)) == NULL ||
		(web->tls_key = read_pem(config->tls_key, err)) == NULL))
		return -1;
	web->names = mem_zero(config->name_count, sizeof(*web->names));
	for (size_t i = 0; i < config->name_count; i++)
		web->names[web->name_count++] = mem_text(config->names[i]);
	return 0;
}

static int
start(struct web *web, struct err *err)
{
	unsigned flags =
	    MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, web->tls_cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, web->tls_key },
		{ MHD_OPTION_END, 0, NULL },
	};
	int fd = listen_open(&web->at, err);

	if (fd == -1)
		return -1;
	if (web->tls)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	web->daemon = MHD_start_daemon(flags, 0, NULL, NULL, server_take, web,
	    MHD_OPTION_EXTERNAL_LOGGER, say, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_URI_LOG_CALLBACK, server_begin, web,
	    MHD_OPTION_NOTIFY_COMPLETED, server_end, web,
	    MHD_OPTION_NOTIFY_CONNECTION, guests_notify, &web->guests,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_TIMEOUT,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (web->daemon != NULL)
		return 0;
	close(fd);
	return err_set(err, "web: %s",
	    web->tls ? "certificate or key are not to be used"
		     : "the server cannot be started");
}

/* For "mailweir open", which is another process. */
static int
tell_address(struct web *web, struct err *err)
{
	char at[ADDR_TEXT + 8], path[PATH_MAX], line[ADDR_TEXT + 32];

	listen_print(&web->at, at, sizeof(at));
	snprintf(web->address, sizeof(web->address), "%s://%s",
	    web->tls ? "https" : "http", at);
	if (snprintf(path, sizeof(path), "%s/web.address", web->data) >=
	    (int)sizeof(path))
		return err_set(err, "%s: the path is too long", web->data);
	snprintf(line, sizeof(line), "%s\n", web->address);
	return secret_write(web->data, path, line, 0644, err);
}

struct web *
web_open(const struct web_config *config, const char *data,
    const struct web_sources *sources, struct err *err)
{
	struct web *web = mem_zero(1, sizeof(*web));

	web->data = mem_text(data);
	web->sources = *sources;
	web->cache = cache_new();
	web->events = events_new();
	web->live = live_new(web);
	if (check_config(web, config, err) == -1)
		goto fail;
	web->auth = auth_open(data, err);
	if (web->auth == NULL)
		goto fail;
	if (start(web, err) == -1 || tell_address(web, err) == -1)
		goto fail;
	return web;
fail:
	web_close(web);
	return NULL;
}

void
web_use(struct web *web, const struct web_sources *sources)
{
	web->sources = *sources;
}

/* Whoever is suspended goes on, to be told that it is over. */
static void
end_all(struct web *web)
{
	live_end(web->live);
	for (struct request *r = web->requests; r != NULL; r = r->next)
		if (r->suspended)
			request_answer(r, 0, NULL);
	MHD_stop_daemon(web->daemon);
	while (web->requests != NULL)
		request_free(web->requests);
}

void
web_close(struct web *web)
{
	char path[PATH_MAX];

	if (web == NULL)
		return;
	if (web->daemon != NULL)
		end_all(web);
	if (web->address[0] != '\0' &&
	    snprintf(path, sizeof(path), "%s/web.address", web->data) <
		(int)sizeof(path))
		(void)unlink(path);
	live_free(web->live);
	events_free(web->events);
	cache_free(web->cache);
	auth_close(web->auth);
	for (size_t i = 0; i < web->name_count; i++)
		free(web->names[i]);
	free(web->names);
	free(web->tls_cert);
	if (web->tls_key != NULL)
		explicit_bzero(web->tls_key, strlen(web->tls_key));
	free(web->tls_key);
	free(web->data);
	free(web);
}

int
web_fd(const struct web *web)
{
	return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)
	    ->epoll_fd;
}

void
web_run(struct web *web)
{
	(void)MHD_run(web->daemon);
}

int64_t
web_due(const struct web *web)
{
	unsigned MHD_LONG_LONG milliseconds;

	if (MHD_get_timeout(web->daemon, &milliseconds) != MHD_YES)
		return -1;
	return milliseconds > INT_MAX ? INT_MAX : (int64_t)milliseconds;
}

void
web_event(struct web *web, const struct mail_event *event)
{
	events_add(web->events, event);
}

void
web_tick(struct web *web)
{
	live_tick(web->live);
}

const char *
web_address(const struct web *web)
{
	return web->address;
}

/* The first line of a file that the agent leaves in DATA. */
static int
read_line(const char *data, const char *name, char *line, size_t size,
    struct err *err)
{
	char path[PATH_MAX];
	int why;

	if (snprintf(path, sizeof(path), "%s/%s", data, name) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return err_set(err, "%s: the path is too long", data);
	}
	if (secret_read(path, line, size) == -1) {
		why = errno;
		if (why == ENOENT)
			err_set(err, "%s: no agent is running here", data);
		else if (why == EACCES)
			err_set(err,
			    "%s: no right to read it; root has it, and the "
			    "user that the agent runs as",
			    path);
		else
			err_sys(err, "%s: read", path);
		errno = why;
		return -1;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

int
web_access(const char *data, char *address, size_t size, char token[WEB_TOKEN],
    struct err *err)
{
	if (read_line(data, "web.address", address, size, err) == -1)
		return -1;
	return read_line(data, "web.token", token, WEB_TOKEN, err);
}

int
web_sign_in_link(
    const char *data, int64_t now, char *link, size_t size, struct err *err)
{
	char address[ADDR_TEXT + 32], secret[SECRET_TEXT];

	if (read_line(data, "web.address", address, sizeof(address), err) ==
		-1 ||
	    auth_make_once(data, now, secret, err) == -1)
		return -1;
	if (snprintf(link, size, "%s/sign-in?once=%s", address, secret) >=
	    (int)size)
		return err_set(err, "sign-in link: no room for it");
	return 0;
}

const char *
web_library(void)
{
	static char text[40];

	snprintf(text, sizeof(text), "libmicrohttpd %s", MHD_get_version());
	return text;
}
