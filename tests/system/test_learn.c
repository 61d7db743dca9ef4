/*
 * test_learn.c - the running daemon knows its networks and domains before it
 * reads a line, asks again on SIGHUP, and check prints what it knows
 *
 * The mail system is a script that prints what postconf would; with the real
 * one, real_postfix.sh and the last test here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <dirent.h>
#include <pwd.h>

#include "tests/daemon.h"
#include "tests/proc.h"

static struct daemon d;
static unsigned messages; /* written so far */

static void
put(const char *name, const char *text, mode_t mode)
{
	struct name path = in(&d.logs, name);

	write_whole(path.path, text, strlen(text));
	assert_int_equal(chmod(path.path, mode), 0);
}

/* What postconf prints: the domains as given, the rest usual. */
static void
put_domains(const char *domains)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "mynetworks = 127.0.0.0/8, 192.0.2.0/24\n"
	    "mydestination = mx1.example.org\n"
	    "virtual_alias_domains =\n"
	    "virtual_mailbox_domains = %s\n"
	    "relay_domains =\n"
	    "smtpd_relay_restrictions = permit_mynetworks, "
	    "reject_unauth_destination\n",
	    domains);
	put("printed", text, 0644);
}

static void
configure(const char *user, const char *script, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text), "#!/bin/sh\ncd '%s' || exit 1\n%s",
	    d.logs.directory, script);
	put("postconf", text, 0755);
	snprintf(text, sizeof(text),
	    "mail_system \"postfix\" { program = \"%s\" directory = \"%s\" }\n"
	    "%s",
	    in(&d.logs, "postconf").path, d.logs.directory, more);
	daemon_configure(&d, user, text);
}

static int
set_up(void **state)
{
	(void)state;
	daemon_init(&d);
	assert_int_equal(chmod(d.logs.directory, 0711), 0);
	messages = 0;
	put_domains("example.org");
	configure("root", "exec cat printed\n", "");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_fini(&d);
	return 0;
}

