"""What keeps us from answering: one sentence on what is wrong, one on what to do."""


class MlscaffoldError(Exception):
    """The question could not be answered (exit code 3).

    `what` says in one sentence what is wrong, `hint` what the user can do about it.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class UsageError(MlscaffoldError):
    """The command was given something it cannot mean (exit code 2)."""


class NoRecordError(MlscaffoldError):
    """The folder has no `.cruft.json`."""


class RecordError(MlscaffoldError):
    """The `.cruft.json` is there and cannot be used."""


class UntrustedTemplateError(MlscaffoldError):
    """Rendering a template runs its code, and nobody who may has said that this one may run.

    `address` is what could be trusted to change that, "" if nothing could.
    """

    def __init__(self, what: str, hint: str = "", address: str = "") -> None:
        super().__init__(what, hint)
        self.address = address


class UnreachableTemplateError(MlscaffoldError):
    """The template's repository, or the commit that is wanted of it, is not to be had."""


class RenderError(MlscaffoldError):
    """The template does not render with these answers."""
