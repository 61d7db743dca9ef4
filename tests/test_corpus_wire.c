/*
 * test_corpus_wire.c - captures of real mail servers against their ledgers
 *
 * Each capture in tests/corpus/wire/ is read by the real binary; what is under
 * "wire", and the clients, must be what the run's ledger tells.  The same
 * capture with packets doubled, in another order or cut to fragments must give
 * the same; with some of them lost, no more than that.
 */
#include "tests/captures.h"
#include "tests/judge.h"
#include "tests/wire_ledger.h"

static const struct run {
	const char *capture, *truth;
	void (*read)(struct wire_session *, const json_t *session);
	bool unclear; /* it has no words for a denial of relaying */
} runs[] = {
	{ "a-month", "a-month", wire_session_by_kind, false },
	{ "a-variants", "a-variants", wire_session_by_kind, false },
	{ "a-variants.any", "a-variants", wire_session_by_kind, false },
	{ "sendmail", "sendmail/small", wire_session_by_line, false },
	{ "mimedefang", "sendmail/mimedefang", wire_session_by_line, false },
	{ "filter-down", "sendmail/filter-down", wire_session_by_line, false },
	{ "exim", "wire/exim", wire_session_by_line, false },
	{ "opensmtpd", "wire/opensmtpd", wire_session_by_line, true },
	{ "qmail", "wire/qmail", wire_session_by_line, false },
	{ "courier", "wire/courier", wire_session_by_line, false },
	{ "nullmailer", "wire/nullmailer", wire_session_of_sink, false },
};

static void
load(struct capture_file *file, const char *name)
{
	char command[256];

	snprintf(command, sizeof(command),
	    "xz -dc tests/corpus/wire/%s.pcap.xz", name);
	capture_load(file, command);
}

static json_t *
account_of(const char *path)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command), "%s replay --json --top 0 %s",
	    program(), path);
	return json_of(command);
}

static json_t *
account_of_capture(const struct capture_file *file)
{
	char path[] = "/tmp/mailweir-wire-XXXXXX";
	int fd = mkstemp(path);
	json_t *account;

	assert_int_not_equal(fd, -1);
	close(fd);
	capture_save(file, path);
	account = account_of(path);
	unlink(path);
	assert_non_null(account);
	return account;
}

static double
seconds_of(const struct captured *packet)
{
	return (double)packet->head.ts.tv_sec +
	       (double)packet->head.ts.tv_usec / 1e6;
}

/* "ADDRESS PORT" of each SYN in an Ethernet or cooked frame; its copies too. */
static json_t *
syns_of(const struct capture_file *file)
{
	json_t *syns = json_object();
	char text[INET6_ADDRSTRLEN], key[INET6_ADDRSTRLEN + 8];

	for (size_t i = 0; i < file->n; i++) {
		const unsigned char *p = file->packets[i].bytes;
		bool cooked = file->link == DLT_LINUX_SLL2;
		const unsigned char *ip = p + (cooked ? 20 : 14), *tcp;
		unsigned type = cooked ? p[0] : p[12];

		if (type != 8 && type != 0x86)
			continue;
		tcp = type == 8 ? ip + (ip[0] & 15) * 4u : ip + 40;
		if ((type == 8 ? ip[9] : ip[6]) != 6 || (tcp[13] & 0x12) != 2)
			continue;
		inet_ntop(type == 8 ? AF_INET : AF_INET6,
		    ip + (type == 8 ? 12 : 8), text, sizeof(text));
		snprintf(key, sizeof(key), "%s %d", text, tcp[0] << 8 | tcp[1]);
		ledger_add(syns, key, 1);
	}
	return syns;
}

/* Is it in the capture?  Each SYN is of one session. */
static bool
is_captured(json_t *syns, const json_t *session)
{
	char key[INET6_ADDRSTRLEN + 8];

	if (json_object_get(session, "sport") == NULL)
		return true;
	snprintf(key, sizeof(key), "%s %d", ledger_text(session, "src"),
	    (int)ledger_number(session, "sport"));
	if (ledger_number(syns, key) == 0)
		return false;
	ledger_add(syns, key, -1);
	return true;
}

static double
start_of(const json_t *session)
{
	const json_t *start = json_object_get(session, "t_start");

	return json_number_value(
	    start != NULL ? start : json_object_get(session, "t"));
}

