/*
 * sign_in.c - the token, typed once; or a link from the command line
 *
 * Both give the browser a cookie that no script reads and no other site
 * sends.  The page is shown to anybody and says nothing of the mail.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "web/guard.h"
#include "web/server.h"

static const char before[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Sign in - mailweir</title>\n"
    "<link rel=\"icon\" href=\"/icon.svg\">\n"
    "<link rel=\"stylesheet\" href=\"/style.css\">\n"
    "<main class=\"sign-in\">\n<h1>mailweir</h1>\n";
static const char after[] =
    "<form method=\"post\" action=\"/sign-in\">\n"
    "<input name=\"user\" value=\"postmaster\" autocomplete=\"username\" "
    "hidden>\n"
    "<label for=\"token\">Token</label>\n"
    "<input id=\"token\" name=\"token\" type=\"password\" required "
    "autofocus autocomplete=\"current-password\">\n"
    "<button>Sign in</button>\n</form>\n"
    "<p>The token is in the file <code>web.token</code> of the data "
    "directory; <code>mailweir open</code> prints a link that signs in "
    "once.</p>\n</main>\n";

static void
page(struct request *request, unsigned code, const char *notice)
{
	char text[sizeof(before) + sizeof(after) + 200];
	bool is_notice = notice[0] != '\0';

	snprintf(text, sizeof(text), "%s%s%s%s%s", before,
	    is_notice ? "<p role=\"alert\" class=\"wrong\">" : "", notice,
	    is_notice ? "</p>\n" : "", after);
	request_bytes(
	    request, code, "text/html; charset=utf-8", text, strlen(text));
	if (code == MHD_HTTP_UNAUTHORIZED && request->response != NULL)
		response_header(request->response, "WWW-Authenticate",
		    "Bearer realm=\"mailweir\"");
	if (code == MHD_HTTP_TOO_MANY_REQUESTS && request->response != NULL)
		response_header(request->response, "Retry-After", "60");
}

/* To the dashboard, with a cookie that says so much. */
static void
go_home(struct request *request, const char *secret, long seconds)
{
	char name[32], cookie[256];

	request_bytes(request, MHD_HTTP_SEE_OTHER, "text/plain", "", 0);
	if (request->response == NULL)
		return;
	response_header(request->response, "Location", "/");
	if (secret == NULL)
		return;
	guard_cookie(request, name, sizeof(name));
	snprintf(cookie, sizeof(cookie),
	    "%s=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Strict%s", name,
	    secret, seconds, request->web->tls ? "; Secure" : "");
	response_header(request->response, "Set-Cookie", cookie);
}

static void
answer(struct request *request, enum auth_answer judged, const char *wrong)
{
	char secret[SECRET_TEXT];
	struct err err;

	if (judged == AUTH_TOO_OFTEN) {
		page(request, MHD_HTTP_TOO_MANY_REQUESTS,
		    "Too many attempts. Try again in a minute.");
	} else if (judged == AUTH_WRONG) {
		page(request, MHD_HTTP_UNAUTHORIZED, wrong);
	} else if (auth_session_new(request->web->auth, request->status.now,
		       secret, &err) == -1) {
		log_warn("sign-in: %s", err.text);
		request_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "no secret could be made");
	} else {
		go_home(request, secret, AUTH_LIVES);
	}
	explicit_bzero(secret, sizeof(secret));
}

void
sign_in_ask(struct request *request)
{
	page(request, MHD_HTTP_UNAUTHORIZED, "");
}

void
sign_in_handle(struct request *request)
{
	const char *once = request->query.once;
	struct addr client;

	if (request->head || once[0] == '\0') {
		page(request, MHD_HTTP_OK, "");
		return;
	}
	guard_client(request, &client);
	answer(request,
	    auth_once(request->web->auth, &client, once, request->status.now),
	    "This link was used already, or it is older than ten minutes.");
}

void
sign_in_take(struct request *request)
{
	struct slice body = { request->body, request->body_bytes };
	char token[SECRET_TEXT + 16] = "";
	struct addr client;

	guard_client(request, &client);
	(void)query_form(body, SLICE("token"), token, sizeof(token));
	token[strcspn(token, " \r\n")] = '\0';
	answer(request,
	    auth_token(request->web->auth, &client, token, request->status.now),
	    "That is not the token.");
	explicit_bzero(token, sizeof(token));
	explicit_bzero(request->body, sizeof(request->body));
}

void
sign_out_take(struct request *request)
{
	const char *cookie;
	char name[32];

	guard_cookie(request, name, sizeof(name));
	cookie = MHD_lookup_connection_value(
	    request->connection, MHD_COOKIE_KIND, name);
	if (cookie != NULL)
		auth_session_end(request->web->auth, cookie);
	go_home(request, "", 0);
}
