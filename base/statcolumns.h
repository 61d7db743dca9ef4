/*
 * statcolumns.h - the columns of a statistics file among our metrics
 */
#ifndef BASE_STATCOLUMNS_H
#define BASE_STATCOLUMNS_H

#include "base/metric.h"
#include "base/statfile.h"

/* The same column in the log's account of a mailer. */
enum mailer_metric statcolumn_of_log(enum statfile_column);
/* The sum of the file's column over all mailers. */
enum metric statcolumn_of_file(enum statfile_column);

#endif
