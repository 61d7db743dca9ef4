/* check_journal.c - may the journal be read, and if not, what is missing */
#include "agent/check_journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where root would look, as who is going to read it. */
static bool
survey_as(struct privileges who, const struct source_config *source,
    struct journal_survey *survey)
{
	struct err err;
	int pipes[2];
	bool whole;
	pid_t pid;

	if (!who.drop) {
		collectors_survey_journal(source, survey);
		return true;
	}
	privileges_add_group(&who, JOURNAL_GROUP);
	if (pipe(pipes) == -1)
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (privileges_drop(&who, &err) == -1)
			_exit(1);
		collectors_survey_journal(source, survey);
		_exit(write(pipes[1], survey, sizeof(*survey)) == -1);
	}
	close(pipes[1]);
	whole = pid != -1 &&
		read(pipes[0], survey, sizeof(*survey)) == sizeof(*survey);
	close(pipes[0]);
	if (pid != -1)
		(void)waitpid(pid, NULL, 0);
	return whole;
}

bool
check_journal(const struct source_config *source, const struct privileges *who)
{
	const char *path = source->path != NULL ? source->path : "the journal";
	struct journal_survey survey;

	printf("source \"%s\": %s: ", source->title, path);
	if (!survey_as(*who, source, &survey)) {
		printf("%s\n", strerror(errno));
		return false;
	}
	if (survey.files == 0) {
		puts("not there yet; it is waited for");
		return true;
	}
	if (survey.denied == 0) {
		printf("can be read, %zu files\n", survey.files);
		return true;
	}
	printf(
	    "%zu of %zu files may not be read\n", survey.denied, survey.files);
	if (who->drop)
		printf("  they must be for the user %s or the group %s\n",
		    who->name, JOURNAL_GROUP);
	else
		printf("  start as root, or add this user to the group %s\n",
		    JOURNAL_GROUP);
	return false;
}
