/* body.c - what a change says of an address, in JSON */
#include "web/body.h"

#include <string.h>

#include "web/request.h"

#define USUAL_SECONDS 3600
#define MOST_SECONDS  (366 * 86400)

static int
take_field(struct body *body, const char *key, json_t *value, struct err *err)
{
	const char *text = json_string_value(value);

	if (strcmp(key, "address") == 0 && text != NULL)
		body->address = text;
	else if (strcmp(key, "reason") == 0 && text != NULL)
		body->reason = text;
	else if (strcmp(key, "for") == 0 && json_is_integer(value))
		body->seconds = json_integer_value(value);
	else if (strcmp(key, "for") != 0 || text == NULL ||
		 !query_span(slice_of(text), &body->seconds))
		return err_set(err,
		    "address, reason and for, as \"1h\" or \"7d\", are "
		    "expected");
	return 0;
}

int
body_parse(struct body *body, struct request *request, struct err *err)
{
	json_error_t wrong;
	const char *key;
	json_t *value;

	*body = (struct body){
		.address = "", .reason = "", .seconds = USUAL_SECONDS
	};
	body->json = json_loadb(
	    request->body, request->body_bytes, JSON_REJECT_DUPLICATES, &wrong);
	if (!json_is_object(body->json))
		return err_set(err, "the body is no JSON object: %s",
		    body->json == NULL ? wrong.text : "something else");
	json_object_foreach (body->json, key, value)
		if (take_field(body, key, value, err) == -1)
			return -1;
	if (body->address[0] == '\0')
		return err_set(err, "address: who is meant?");
	if (body->seconds < 1 || body->seconds > MOST_SECONDS)
		return err_set(err, "for: 1 second to a year is expected");
	return 0;
}
