/*
 * arrivals.c - what happens when: the kinds of traffic and their rates
 *
 * Each kind arrives at its own rate over the day and the week.  Incidents are
 * kinds as well that have a window: a day of spam, a night of relay attempts,
 * an afternoon on which a password is stolen.
 */
#include "tests/generate/generate.h"

#include <math.h>
#include <time.h>

#include "base/array.h"

static void
relay_attempt(int64_t now)
{
	burst_relay(now, 4001 + below(6) * 977);
}

static void
stolen_password(int64_t now)
{
	burst_stolen(now, 42);
}

static void
stubborn_guesser(int64_t now)
{
	unsigned attacker = 7000 + below(500);

	for (unsigned i = 0; i < 40; i++) {
		burst_guesser(now, attacker, 1 + below(4));
		now += between(15.0, 40.0);
	}
}

/* A few minutes of something, now and then, so that live pages have a tale. */
static void
small_incident(int64_t now)
{
	unsigned kind = below(3), attacker = 9000 + below(500);

	for (unsigned i = 0; i < 12; i++) {
		if (kind == 0)
			burst_relay(now, attacker);
		else if (kind == 1)
			burst_guesser(now, attacker, 1 + below(3));
		else
			story_spam(now);
		now += between(3.0, 20.0);
	}
}

enum habit { ALWAYS, SLEEPS, LIVE_ONLY };

/* Per cent of the rate; in a log that shall know many clients: the second. */
struct arrival {
	void (*story)(int64_t);
	double part, wide;
	enum habit habit;
	double at, hour, hours; /* the window: part of the span, hour it
				   begins at, its length; 0: no window */
	int64_t next, from, until;
};

static struct arrival postfix[] = {
	{ story_inbound, 58, 58, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_spam, 4, 4, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_submission, 30, 30, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_network, 5, 5, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_pickup, 3, 3, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_refused, 90, 200, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_guesser, 35, 240, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_probe, 30, 440, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_login, 120, 60, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_login_guess, 15, 760, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_anvil, 6, 6, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ stubborn_guesser, 0.05, 0.02, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ small_incident, 2, 2, LIVE_ONLY, 0, 0, 0, 0, 0, 0 },
	{ story_spam, 250, 50, ALWAYS, 0.36, 5, 20, 0, 0, 0 },
	{ story_refused, 900, 100, ALWAYS, 0.36, 5, 20, 0, 0, 0 },
	{ relay_attempt, 250, 50, ALWAYS, 0.62, 1, 4, 0, 0, 0 },
	{ stolen_password, 600, 100, ALWAYS, 0.88, 14, 1, 0, 0, 0 },
};

static struct arrival sendmail[] = {
	{ story_sm_inbound, 58, 600, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_submission, 30, 200, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_pickup, 3, 10, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_refused, 90, 200, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_guesser, 35, 120, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_probe, 30, 250, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_sm_refused, 900, 100, ALWAYS, 0.36, 5, 20, 0, 0, 0 },
	{ story_sm_submission, 600, 100, ALWAYS, 0.88, 14, 1, 0, 0, 0 },
};

static struct arrival exim[] = {
	{ story_ex_inbound, 58, 600, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_submission, 30, 200, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_queue, 3, 10, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_refused, 90, 200, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_guesser, 35, 120, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_probe, 30, 250, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_ex_refused, 900, 100, ALWAYS, 0.36, 5, 20, 0, 0, 0 },
};

static struct arrival opensmtpd[] = {
	{ story_os_inbound, 58, 600, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_os_submission, 30, 200, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_os_refused, 90, 200, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_os_guesser, 35, 120, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_os_probe, 30, 250, ALWAYS, 0, 0, 0, 0, 0, 0 },
};

static struct arrival qmail[] = {
	{ story_qm_inbound, 58, 600, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_qm_submission, 30, 200, SLEEPS, 0, 0, 0, 0, 0, 0 },
	{ story_qm_refused, 90, 200, ALWAYS, 0, 0, 0, 0, 0, 0 },
	{ story_qm_probe, 30, 250, ALWAYS, 0, 0, 0, 0, 0, 0 },
};

