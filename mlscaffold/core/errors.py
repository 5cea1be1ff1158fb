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


class UnknownCommitError(UnreachableTemplateError):
    """The template's repository answers, and has no such commit (any more)."""


class LackingError(MlscaffoldError):
    """Contents are looked at that were left at a server; `oids` are theirs."""

    def __init__(self, oids: tuple[str, ...]) -> None:
        super().__init__("Not all contents that are needed are here.", "Run the same command again.")
        self.oids = oids


class RenderError(MlscaffoldError):
    """The template does not render with these answers."""


class TargetError(RenderError):
    """The template does not render at the commit that is wanted; `commit` is that one."""

    def __init__(self, what: str, hint: str, commit: str) -> None:
        super().__init__(what, hint)
        self.commit = commit


class HookError(RenderError):
    """A hook of the template failed; the hint is what it said."""


class NeedsRelinkError(UnreachableTemplateError):
    """The recorded commit is no longer in the template's history, and nothing there is the same."""


class NeedsInputError(MlscaffoldError):
    """The template asks for something that nobody has answered yet, and has no default; `names` are the variables."""

    def __init__(self, names: tuple[str, ...]) -> None:
        asked = ", ".join(names)
        given = " ".join(f"--answer {name}=…" for name in names)
        super().__init__(
            f"The template asks for what it did not before, without a default: {asked}.",
            f"Answer it: {given}",
        )
        self.names = names


class PackageMovesError(MlscaffoldError):
    """The update would move a project's sources."""


class ForgeError(MlscaffoldError):
    """The forge did not answer what was asked about one repo."""


class ForgeStopError(ForgeError):
    """The forge will answer nothing more for now: the whole run ends, and can be resumed."""


class ForgeRefusedError(ForgeError):
    """The forge understood and said no."""

    def __init__(self, what: str, hint: str = "", *, status: int) -> None:
        super().__init__(what, hint)
        self.status = status


class WithheldError(ForgeError):
    """The forge took nothing because of some folders, which this token may not change.

    remembered: it said so in an earlier run, and of this repo.
    """

    def __init__(self, folders: tuple[str, ...], said: str, *, remembered: bool = False) -> None:
        super().__init__(said, "Give the token that permission.")
        self.folders = folders
        self.remembered = remembered


class ForgeLostError(ForgeError):
    """A write went out and no answer came back: done or not, only a look at the forge can tell."""
