"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something that the user gave cannot be used.

    The message is one sentence: what is wrong, where (file, participant, channel, row), what to do.
    Raise it at the first place that can see the fault; :func:`myoscene.job.job` and the command line
    print it without a traceback and end with a non-zero exit code.
    """