static void
read_ledger(struct wire_ledger *l, const struct run *run,
    const struct capture_file *file)
{
	char command[256];
	json_t *truth, *sessions, *session, *syns = syns_of(file);
	size_t i;

	snprintf(command, sizeof(command),
	    "xz -dc tests/corpus/%s.truth.json.xz", run->truth);
	truth = json_of(command);
	assert_non_null(truth);
	l->has_reasons = run->read == wire_session_by_kind;
	l->clients = json_object();
	l->reasons = json_object();
	sessions = json_object_get(truth, run->read == wire_session_of_sink
					      ? "remote_sink_sessions"
					      : "sessions");
	json_array_foreach (sessions, i, session) {
		struct wire_session s = { .reasons = l->has_reasons ? l->reasons
								    : NULL };
		const char *proto = ledger_text(session, "proto");

		if ((*proto != '\0' && strcmp(proto, "smtp") != 0) ||
		    start_of(session) < seconds_of(&file->packets[0]) - 1 ||
		    start_of(session) > seconds_of(&file->packets[file->n - 1]))
			continue;
		run->read(&s, session);
		wire_add(l, &s, !is_captured(syns, session));
		wire_client(l,
		    ledger_text(session,
			run->read == wire_session_of_sink ? "peer" : "src"),
		    &s);
	}
	json_decref(syns);
	json_decref(truth);
}

static void
compare(
    const struct wire_ledger *l, const json_t *account, const struct run *run)
{
	json_t *ranges = json_object();
	const char *reason;
	char key[64];
	json_t *value;

	for (int f = 0; f < WIRE_FIGURES; f++)
		if (f != WIRE_FIGURE_RELAY_DENIED || !run->unclear)
			ledger_set(
			    ranges, wire_keys[f], l->least[f], l->most[f]);
	json_object_foreach (l->reasons, reason, value) {
		json_int_t n = json_integer_value(value);

		snprintf(key, sizeof(key), "wire.rejects.%s", reason);
		ledger_set(ranges, key, n,
		    n + (strcmp(reason, "protocol") == 0 ? l->unread : 0));
	}
	compare_figures(ranges, account, run->capture);
	json_decref(ranges);
}

static void
compare_client(
    const json_t *want, const json_t *got, const char *run, const char *address)
{
	static const char *const keys[] = { "relay_denied", "auth_failed",
		"received" };
	json_int_t least = ledger_number(want, "rejected");
	json_int_t n = ledger_number(got, "rejected");

	if (n < least || n > least + ledger_number(want, "unread"))
		complain("%s: client %s: rejected is %lld, the ledger has %lld",
		    run, address, (long long)n, (long long)least);
	for (size_t i = 0; i < NELEMS(keys); i++)
		if (ledger_number(got, keys[i]) != ledger_number(want, keys[i]))
			complain("%s: client %s: %s is %lld, the ledger has "
				 "%lld",
			    run, address, keys[i],
			    (long long)ledger_number(got, keys[i]),
			    (long long)ledger_number(want, keys[i]));
}

static void
compare_clients(
    const struct wire_ledger *l, const json_t *account, const struct run *run)
{
	const json_t *clients = json_object_get(account, "clients");
	const char *address;
	json_t *want, *row;
	size_t i;

	json_object_foreach (l->clients, address, want)
		compare_client(want, row_of(clients, "address", address),
		    run->capture, address);
	/* Of POP3 and IMAP others may be: test_corpus_logins.c has them. */
	json_array_foreach (clients, i, row)
		if (ledger_number(row, "rejected") +
			    ledger_number(row, "auth_failed") +
			    ledger_number(row, "received") !=
			0 &&
		    json_object_get(l->clients, ledger_text(row, "address")) ==
			NULL)
			complain("%s: client %s is not in the ledger",
			    run->capture, ledger_text(row, "address"));
}

static void
the_wire_shows_what_the_ledger_tells(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		struct wire_ledger l = { 0 };
		struct capture_file file;
		json_t *account;

		load(&file, runs[i].capture);
		read_ledger(&l, &runs[i], &file);
		account = account_of_capture(&file);
		compare(&l, account, &runs[i]);
		/* A capture that lost sessions lost them for their clients. */
		if (l.least[WIRE_FIGURE_SESSIONS] ==
			l.most[WIRE_FIGURE_SESSIONS] &&
		    !runs[i].unclear)
			compare_clients(&l, account, &runs[i]);
		json_decref(account);
		json_decref(l.clients);
		json_decref(l.reasons);
		capture_drop(&file);
	}
	assert_int_equal(complaints, 0);
}

