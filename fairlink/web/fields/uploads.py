"""Files chosen on the reader's machine."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from wtforms import MultipleFileField
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from fairlink.kernel.errors import Invalid
from fairlink.kernel.uploads import DOCUMENTS, ENDINGS, MIME, FileKind, Upload, inspect
from fairlink.web.errors import sentence


class UploadField(MultipleFileField):
    """One or several files, told by their content; `data` is a list of what passed, empty if nothing was chosen.

    The page's form needs `multipart=True`. No file is kept by a page that is shown again: give uploads a page of
    their own.
    """

    data: list[Upload]

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        kinds: frozenset[FileKind] = DOCUMENTS,
        most: int = 1,
        **kwargs: Any,
    ) -> None:
        self.kinds, self.most = kinds, most
        accept = [each for kind in FileKind if kind in kinds for each in (MIME[kind], *ENDINGS[kind])]
        super().__init__(label, list(validators), **{"render_kw": {"accept": ",".join(accept)}} | kwargs)
        self.widget = FileInput(multiple=most > 1)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = []
        # An input without a file sends one of no name.
        chosen = [each for each in valuelist if getattr(each, "filename", "")]
        if len(chosen) > self.most:
            raise ValueError(gettext("At most %(most)s files at a time.", most=self.most))
        for file in chosen:
            try:
                self.data.append(inspect(file.filename, file.read(), self.kinds))
            except Invalid as error:
                raise ValueError(sentence(error)) from None

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            # What is refused needs no second complaint from the validators.
            raise StopValidation

    @property
    def upload(self) -> Upload | None:
        """The only file of a field for one."""
        return self.data[0] if self.data else None
