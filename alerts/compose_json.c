/*
 * compose_json.c - the same for programs: what a webhook gets
 *
 * Texts of strangers are valid UTF-8 after safe_text().
 */
#include "alerts/compose_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "alerts/words.h"
#include "base/safe.h"

static json_t *
text_json(const char *text)
{
	char safe[2048];

	safe_text(slice_of(text), 0, safe, sizeof(safe));
	return json_string(safe);
}

/* RFC 3339, UTC */
static json_t *
time_json(int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm = { 0 };
	char text[64];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *
incident_json(const struct incident *incident)
{
	char sentence[WORDS_TEXT];
	json_t *json = json_object();

	incident_sentence(incident, sentence);
	json_object_set_new(
	    json, "number", json_integer((json_int_t)incident->number));
	json_object_set_new(json, "key", text_json(incident->key));
	json_object_set_new(
	    json, "level", json_string(alert_level_name(incident->level)));
	json_object_set_new(json, "sentence", text_json(sentence));
	json_object_set_new(
	    json, "first", time_json(incident->first / 1000000));
	json_object_set_new(json, "last", time_json(incident->last / 1000000));
	json_object_set_new(
	    json, "count", json_integer((json_int_t)incident->count));
	json_object_set_new(json, "action",
	    json_string(incident_action_name(incident->action)));
	json_object_set_new(json, "block_seconds",
	    json_integer((json_int_t)incident->block_seconds));
	return json;
}

static json_t *
evidence_json(const struct evidence *evidence)
{
	json_t *lines = json_array();

	for (size_t i = 0; evidence != NULL && i < evidence->line_count; i++)
		json_array_append_new(lines, text_json(evidence->lines[i]));
	return lines;
}

static char *
finish(json_t *json, const struct letter *letter, const struct compose *compose)
{
	char *text;

	json_object_set_new(json, "agent", text_json(compose->host));
	json_object_set_new(json, "time", time_json(letter->when));
	json_object_set_new(json, "subject", text_json(letter->subject));
	/* "text" is what chats show of a message. */
	json_object_set_new(json, "text", json_string(letter->text));
	if (compose->link != NULL)
		json_object_set_new(json, "link", text_json(compose->link));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

char *
compose_json(const struct alert_mail *mail, const struct letter *letter,
    const struct compose *compose)
{
	static const char *const kinds[] = { [NOTICE_OPEN] = "open",
		[NOTICE_GROW] = "grow",
		[NOTICE_OVER] = "over" };
	const struct incident *first = mail->incidents[0];
	json_t *json = json_object(), *list = json_array();

	for (size_t i = 0; i < mail->n; i++)
		json_array_append_new(list, incident_json(mail->incidents[i]));
	json_object_set_new(json, "kind", json_string(kinds[mail->notice]));
	json_object_set_new(json, "host", text_json(first->host));
	json_object_set_new(json, "rule", text_json(first->rule));
	json_object_set_new(json, "keys", json_integer((json_int_t)mail->keys));
	json_object_set_new(json, "incidents", list);
	json_object_set_new(json, "evidence", evidence_json(first->evidence));
	return finish(json, letter, compose);
}

char *
compose_json_plain(const char *kind, const struct letter *letter,
    const struct compose *compose)
{
	json_t *json = json_object();

	json_object_set_new(json, "kind", json_string(kind));
	return finish(json, letter, compose);
}