static const struct mutation {
	const char *name;
	void (*make)(const struct capture_file *, struct capture_file *);
} mutations[];

static void
reorder(const struct capture_file *from, struct capture_file *to)
{
	capture_reorder(from, to, 8);
}

static void
reorder_fragments(const struct capture_file *from, struct capture_file *to)
{
	struct capture_file cut = { .link = from->link, .seed = 3 };

	capture_fragment(from, &cut);
	capture_reorder(&cut, to, 8);
	capture_drop(&cut);
}

static const struct mutation mutations[] = {
	{ "doubled", capture_duplicate },
	{ "in another order", reorder },
	{ "cut to fragments", capture_fragment },
	{ "cut, and in another order", reorder_fragments },
};

/* All but the packets themselves. */
static void
compare_mutant(
    json_t *plain, json_t *mutant, const char *run, const char *mutation)
{
	char what[128];

	snprintf(what, sizeof(what), "%s, %s", run, mutation);
	json_object_del(json_object_get(plain, "wire"), "packets");
	json_object_del(json_object_get(mutant, "wire"), "packets");
	json_object_del(plain, "span");
	json_object_del(mutant, "span");
	compare_json(plain, mutant, what, "");
}

static void
order_copies_and_fragments_change_nothing(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		struct capture_file file, mutant;
		json_t *plain, *account;

		load(&file, runs[i].capture);
		plain = account_of_capture(&file);
		for (size_t m = 0; m < NELEMS(mutations); m++) {
			if (file.link != DLT_EN10MB && m >= 2)
				continue; /* cut as Ethernet's */
			/* What the capture lost may be a gap or not. */
			if (figure(plain, "wire.gaps") != 0 && m % 2 == 1)
				continue;
			mutant = (struct capture_file){ .link = file.link,
				.seed = (uint32_t)(i * 8 + m + 1) };
			mutations[m].make(&file, &mutant);
			account = account_of_capture(&mutant);
			compare_mutant(
			    plain, account, runs[i].capture, mutations[m].name);
			json_decref(account);
			capture_drop(&mutant);
		}
		json_decref(plain);
		capture_drop(&file);
	}
	assert_int_equal(complaints, 0);
}

/* What is missing is not made up: no more, and not much less. */
static void
compare_lossy(const json_t *plain, const json_t *lossy, const char *run)
{
	for (int f = 0; f < WIRE_FIGURES; f++) {
		json_int_t whole = figure(plain, wire_keys[f]);
		json_int_t n = figure(lossy, wire_keys[f]);
		json_int_t least = whole - whole / 5 - 3;

		/* Of a session that did nothing the one packet may be lost. */
		if (f == WIRE_FIGURE_SESSIONS)
			least = whole - whole / 500 - 1;
		if (f == WIRE_FIGURE_BYTES) { /* a few messages are large */
			least = whole / 2;
			/* and a hole may have held dots that were doubled */
			whole += figure(lossy, "wire.gaps") * 64;
		}
		if (n < least || n > whole)
			complain("%s, lossy: %s is %lld, of %lld", run,
			    wire_keys[f], (long long)n, (long long)whole);
	}
}

static void
lost_packets_make_nothing_up(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		struct capture_file file, mutant;
		json_t *plain, *lossy;

		load(&file, runs[i].capture);
		plain = account_of_capture(&file);
		for (uint32_t seed = 1; seed <= 3; seed++) {
			mutant = (struct capture_file){ .link = file.link,
				.seed = seed };
			capture_lose(&file, &mutant, 100);
			lossy = account_of_capture(&mutant);
			compare_lossy(plain, lossy, runs[i].capture);
			json_decref(lossy);
			capture_drop(&mutant);
		}
		json_decref(plain);
		capture_drop(&file);
	}
	assert_int_equal(complaints, 0);
}

/* The hop to a content filter is on no port of a mail server. */
static void
other_ports_are_no_mail(void **state)
{
	json_t *account;
	struct capture_file file;

	(void)state;
	complaints = 0;
	load(&file, "a-month.lo");
	account = account_of_capture(&file);
	assert_int_equal(figure(account, "wire.sessions"), 0);
	assert_int_equal(figure(account, "wire.packets"), (json_int_t)file.n);
	json_decref(account);
	capture_drop(&file);
}

