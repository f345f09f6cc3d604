"""The follow-up for an agency's staff: the waves of a fair, their words, and answers given on the telephone."""

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from config import LANGUAGES
from fairlink.fairs import queries as fairs
from fairlink.followup import emails, queries, rules, service
from fairlink.followup.forms import TelephoneForm, WaveTextForm, plan_form
from fairlink.followup.states import Channel, Side
from fairlink.followup.views.blueprint import bp
from fairlink.followup.views.questions import question_page
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate, searched_text
from fairlink.web.session import db_session


@bp.get("/staff/fairs/<int:fair_id>/follow-up")
@guarded(Can.FOLLOWUP_READ, load=fairs.fair)
def fair_followup(fair: Any) -> ResponseReturnValue:
    """How the waves of a fair stand, and who has not answered."""
    session = db_session()
    page = paginate(
        session,
        queries.unanswered(fair.id, utcnow(), text := searched_text()),
        queries.PROMPT_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    return render_template(
        "followup/fair.html",
        fair=fair,
        waves=queries.waves(session, fair.id),
        counts=queries.wave_counts(session, fair.id),
        none=queries.WaveCount(),
        page=page,
        text=text,
    )


@bp.route("/staff/fairs/<int:fair_id>/follow-up/plan", methods=["GET", "POST"])
@guarded(Can.FOLLOWUP_PLAN, load=fairs.fair, reads=Can.FOLLOWUP_READ)
def plan(fair: Any) -> ResponseReturnValue:
    """The days of the waves, for each side, until they are planned."""
    begun, days = _plan(fair)
    form = plan_form(begun, days)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                chosen = {side: form.days(side) for side in Side}
                service.set_plan(session, fair, chosen, by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".fair_followup", fair_id=fair.id))
    return render_template("followup/plan.html", form=form, fair=fair, begun=begun, Side=Side), (
        422 if form.errors else 200
    )


def _plan(fair: Any) -> tuple[dict[Side, list[Any]], dict[Side, list[Any]]]:
    """The days of the waves that have begun and of the others, by side; the house's plan where there is none yet."""
    begun: dict[Side, list[Any]] = {side: [] for side in Side}
    days: dict[Side, list[Any]] = {side: [] for side in Side}
    waves = queries.waves(db_session(), fair.id)
    for wave in waves:
        group = begun if service.is_begun(wave) else days
        group[Side(wave.side)].append(local_date(wave.due_at, fair.zone))
    if not waves:
        instants = rules.wave_instants(fair.ends_on, fair.zone)
        days = {side: [local_date(instant, fair.zone) for instant in instants] for side in Side}
    return begun, days


@bp.route("/staff/fairs/<int:fair_id>/follow-up/texts", methods=["GET", "POST"])
@guarded(Can.FOLLOWUP_PLAN, load=fairs.fair, reads=Can.FOLLOWUP_READ)
def texts(fair: Any) -> ResponseReturnValue:
    """The words of the waves, for one side in one language, with a preview and a test to oneself."""
    side = Side.BUYER if request.args.get("side") == Side.BUYER else Side.FIRM
    locale = request.args.get("language", "")
    locale = locale if locale in LANGUAGES else LANGUAGES[0]
    text = queries.wave_text(db_session(), fair.id, side, locale)
    form = WaveTextForm(data={"subject": text.subject, "body": text.body} if text else None)
    shown = None
    if form.validate_on_submit():
        words = SimpleNamespace(subject=form.subject.data or "", body=form.body.data or "")
        if "save" in request.form:
            with unit_of_work(db_session()) as session:
                service.save_text(
                    session,
                    fair,
                    side,
                    locale,
                    subject=words.subject,
                    body=words.body,
                    by=current_user,
                    now=utcnow(),
                )
            flash(_("Saved."), "success")
            return redirect(url_for(".texts", fair_id=fair.id, side=side, language=locale))
        shown = emails.own_words(words, _example(fair)) if words.body.strip() else None
        if "test" in request.form and shown:
            with unit_of_work(db_session()) as session:
                service.send_test(session, fair, words, locale, to=current_user, now=utcnow())
            flash(_("Sent to %(email)s.", email=current_user.email), "success")
    return render_template(
        "followup/texts.html",
        form=form,
        fair=fair,
        side=side,
        language=locale,
        languages=LANGUAGES,
        shown=shown,
        placeholders=rules.PLACEHOLDERS,
    ), (422 if form.errors else 200)


def _example(fair: Any) -> dict[str, str]:
    return {"person": current_user.name, "met": "Example Foods", "fair": fair.title, "questions": "1"}


@bp.route("/staff/prompts/<int:prompt_id>", methods=["GET", "POST"])
@guarded(Can.PROMPT_RECORD, load=queries.prompt)
def telephone(prompt: Any) -> ResponseReturnValue:
    """Type what somebody answers on the telephone; it is marked so, with the officer's name."""
    done = url_for(".fair_followup", fair_id=prompt.lead.fair_id)
    return question_page(prompt, Channel.TELEPHONE, done=done, form_class=TelephoneForm)
