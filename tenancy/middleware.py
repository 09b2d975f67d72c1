from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from tenancy import context, lookups, seeing, tokens
from tenancy.models import ApiToken, Membership, Tenant

PAGES = "/t/"
PUBLIC = "/p/"
API = "/api/"


class CurrentTenant:
    """Enters the tenant around view and rendering: of /t/<slug>/ for its members, of a token under /api/, of
    /p/<slug>/ for everybody: what stands there asks for a sealed address (tenancy.links).

    What a view leaves half-written when it raises is rolled back. A company one is no member of is the same
    404 as one that does not exist. Who sees the pages as a colleague (tenancy.seeing) changes nothing there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.tenant = request.member = request.token = None
        request.places = ()
        tenant_id = self._tenant_of(request)
        if tenant_id is None:
            return self.get_response(request)
        with context.entered(tenant_id):
            if request.path_info.startswith(PUBLIC):
                request.tenant = Tenant.objects.get()
            else:
                request.member = self._member_of(request)
                request.tenant = request.member.tenant if request.member else None
                if request.member and request.token is None:
                    request.member = seeing.member_for(request, request.member)
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if "tenant" in kwargs:
            kwargs.pop("tenant")
            public = request.path_info.startswith(PUBLIC)
            if request.tenant is None and (public or request.user.is_authenticated):
                raise Http404
        if seeing.forbids(request):
            return render(request, "settings/read_only.html", status=403)
        return None

    def process_exception(self, request, exception):
        if request.tenant is not None:
            transaction.set_rollback(True)

    def _tenant_of(self, request):
        if request.path_info.startswith(PAGES) and request.user.is_authenticated:
            slug = request.path_info[len(PAGES) :].split("/", 1)[0]
            request.places = lookups.places_of(request.user.pk)
            return next((place.tenant_id for place in request.places if place.slug == slug), None)
        if request.path_info.startswith(PUBLIC):
            return lookups.tenant_of_slug(request.path_info[len(PUBLIC) :].split("/", 1)[0][:40])
        if request.path_info.startswith(API):
            return self._tenant_of_token(request)
        return None

    def _tenant_of_token(self, request):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        found = lookups.tenant_of_token(secret.strip()) if scheme.lower() == "bearer" and secret else None
        if not found:
            return None
        tenant_id, request.token_id = found
        return tenant_id

    def _member_of(self, request):
        if not request.path_info.startswith(API):
            members = Membership.objects.select_related("role", "user", "tenant", "store")
            return members.filter(user_id=request.user.pk, is_active=True, user__is_active=True).first()
        live = ApiToken.objects.select_related("member__role", "member__user", "member__tenant", "member__store")
        token = live.filter(id=request.token_id, member__is_active=True, member__user__is_active=True).first()
        request.token = token
        if token:
            tokens.note_use(token, at=timezone.now())
        return token and token.member
