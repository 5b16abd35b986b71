"""The errors that users meet; each carries the exit code the command line ends with.

Knows nothing of what failed: the place that raises one writes the whole message, which says what
was expected, what was found (file and line where there is one) and what to do next.
"""


class S2SError(Exception):
    """Base of every error that is shown as one message, without a traceback."""

    exit_code = 1


class InputError(S2SError):
    """The call or the input was wrong: exit code 2."""

    exit_code = 2


class WorkError(S2SError):
    """The call was right and the work failed all the same: exit code 1."""

    exit_code = 1
