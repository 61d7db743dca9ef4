/* formats.c - the table of log formats */
#include "collectors/format.h"

#include "base/array.h"

extern const struct log_format format_postfix, format_sendmail, format_exim,
    format_dovecot, format_amavis, format_mimedefang, format_scanners,
    format_companions, format_logger, format_cyrus, format_courier,
    format_imapd, format_uw, format_qpopper, format_opensmtpd, format_qmail,
    format_nullmailer, format_lists, format_clamav, format_procmail,
    format_zmailer, format_poplogin, format_vpopmail, format_popa3d,
    format_solidpop, format_gnupop, format_perdition, format_popd,
    format_transcript, format_stunnel;

const struct log_format *const formats[] = {
	&format_postfix,
	&format_sendmail,
	&format_exim,
	&format_dovecot,
	&format_amavis,
	&format_mimedefang,
	&format_scanners,
	&format_clamav,
	&format_companions,
	&format_logger,
	&format_cyrus,
	&format_courier,
	&format_imapd,
	&format_uw,
	&format_qpopper,
	&format_popa3d,
	&format_solidpop,
	&format_gnupop,
	&format_perdition,
	&format_popd,
	&format_opensmtpd,
	&format_qmail,
	&format_nullmailer,
	&format_lists,
	&format_procmail,
	&format_zmailer,
	&format_poplogin,
	&format_vpopmail,
	&format_transcript,
	&format_stunnel,
};

const size_t format_count = NELEMS(formats);

unsigned
formats_own(size_t n)
{
	unsigned own = 0;

	for (size_t i = 0; i < n; i++)
		own += formats[i]->front != NULL;
	return own;
}

enum meaning
format_ignores(
    struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	(void)tracker;
	(void)line;
	(void)kind;
	return MEANS_NOTHING;
}
