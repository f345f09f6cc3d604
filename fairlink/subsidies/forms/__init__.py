"""What staff fill in about schemes and calls."""

from fairlink.subsidies.forms.calls import AssessmentForm, CallForm, PlanForm
from fairlink.subsidies.forms.schemes import SECTIONS, ImportForm, RenewalForm, SchemeForm, SectionForm, section_form
from fairlink.subsidies.forms.shaped import Surroundings, dress, is_filled_in, lists_of, show_problems
from fairlink.subsidies.forms.words import cost_class_name

__all__ = [
    "SECTIONS",
    "AssessmentForm",
    "CallForm",
    "ImportForm",
    "PlanForm",
    "RenewalForm",
    "SchemeForm",
    "SectionForm",
    "Surroundings",
    "cost_class_name",
    "dress",
    "is_filled_in",
    "lists_of",
    "section_form",
    "show_problems",
]
