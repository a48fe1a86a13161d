"""How a run can end without a post, in the words that Dispatch shows.

Dispatch calls a ValueError an InputError and everything else a FunctionError; it runs no function twice by itself. So
the type says whose fault it is, and the text says whether a second run would help.
"""


class NothingToDo(Exception):
    """Not a fault: this event needs no post, or its post exists already."""


class Refused(ValueError):
    """The event or its picture is at fault, and the same run would end the same way."""


class Misconfigured(RuntimeError):
    """A key, a permission or a setting is at fault: correct it, and run the event again."""


class TryLater(RuntimeError):
    """Nothing was posted, and the same run may succeed later."""


class Unclear(RuntimeError):
    """X was asked for the post and gave no answer: the post may exist, so it is not repeated automatically."""
