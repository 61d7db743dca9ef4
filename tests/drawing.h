/*
 * drawing.h - what sanitizers need to know in tests that draw graphs
 *
 * The libraries that draw keep some of what they allocate, and use their locks
 * where a sanitizer cannot see it: that is theirs, and left out.
 */
#ifndef TESTS_DRAWING_H
#define TESTS_DRAWING_H

const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);
const char *__tsan_default_suppressions(void);

/* Else the frames of a library without frame pointers are not seen. */
const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:librrd.so\nleak:libfontconfig.so\nleak:libpango\n"
	       "leak:libcairo.so\nleak:libglib\n";
}

const char *
__tsan_default_suppressions(void)
{
	return "race:libfontconfig.so\nrace:libpango\nrace:libglib\n"
	       "race:libcairo.so\nrace:libgobject\nrace:libfreetype.so\n";
}

#endif
