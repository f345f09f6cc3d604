"""The errors that domain code raises; the web layer turns each into one page with its HTTP status."""

from typing import ClassVar


class DomainError(Exception):
    """A refused action: `code` names the reason for translation, `params` fill its sentence.

    Codes are stable identifiers such as ``envelope_exhausted``; the sentences live in `fairlink.web.errors`, so that
    services stay free of languages.
    """

    http_status: ClassVar[int] = 400

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class Invalid(DomainError):
    """The input cannot be accepted as it is. `field` names the form field the message belongs to, if any."""

    http_status = 422

    def __init__(self, code: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(code, **params)
        self.field = field


class NotFound(DomainError):
    """Nothing there, or nothing the viewer may know of."""

    http_status = 404


class Forbidden(DomainError):
    """The viewer may see the object but not do this with it."""

    http_status = 403


class Conflict(DomainError):
    """Somebody else was first, or the object has moved on."""

    http_status = 409


class TransitionNotAllowed(Conflict):
    """The action is not possible in the object's present state."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__("transition_not_allowed", state=state, action=action)
        self.state = state
        self.action = action
