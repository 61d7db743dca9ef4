/* statcolumns.c - the columns of a statistics file among our metrics */
#include "base/statcolumns.h"

static const struct {
	enum mailer_metric log;
	enum metric file;
} columns[STATFILE_COLUMNS] = {
	[STATFILE_MSGS_FROM] = { MAILER_MSGS_FROM,
	    METRIC_STATISTICS_MSGS_FROM },
	[STATFILE_KBYTES_FROM] = { MAILER_KBYTES_FROM,
	    METRIC_STATISTICS_KBYTES_FROM },
	[STATFILE_MSGS_TO] = { MAILER_MSGS_TO, METRIC_STATISTICS_MSGS_TO },
	[STATFILE_KBYTES_TO] = { MAILER_KBYTES_TO,
	    METRIC_STATISTICS_KBYTES_TO },
	[STATFILE_REJECTED] = { MAILER_MSGS_REJECTED,
	    METRIC_STATISTICS_MSGS_REJECTED },
	[STATFILE_DISCARDED] = { MAILER_MSGS_DISCARDED,
	    METRIC_STATISTICS_MSGS_DISCARDED },
	[STATFILE_QUARANTINED] = { MAILER_MSGS_QUARANTINED,
	    METRIC_STATISTICS_MSGS_QUARANTINED },
};

enum mailer_metric
statcolumn_of_log(enum statfile_column column)
{
	return columns[column].log;
}

enum metric
statcolumn_of_file(enum statfile_column column)
{
	return columns[column].file;
}
