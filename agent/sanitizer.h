/*
 * sanitizer.h - what a build has in it that needs more than the program
 *
 * The leak checker (of AddressSanitizer) forks and traces at the end, and
 * ThreadSanitizer has a thread of its own.  gcc and clang say so in different
 * words.
 */
#ifndef AGENT_SANITIZER_H
#define AGENT_SANITIZER_H

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECKER 1
#endif
#if __has_feature(thread_sanitizer)
#define HAS_OTHER_THREAD 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#define HAS_LEAK_CHECKER 1
#endif
#ifdef __SANITIZE_THREAD__
#define HAS_OTHER_THREAD 1
#endif

#endif