/* A message from that client, delivered by smtp to that address: 5 lines. */
static void
relay(const char *client, const char *to)
{
	time_t at = time(NULL) - 600 + (time_t)messages;
	char text[2048], stamp[32];
	unsigned id = 0xA0000 + messages++;
	struct tm tm;
	int n;

	gmtime_r(&at, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = snprintf(text, sizeof(text),
	    "%s mx1 postfix/smtpd[7]: %XFF: client=unknown[%s]\n"
	    "%s mx1 postfix/cleanup[8]: %XFF: message-id=<%u@example.com>\n"
	    "%s mx1 postfix/qmgr[9]: %XFF: from=<a@example.com>, size=300, "
	    "nrcpt=1 (queue active)\n"
	    "%s mx1 postfix/smtp[10]: %XFF: to=<%s>, "
	    "relay=mx.example.net[203.0.113.25]:25, delay=1, "
	    "delays=0.1/0/0.1/0.8, dsn=2.0.0, status=sent (250 ok)\n"
	    "%s mx1 postfix/qmgr[9]: %XFF: removed\n",
	    stamp, id, client, stamp, id, id, stamp, id, stamp, id, to, stamp,
	    id);
	logs_write(&d.logs, text, (size_t)n);
}

static void
assert_relay(uint64_t open, uint64_t unsure, uint64_t network)
{
	uint64_t o = daemon_metric(&d, "mailweir_relay_open_total"),
		 u = daemon_metric(&d, "mailweir_relay_unsure_total"),
		 n = daemon_metric(&d, "mailweir_relay_network_total");

	if (o != open || u != unsure || n != network)
		fail_msg("open %llu, unsure %llu, network %llu: %s",
		    (unsigned long long)o, (unsigned long long)u,
		    (unsigned long long)n, daemon_errors(&d));
}

static void
start(void)
{
	daemon_start(&d);
	daemon_await(&d);
}

static void
reload(const char *said)
{
	assert_int_equal(truncate(d.err.path, 0), 0);
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	daemon_await_error(&d, said);
}

static void
relay_is_judged_by_what_the_mail_system_says(void **state)
{
	(void)state;
	relay("198.51.100.66", "x@elsewhere.example"); /* open */
	relay("192.0.2.9", "x@elsewhere.example");     /* network */
	relay("198.51.100.66", "x@example.org");       /* ours: a gateway's */
	start();
	daemon_await_lines(&d, 15);
	assert_relay(1, 0, 1);
	daemon_await_error(&d, "to be ours: 2 networks, 2 domains");
	daemon_stop(&d);
}

static void
sighup_reads_it_again(void **state)
{
	(void)state;
	start();
	relay("198.51.100.66", "x@new.example");
	daemon_await_lines(&d, 5);
	assert_relay(1, 0, 0);
	put_domains("example.org, new.example");
	reload("to be ours: 2 networks, 3 domains");
	relay("198.51.100.66", "x@new.example");
	daemon_await_lines(&d, 10);
	assert_relay(1, 0, 0);
	/* The list is in a database now. */
	put_domains("mysql:/etc/postfix/domains.cf");
	reload("virtual_mailbox_domains = mysql:/etc/postfix/domains.cf");
	relay("198.51.100.66", "x@elsewhere.example");
	daemon_await_lines(&d, 15);
	assert_relay(1, 1, 0);
	/* What fails leaves what was known. */
	put_domains("example.org");
	reload("to be ours: 2 networks, 2 domains");
	put("printed", "", 0);
	configure("root", "echo no such thing >&2; exit 1\n", "");
	reload("postconf: exit status 1: no such thing");
	/* What is set is whole, and nobody is asked. */
	configure("root", "exec sleep 1000\n",
	    "networks = {\"198.51.100.0/24\"}\ndomains = {\".example\"}\n");
	reload("reloaded");
	relay("198.51.100.66", "x@elsewhere.example.com");
	relay("203.0.113.66", "x@elsewhere.example.com");
	relay("203.0.113.66", "x@elsewhere.example");
	daemon_await_lines(&d, 30);
	assert_relay(2, 1, 1);
	daemon_configure(&d, "root", "mail_system \"exim\" { }\n");
	reload("reload: mail_system: needs restart");
	daemon_stop(&d);
}

/* The answer comes when the test lets it. */
static void
no_line_is_read_before_the_answer(void **state)
{
	struct name fifo = in(&d.logs, "fifo");
	int fd;

	(void)state;
	assert_int_equal(mkfifo(fifo.path, 0600), 0);
	configure("root", "read x <fifo; exec cat printed\n", "");
	relay("198.51.100.66", "x@elsewhere.example");
	start();
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(daemon_lines(&d), 0);
	fd = open(fifo.path, O_RDWR);
	assert_int_equal(write(fd, "x\n", 2), 2);
	daemon_await_lines(&d, 5);
	close(fd);
	assert_relay(1, 0, 0);
	daemon_stop(&d);
}

static void
a_mail_system_that_does_not_answer_is_not_waited_for(void **state)
{
	(void)state;
	configure("root", "exec sleep 1000\n", "");
	relay("198.51.100.66", "x@elsewhere.example");
	start();
	daemon_await_lines(&d, 5);
	assert_relay(0, 1, 0);
	daemon_await_error(&d, "no answer in 5 s");
	/* Nor at the end. */
	daemon_stop(&d);
}

static void
without_any_mail_system_a_stranger_is_unsure(void **state)
{
	(void)state;
	configure("root", "exit 7\n", "");
	relay("198.51.100.66", "x@elsewhere.example");
	start();
	daemon_await_lines(&d, 5);
	assert_relay(0, 1, 0);
	daemon_await_error(&d, "postconf: exit status 7");
	daemon_stop(&d);
}

/* The text of a map that is root's alone; a program that is run as nobody. */
static void
the_helper_may_read_and_not_more(void **state)
{
	static const struct proc_rights programs = { 1 << DAC_READ_SEARCH,
		PROC_ANY, false, false };
	const struct passwd *nobody = getpwnam("nobody");
	char status[64], list[512];

	(void)state;
	if (geteuid() != 0 || nobody == NULL)
		skip();
	put("secret", "secret.example x\n", 0600);
	snprintf(list, sizeof(list), "hash:%s", in(&d.logs, "secret").path);
	put_domains(list);
	configure("nobody",
	    "[ $(id -u) = 0 ] && exit 3\n"
	    "[ -r secret ] && exit 4\nexec cat printed\n",
	    "");
	relay("198.51.100.66", "x@secret.example");
	relay("198.51.100.66", "x@elsewhere.example");
	start();
	daemon_await_lines(&d, 10);
	assert_relay(1, 0, 0);
	assert_true(proc_child(d.pid, "weir-programs", status) != 0);
	assert_int_equal(proc_field(status, "Uid", 10), nobody->pw_uid);
	/* A setgid bit, as postdrop's, must work. */
	proc_assert(status, &programs);
	assert_true(proc_field(status, "CapBnd", 16) != 0);
	daemon_stop(&d);
}

/* What "mailweir check" says; to be freed. */
static char *
check(int *status)
{
	char command[2 * PATH_MAX + 64];
	char *said = NULL;
	size_t size = 0, n;
	FILE *out = open_memstream(&said, &size), *pipe;

	snprintf(command, sizeof(command), "'%s' check -c '%s' 2>&1", program(),
	    d.conf.path);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	while ((n = fread(command, 1, sizeof(command), pipe)) > 0)
		fwrite(command, 1, n, out);
	fclose(out);
	*status = pclose(pipe);
	return said;
}

static void
assert_said(const char *said, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(said, *words) == NULL)
			fail_msg("no \"%s\" in: %s", *words, said);
}