/* As tcpdump took them once, by default: 96 bytes. */
static void
a_capture_of_headers_makes_nothing_up(void **state)
{
	struct capture_file file, mutant = { .seed = 1 };
	json_t *plain, *account;

	(void)state;
	complaints = 0;
	load(&file, "a-month");
	plain = account_of_capture(&file);
	mutant.link = file.link;
	capture_shorten(&file, &mutant, 96);
	account = account_of_capture(&mutant);
	assert_int_equal(
	    figure(account, "wire.sessions"), figure(plain, "wire.sessions"));
	for (int f = 0; f < WIRE_FIGURES; f++)
		assert_true(figure(account, wire_keys[f]) <=
			    figure(plain, wire_keys[f]));
	assert_true(figure(account, "wire.gaps") > 0);
	json_decref(account);
	json_decref(plain);
	capture_drop(&mutant);
	capture_drop(&file);
}

static void
a_capture_in_another_format_is_the_same(void **state)
{
	char path[] = "/tmp/mailweir-wire-XXXXXX";
	struct capture_file file;
	json_t *plain, *account;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	close(fd);
	load(&file, "a-month");
	plain = account_of_capture(&file);
	capture_save_ng(&file, path);
	account = account_of(path);
	unlink(path);
	assert_true(json_equal(plain, account));
	json_decref(account);
	json_decref(plain);
	capture_drop(&file);
}

/* What programs read is what was promised, and of a log it is empty. */
static void
the_wire_has_its_keys_and_no_other(void **state)
{
	static const char *const keys[] = { "sessions", "messages",
		"recipients", "bytes", "rejects", "relay_denied", "auth_ok",
		"auth_failed", "tls", "vrfy", "expn", "packets", "gaps" };
	json_t *account = account_of("tests/corpus/wire/a-month.pcap.xz");
	json_t *wire = json_object_get(account, "wire");

	(void)state;
	for (size_t i = 0; i < NELEMS(keys); i++)
		assert_non_null(json_object_get(wire, keys[i]));
	assert_int_equal(json_object_size(wire), NELEMS(keys));
	/* total, temporary, permanent and one a reason */
	assert_int_equal(json_object_size(json_object_get(wire, "rejects")),
	    json_object_size(json_object_get(account, "rejects")));
	/* The log's own are untouched. */
	assert_int_equal(figure(account, "rejects.total"), 0);
	assert_int_equal(figure(account, "sessions.connected"), 0);
	json_decref(account);
	account = account_of("tests/corpus/a-month.log.xz");
	assert_int_equal(json_object_size(json_object_get(account, "wire")), 0);
	json_decref(account);
}

/* Whoever captured was stopped in the middle of a packet. */
static void
a_capture_that_was_cut_counts_to_there(void **state)
{
	char path[] = "/tmp/mailweir-wire-XXXXXX";
	struct capture_file file;
	json_t *plain, *account;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	load(&file, "a-month");
	plain = account_of_capture(&file);
	capture_save(&file, path);
	assert_int_equal(ftruncate(fd, 500000), 0);
	close(fd);
	account = account_of(path);
	assert_non_null(account);
	unlink(path);
	assert_in_range(figure(account, "wire.sessions"), 1,
	    figure(plain, "wire.sessions") - 1);
	json_decref(account);
	json_decref(plain);
	capture_drop(&file);
}

static void
a_compressed_capture_is_the_same(void **state)
{
	struct capture_file file;
	json_t *plain, *account;

	(void)state;
	complaints = 0;
	load(&file, "a-month");
	plain = account_of_capture(&file);
	account = account_of("tests/corpus/wire/a-month.pcap.xz");
	assert_true(json_equal(plain, account));
	json_decref(account);
	json_decref(plain);
	capture_drop(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wire_shows_what_the_ledger_tells),
		cmocka_unit_test(order_copies_and_fragments_change_nothing),
		cmocka_unit_test(lost_packets_make_nothing_up),
		cmocka_unit_test(other_ports_are_no_mail),
		cmocka_unit_test(a_capture_of_headers_makes_nothing_up),
		cmocka_unit_test(a_capture_in_another_format_is_the_same),
		cmocka_unit_test(the_wire_has_its_keys_and_no_other),
		cmocka_unit_test(a_capture_that_was_cut_counts_to_there),
		cmocka_unit_test(a_compressed_capture_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