static struct arrival nullmailer[] = {
	{ story_nm_submission, 100, 100, SLEEPS, 0, 0, 0, 0, 0, 0 },
};

static const struct {
	struct arrival *arrivals;
	size_t n;
} of_system[] = {
	[SYSTEM_POSTFIX] = { postfix, NELEMS(postfix) },
	[SYSTEM_SENDMAIL] = { sendmail, NELEMS(sendmail) },
	[SYSTEM_EXIM] = { exim, NELEMS(exim) },
	[SYSTEM_OPENSMTPD] = { opensmtpd, NELEMS(opensmtpd) },
	[SYSTEM_QMAIL] = { qmail, NELEMS(qmail) },
	[SYSTEM_NULLMAILER] = { nullmailer, NELEMS(nullmailer) },
};

static struct arrival *arrivals = postfix;
static size_t arrival_count = NELEMS(postfix);

static double rate;
static bool wide, live;

/* Against the mean: high at ten, low at four in the morning and on Sunday. */
static double
rhythm(int64_t when)
{
	static const double week[] = { 0.35, 1.2, 1.25, 1.25, 1.2, 1.1, 0.45 };
	time_t seconds = (time_t)(when / SECOND);
	double hour, day;
	struct tm tm;

	localtime_r(&seconds, &tm);
	hour = tm.tm_hour + tm.tm_min / 60.0;
	day = 0.08 + 1.9 * exp(-pow((hour - 10.5) / 2.6, 2)) +
	      1.6 * exp(-pow((hour - 15.0) / 3.0, 2));
	return week[tm.tm_wday] * day;
}

/* When the next of its kind comes, rhythm looked at anew every hour. */
static int64_t
next_of(const struct arrival *kind, int64_t now)
{
	double a_day = (wide ? kind->wide : kind->part) / 100 * rate;

	if (kind->habit != SLEEPS || live)
		return now + around(86400.0 / a_day);
	for (;; now += HOUR) {
		int64_t next = now + around(86400.0 / (a_day * rhythm(now)));

		if (next < now + HOUR)
			return next;
	}
}

/* That hour of the day at that part of the span. */
static int64_t
window_begin(const struct arrival *kind, int64_t start, int64_t end)
{
	time_t seconds = (time_t)((double)(start / SECOND) +
				  kind->at * (double)((end - start) / SECOND));
	struct tm tm;

	localtime_r(&seconds, &tm);
	tm.tm_hour = (int)kind->hour;
	tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SECOND;
}

void
arrivals_begin(enum system system, int64_t start, int64_t end,
    double messages_a_day, bool many)
{
	arrivals = of_system[system].arrivals;
	arrival_count = of_system[system].n;
	rate = messages_a_day;
	wide = many;
	for (size_t i = 0; i < arrival_count; i++) {
		struct arrival *kind = &arrivals[i];

		kind->until = INT64_MAX;
		kind->next =
		    kind->habit == LIVE_ONLY ? INT64_MAX : next_of(kind, start);
		if (kind->hours == 0)
			continue;
		kind->from = window_begin(kind, start, end);
		kind->until =
		    kind->from + (int64_t)(kind->hours * 3600) * SECOND;
		kind->next = next_of(kind, kind->from);
	}
}

void
arrivals_live(int64_t now)
{
	/* Somebody watches: as busy as a weekday's late morning, and more. */
	live = true;
	rate *= 4;
	for (size_t i = 0; i < arrival_count; i++)
		if (arrivals[i].hours == 0)
			arrivals[i].next = next_of(&arrivals[i], now);
}

static struct arrival *
earliest(void)
{
	struct arrival *first = &arrivals[0];

	for (size_t i = 1; i < arrival_count; i++)
		if (arrivals[i].next < first->next)
			first = &arrivals[i];
	return first;
}

int64_t
arrivals_next(void)
{
	return earliest()->next;
}

void
arrivals_run(void)
{
	struct arrival *kind = earliest();

	kind->story(kind->next);
	kind->next = next_of(kind, kind->next);
	if (kind->next > kind->until)
		kind->next = INT64_MAX;
}
