/* notify.c - what the service manager is told: sd_notify(3) */
#include "agent/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "base/slice.h"

static int64_t
monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
notify_open(struct notify *notify)
{
	uint64_t us;

	memset(notify, 0, sizeof(*notify));
	if (sd_watchdog_enabled(0, &us) > 0)
		notify->watchdog_us = (int64_t)us;
	notify->told_us = notify->worked_us = monotonic_us();
}

void
notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
notify_reloading(void)
{
	(void)sd_notifyf(
	    0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, monotonic_us());
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=writing what is left");
}

void
notify_tick(struct notify *notify, bool worker, const char *status)
{
	int64_t now = monotonic_us();

	if (strcmp(status, notify->status) != 0) {
		slice_copy(
		    slice_of(status), notify->status, sizeof(notify->status));
		(void)sd_notifyf(0, "STATUS=%s", notify->status);
	}
	if (worker)
		notify->worked_us = now;
	/* sd_watchdog_enabled(3) wants it twice as often, ticks are coarse. */
	if (notify->watchdog_us == 0 ||
	    now - notify->worked_us > notify->watchdog_us ||
	    now - notify->told_us < notify->watchdog_us / 4)
		return;
	notify->told_us = now;
	(void)sd_notify(0, "WATCHDOG=1");
}
