"""What is wrong with a document: one problem per place, and the error that carries them all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fairlink.kernel.errors import DomainError
from fairlink.subsidies.rules.wording import problem_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document.

    `path` is the place (``$.caps[0].amount_minor``), `code` the stable name of the reason, `params` what its sentence
    needs. `text` is the English sentence; `wording.problem_text` says it in another language.
    """

    path: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return problem_text(self.code, self.params)

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class DocumentError(DomainError):
    """A document cannot be used; `problems` lists every fault found, in the order of the document."""

    http_status = 422
    error_code = "document_invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(self.error_code)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class RulesError(DocumentError):
    """The rules of a scheme cannot be used."""

    error_code = "rules_invalid"


class FactsError(DocumentError):
    """The facts of an application cannot be used, by themselves or with these rules."""

    error_code = "facts_invalid"
