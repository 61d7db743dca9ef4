/* programs.c - the helper that runs other programs, and answers later */
#include "agent/programs.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/log.h"
#include "base/mem.h"

struct program_request {
	uint32_t job;
};

struct program_answer {
	bool failed;
	struct err err;
};

struct asked {
	uint32_t number;
	program_done_fn *done;
	void *arg;
};

struct programs {
	struct helper *helper; /* NULL: it has ended */
	const struct program_job *jobs;
	size_t job_count;
	struct asked asked[PROGRAMS_ASKED]; /* in their order */
	size_t asked_count;
};

int
programs_memory(const char *name, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	return fd == -1 ? err_sys(err, "%s: memory", name) : fd;
}

static void
serve(void *arg, const void *request_bytes, void *answer_bytes, int *fd)
{
	const struct programs *programs = arg;
	const struct program_request *request = request_bytes;
	struct program_answer *answer = answer_bytes;
	const struct program_job *job;
	int in = *fd, out;

	*fd = -1;
	answer->failed = true;
	if (request->job >= programs->job_count) {
		err_set(
		    &answer->err, "there is no job %u", (unsigned)request->job);
	} else {
		job = &programs->jobs[request->job];
		out = programs_memory(job->name, &answer->err);
		if (out != -1 &&
		    job->work(job->arg, in, out, HELPER_FD, &answer->err) ==
			0 &&
		    lseek(out, 0, SEEK_SET) == 0) {
			answer->failed = false;
			*fd = out;
		} else if (out != -1) {
			close(out);
		}
	}
	if (in != -1)
		close(in);
}

struct programs *
programs_start(const struct program_job *jobs, size_t n, uid_t uid, gid_t gid,
    uint64_t capabilities, struct err *err)
{
	struct programs *programs = mem_zero(1, sizeof(*programs));
	const struct helper_config config = {
		.name = "weir-programs",
		.request_bytes = sizeof(struct program_request),
		.answer_bytes = sizeof(struct program_answer),
		.serve = serve,
		.arg = programs,
		.takes_fd = true,
		.uid = uid,
		.gid = gid,
		.capabilities = capabilities,
		.may_gain = true,
	};

	programs->jobs = jobs;
	programs->job_count = n;
	programs->helper = helper_start(&config, err);
	if (programs->helper == NULL) {
		programs_stop(programs);
		return NULL;
	}
	return programs;
}

void
programs_stop(struct programs *programs)
{
	if (programs == NULL)
		return;
	helper_stop(programs->helper);
	free(programs);
}

int
programs_ask(struct programs *programs, size_t i, int in, program_done_fn *done,
    void *arg, struct err *err)
{
	struct program_request request = { (uint32_t)i };
	struct asked *asked;

	if (programs->helper == NULL)
		return err_set(err, "%s: the helper programs has ended",
		    programs->jobs[i].name);
	if (programs->asked_count == PROGRAMS_ASKED)
		return err_set(err, "%s: %d jobs are waiting already",
		    programs->jobs[i].name, PROGRAMS_ASKED);
	asked = &programs->asked[programs->asked_count];
	if (helper_ask(programs->helper, &request, in, &asked->number, err) ==
	    -1)
		return -1;
	asked->done = done;
	asked->arg = arg;
	programs->asked_count++;
	return 0;
}

int
programs_fd(const struct programs *programs)
{
	return programs->helper == NULL ? -1 : helper_fd(programs->helper);
}

/* Answers come in the order of the questions.  A new one may be asked. */
static void
answer_first(struct programs *programs, int output, const struct err *err)
{
	struct asked first = programs->asked[0];

	programs->asked_count--;
	for (size_t i = 0; i < programs->asked_count; i++)
		programs->asked[i] = programs->asked[i + 1];
	first.done(first.arg, output, err);
}

static void
give_up(struct programs *programs, const struct err *err)
{
	helper_stop(programs->helper);
	programs->helper = NULL;
	while (programs->asked_count != 0)
		answer_first(programs, -1, err);
}

void
programs_ready(struct programs *programs)
{
	struct program_answer answer;
	uint32_t number;
	struct err err;
	int fd, rc;

	while (programs->helper != NULL) {
		rc = helper_answer(
		    programs->helper, &answer, &fd, &number, &err);
		if (rc == 0)
			return;
		if (rc == -1) {
			give_up(programs, &err);
			return;
		}
		answer.err.text[sizeof(answer.err.text) - 1] = '\0';
		if (fd == -1 && !answer.failed) {
			answer.failed = true;
			err_set(&answer.err, "no output came");
		}
		if (programs->asked_count == 0 ||
		    number != programs->asked[0].number)
			log_warn("helper programs: an answer that was not "
				 "asked for");
		else if (answer.failed)
			answer_first(programs, -1, &answer.err);
		else
			answer_first(programs, fd, NULL);
		if (fd != -1)
			close(fd);
	}
}
