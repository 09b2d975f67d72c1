from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers import handing_over
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Membership
from tenancy.parts import render_part
from tenancy.permissions import Permission


class HandoverForm(forms.Form):
    to = forms.ModelChoiceField(label=_("New owner"), queryset=None, empty_label=_("Choose …"))

    def __init__(self, *args, member: Membership, **options):
        super().__init__(*args, **options)
        others = Membership.objects.filter(is_active=True, user__is_active=True).exclude(id=member.id)
        self.fields["to"].queryset = others.select_related("user")


@requires(Permission.SETTINGS_EDIT)
def handovers(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """How many customers a colleague owns, and the form that gives all of them to another."""
    member = get_object_or_404(Membership.objects.select_related("user"), id=member_id)
    form = HandoverForm(request.POST or None, member=member)
    if form.is_valid():
        to = form.cleaned_data["to"]
        moved = handing_over.hand_over(member, to=to, by=request.member)
        told = ngettext("%(n)d customer is %(name)s’s now.", "%(n)d customers are %(name)s’s now.", moved)
        messages.success(request, told % {"n": moved, "name": to})
        return redirect_in(request, "settings:member", member_id=member.id)
    context = {"colleague": member, "count": handing_over.count(member), "form": form}
    return render_part(request, context, part="customers/_handover.html", page="customers/handover.html")
