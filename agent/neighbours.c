/* neighbours.c - the addresses of hosts that pass mail on to us or for us */
#include "agent/neighbours.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent_impl.h"
#include "base/log.h"
#include "base/mem.h"

#define AGAIN_SECS   3600
#define ANSWER_BYTES 65536
#define SILENCES     3 /* unanswered in a row: there is no name service */
#define ASK_SECS     2 /* until a question is unanswered */
#define OUTPUT_BYTES (NEIGHBOURS_MOST * ADDR_TEXT)

struct asking {
	FILE *out;
	size_t count;
	unsigned silences;
};

static void
put(struct asking *asking, const struct addr *addr)
{
	char text[ADDR_TEXT];

	if (asking->count == NEIGHBOURS_MOST)
		return;
	asking->count++;
	addr_print(addr, text);
	fprintf(asking->out, "%s\n", text);
}

static void
take_host(void *arg, const char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct asking *asking = arg;
	struct addrinfo *list;
	struct addr addr;
	int rc;

	if (asking->silences == SILENCES)
		return;
	rc = getaddrinfo(host, NULL, &hints, &list);
	asking->silences = rc == EAI_AGAIN ? asking->silences + 1 : 0;
	if (rc != 0)
		return;
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		unsigned bits = 128;

		memset(&addr, 0, sizeof(addr));
		addr.family = a->ai_family == AF_INET ? 4 : 6;
		if (a->ai_family == AF_INET)
			memcpy(addr.b,
			    &((struct sockaddr_in *)(void *)a->ai_addr)
				 ->sin_addr,
			    4);
		else if (a->ai_family == AF_INET6)
			memcpy(addr.b,
			    &((struct sockaddr_in6 *)(void *)a->ai_addr)
				 ->sin6_addr,
			    16);
		addr_unmap(&addr, &bits);
		put(asking, &addr);
	}
	freeaddrinfo(list);
}

void
neighbours_exchangers(
    const unsigned char *answer, size_t n, neighbours_host_fn *take, void *arg)
{
	char host[NS_MAXDNAME];
	ns_msg message;
	ns_rr row;

	if (ns_initparse(answer, (int)n, &message) == -1)
		return;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		if (ns_parserr(&message, ns_s_an, i, &row) == -1)
			return;
		/* A preference of two bytes, then the name. */
		if (ns_rr_type(row) != ns_t_mx || ns_rr_rdlen(row) < 3 ||
		    dn_expand(answer, answer + n, ns_rr_rdata(row) + 2, host,
			sizeof(host)) == -1)
			continue;
		take(arg, host);
	}
}

static void
take_domain(struct asking *asking, const char *domain)
{
	static unsigned char answer[ANSWER_BYTES];
	int n;

	if (asking->silences == SILENCES)
		return;
	n = res_query(domain, ns_c_in, ns_t_mx, answer, sizeof(answer));
	if (n == -1)
		asking->silences =
		    h_errno == TRY_AGAIN ? asking->silences + 1 : 0;
	else
		neighbours_exchangers(answer,
		    (size_t)n < sizeof(answer) ? (size_t)n : sizeof(answer),
		    take_host, asking);
}

/* "h [mail.example.org]", "h 192.0.2.25", "h example.org", "d example.org" */
static void
take_name(struct asking *asking, struct slice line)
{
	struct addr addr;
	char name[256];
	bool is_domain = slice_skips(&line, "d ");

	if (!is_domain && !slice_skips(&line, "h "))
		return;
	if (slice_skips(&line, "[") && slice_ends(line, SLICE("]")))
		line.n--;
	else if (!is_domain)
		is_domain = !addr_parse(line, &addr);
	slice_copy(line, name, sizeof(name));
	if (addr_parse(line, &addr)) {
		put(asking, &addr);
	} else if (is_domain) {
		take_domain(asking, name);
	} else {
		take_host(asking, name);
	}
}

int
neighbours_work(void *arg, int in, int out, int stop, struct err *err)
{
	struct asking asking = { .out = fdopen(dup(out), "w") };
	FILE *names = in == -1 ? NULL : fdopen(dup(in), "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	(void)arg;
	(void)stop;
	if (asking.out == NULL || names == NULL) {
		if (asking.out != NULL)
			fclose(asking.out);
		return err_sys(err, "hosts beside us");
	}
	if (res_init() == 0) {
		_res.retrans = ASK_SECS;
		_res.retry = 1;
	}
	rewind(names);
	while ((n = getline(&line, &size, names)) > 1)
		take_name(&asking, (struct slice){ line, (size_t)n - 1 });
	free(line);
	fclose(names);
	return fclose(asking.out) == EOF ? err_sys(err, "hosts beside us") : 0;
}

static void
take_answer(struct agent *agent, struct slice text)
{
	struct prefix list[NEIGHBOURS_MOST];
	struct slice line;
	size_t n = 0;

	while (n < NEIGHBOURS_MOST && slice_cut(&text, SLICE("\n"), &line))
		n += prefix_parse(line, &list[n]);
	/* No answer at all is no reason to forget those that were known. */
	if (n != 0)
		blocks_exempt(agent->respond.blocks, EXEMPT_HOSTS, list, n);
}

static void
answered(void *arg, int output, const struct err *failed)
{
	static char text[OUTPUT_BYTES];
	size_t n = 0;
	ssize_t got;

	if (output == -1) {
		log_warn("hosts beside us: %s", failed->text);
		return;
	}
	while (n < sizeof(text) &&
	       (got = read(output, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	take_answer(arg, (struct slice){ text, n });
}

static void
ask(struct agent *agent)
{
	struct err err;
	size_t n = strlen(agent->blocking.names);
	int fd = programs_memory("hosts", &err);

	agent->blocking.asked_at = now_ms(agent) / 1000;
	if (fd != -1 && write(fd, agent->blocking.names, n) != (ssize_t)n)
		err_sys(&err, "hosts beside us");
	else if (fd != -1 && programs_ask(agent->programs, JOB_NEIGHBOURS, fd,
				 answered, agent, &err) == 0)
		err.text[0] = '\0';
	if (fd == -1 || err.text[0] != '\0')
		log_warn("%s", err.text);
	if (fd != -1)
		close(fd);
}

void
neighbours_ask(struct agent *agent, const struct ours *found)
{
	size_t size, domains = 0;
	FILE *out;

	free(agent->blocking.names);
	out = open_memstream(&agent->blocking.names, &size);
	if (out == NULL)
		abort();
	for (size_t i = 0; i < found->host_count; i++)
		fprintf(out, "h %s\n", found->hosts[i]);
	for (size_t i = 0;
	     i < found->domain_count && domains < NEIGHBOURS_DOMAINS; i++) {
		const char *name = found->domains[i].name;

		if (strchr(name, '.') == NULL || name[0] == '.')
			continue; /* of this network alone, or a pattern */
		fprintf(out, "d %s\n", name);
		domains++;
	}
	if (fclose(out) == EOF)
		abort();
	if (agent->blocking.names[0] != '\0')
		ask(agent);
}

void
neighbours_tick(struct agent *agent)
{
	if (agent->blocking.names != NULL && agent->blocking.names[0] != '\0' &&
	    now_ms(agent) / 1000 - agent->blocking.asked_at >= AGAIN_SECS)
		ask(agent);
}

void
neighbours_close(struct agent *agent)
{
	free(agent->blocking.names);
	agent->blocking.names = NULL;
}