static void
check_prints_what_is_known_and_what_cannot_be(void **state)
{
	static const char *const words[] = { "networks:\n",
		"  192.0.2.0/24 (postconf mynetworks)\n",
		"  mx1.example.org (postconf mydestination)\n",
		"  incomplete: virtual_mailbox_domains = ldap:/etc/x.cf\n",
		"can only be called relay.unsure", NULL };
	static const char *const set[] = { "  198.51.100.0/24 (mailweir.conf)",
		"  set.example (mailweir.conf)\n", NULL };
	char *said;
	int status;

	(void)state;
	relay("192.0.2.1", "x@example.org");
	put_domains("ldap:/etc/x.cf, example.org");
	said = check(&status);
	assert_said(said, words);
	assert_int_equal(status, 0);
	free(said);
	configure("root", "exit 1\n",
	    "networks = {\"198.51.100.0/24\"}\ndomains = {\"set.example\"}\n");
	said = check(&status);
	assert_said(said, set);
	assert_null(strstr(said, "postconf"));
	assert_null(strstr(said, "unsure"));
	free(said);
}

/* Debian's, unpacked by tests/deps.sh; its libraries are not where it looks. */
static void
the_real_postconf_is_understood(void **state)
{
	static const char *const words[] = {
		"  127.0.0.0/8 (postconf mynetworks)\n",
		"  ::1/128 (postconf mynetworks)\n",
		"  2001:db8::/32 (postconf mynetworks)\n",
		"  mx.example.org (postconf mydestination)\n",
		"  localhost.example.org (postconf mydestination)\n",
		"  example.net, relayed (postconf relay_domains)\n",
		"  .example.net, relayed (postconf relay_domains)\n",
		"  virtual.example (",
		"  incomplete: virtual_mailbox_domains = proxy:mysql:/no.cf\n",
		"  incomplete: smtpd_relay_restrictions = ... "
		"permit_tls_clientcerts\n",
		NULL
	};
	char here[PATH_MAX], text[4 * PATH_MAX], *said;
	int status;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(text, sizeof(text), "%s/build/tools/postfix/usr/sbin/postconf",
	    here);
	if (access(text, X_OK) == -1) {
		print_message("Postfix is not unpacked (make deps)\n");
		skip();
	}
	snprintf(text, sizeof(text),
	    "LD_LIBRARY_PATH='%s/build/tools/postfix/usr/lib/postfix'\n"
	    "export LD_LIBRARY_PATH\n"
	    "exec '%s/build/tools/postfix/usr/sbin/postconf' \"$@\"\n",
	    here, here);
	configure("root", text, "");
	put("virtual", "virtual.example x\n@catch.example y\n", 0644);
	snprintf(text, sizeof(text),
	    "compatibility_level = 3.6\n"
	    "myhostname = mx.example.org\n"
	    "mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\n"
	    "\t[2001:db8::]/32\n"
	    "mydestination = $myhostname, localhost.$mydomain localhost\n"
	    "virtual_alias_maps = hash:%s/virtual\n"
	    "virtual_mailbox_domains = proxy:mysql:/no.cf\n"
	    "relay_domains = example.net\n"
	    "smtpd_relay_restrictions = permit_mynetworks,\n"
	    "\tpermit_tls_clientcerts, reject_unauth_destination\n",
	    d.logs.directory);
	put("main.cf", text, 0644);
	relay("192.0.2.1", "x@example.org");
	said = check(&status);
	assert_said(said, words);
	free(said);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(relay_is_judged_by_what_the_mail_system_says),
		TEST(sighup_reads_it_again),
		TEST(no_line_is_read_before_the_answer),
		TEST(a_mail_system_that_does_not_answer_is_not_waited_for),
		TEST(without_any_mail_system_a_stranger_is_unsure),
		TEST(the_helper_may_read_and_not_more),
		TEST(check_prints_what_is_known_and_what_cannot_be),
		TEST(the_real_postconf_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
