from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import keep
from tenancy.database.models import TenantModel

MOST_SCORE = 5


class Survey(TenantModel):
    """The company's one question: how was it, from 1 to 5? In both languages, for whoever answers."""

    question_zh = models.CharField(_("Question in Chinese"), max_length=120, default="您对这次购物满意吗？")
    question_en = models.CharField(_("Question in English"), max_length=120, default="How happy are you with us?")
    thanks_zh = models.CharField(_("Thanks in Chinese"), max_length=300, default="谢谢！我们会认真看每一条反馈。")
    thanks_en = models.CharField(
        _("Thanks in English"), max_length=300, default="Thank you! We read every single answer."
    )
    low_score = models.PositiveSmallIntegerField(
        _("A ticket is opened for a score up to"),
        default=2,
        validators=[MaxValueValidator(MOST_SCORE)],
        help_text=_("0 to 5; with 0 no answer opens a ticket."),
    )
    due_hours = models.PositiveSmallIntegerField(
        _("Hours until a ticket is due"), default=24, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    link_days = models.PositiveSmallIntegerField(
        _("Days that a link can be answered"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    is_active = models.BooleanField(_("Customers can answer"), default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="survey_of_company")]

    class Privacy:
        fields = keep(
            "the company's own words",
            "question_zh", "question_en", "thanks_zh", "thanks_en", "low_score", "due_hours", "link_days", "is_active",
        )  # fmt: skip

    def __str__(self):
        return self.question

    @property
    def question(self) -> str:
        """In the reader's language."""
        return self.question_zh if _is_chinese() else self.question_en

    @property
    def thanks(self) -> str:
        return self.thanks_zh if _is_chinese() else self.thanks_en

    @property
    def life(self) -> timedelta:
        return timedelta(days=self.link_days)


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")
