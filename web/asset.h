/*
 * asset.h - the files built into the binary
 *
 * The table is made at build time by web/embed.sh.
 */
#ifndef WEB_ASSET_H
#define WEB_ASSET_H

#include <stddef.h>

struct asset {
	const char *path; /* in the URL */
	const char *type;
	const char *etag; /* quoted; of the plain bytes */
	const char *plain, *plain_end;
	const char *gzip, *gzip_end;
};

extern const struct asset assets[];
extern const size_t asset_count;

#endif
