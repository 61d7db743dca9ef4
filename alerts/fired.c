/* fired.c - how often a rule fired, by day (UTC) */
#include "alerts/fired.h"

#include <string.h>

#include "alerts/alerts_impl.h"

#define DAY (INT64_C(86400) * SECOND)

void
fired_add(struct fired *fired, int64_t when, enum fired_what what)
{
	uint32_t day = when < 0 ? 0 : (uint32_t)(when / DAY);
	struct fired_day *slot = &fired->days[day % FIRED_SLOTS];

	if (day < slot->day)
		return;
	if (day > slot->day)
		*slot = (struct fired_day){ .day = day };
	slot->n[what]++;
	slot->dirty = true;
}

void
fired_levels(struct fired *fired, int64_t when, int before, int level)
{
	if (before < (int)LEVEL_WARN && level >= (int)LEVEL_WARN)
		fired_add(fired, when, FIRED_WARN);
	if (before < (int)LEVEL_ACT && level >= (int)LEVEL_ACT)
		fired_add(fired, when, FIRED_ACT);
}

struct alert_fired
alerts_rule_fired(const struct alerts *alerts, size_t rule, int64_t now)
{
	const struct fired *fired = &alerts->watches[rule].fired;
	struct alert_fired sum = { 0 };
	int64_t today = now / 86400;

	for (size_t i = 0; i < FIRED_SLOTS; i++) {
		const struct fired_day *slot = &fired->days[i];

		if (slot->day <= today - ALERTS_DAYS || slot->day > today)
			continue;
		sum.warn += slot->n[FIRED_WARN];
		sum.act += slot->n[FIRED_ACT];
		sum.blocked += slot->n[FIRED_BLOCKED];
	}
	return sum;
}

unsigned
alerts_days(const struct alerts *alerts, int64_t now)
{
	int64_t days = now / 86400 - alerts->first / DAY + 1;

	return alerts->first == 0 || days < 0 ? 0
	       : days > ALERTS_DAYS           ? ALERTS_DAYS
					      : (unsigned)days;
}

void
fired_save(struct fired *fired, struct state_rows *rows, struct slice key)
{
	for (uint8_t i = 0; i < FIRED_SLOTS; i++) {
		struct fired_day *slot = &fired->days[i];
		struct state_writer name = { 0 }, w = { 0 };

		if (!slot->dirty)
			continue;
		put_bytes(&name, key.p, key.n);
		put_u8(&name, i);
		put_u32(&w, slot->day);
		for (size_t k = 0; k < FIRED_WHATS; k++)
			put_u32(&w, slot->n[k]);
		rows_put(rows, writer_slice(&name), writer_slice(&w));
		writer_fini(&name);
		writer_fini(&w);
		slot->dirty = false;
	}
}

bool
fired_load(struct fired *fired, struct slice key, struct slice value)
{
	struct fired_day slot = { 0 };
	uint8_t i;

	if (!get_u8(&key, &i) || i >= FIRED_SLOTS ||
	    !get_u32(&value, &slot.day) || slot.day % FIRED_SLOTS != i)
		return false;
	for (size_t k = 0; k < FIRED_WHATS; k++)
		if (!get_u32(&value, &slot.n[k]))
			return false;
	fired->days[i] = slot;
	return true;
}
