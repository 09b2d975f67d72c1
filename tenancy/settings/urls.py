from django.urls import include, path

from tenancy.settings import audit, company, places, roles, seeing, staff, tokens

app_name = "settings"
stores = [
    path("", places.stores, name="stores"),
    path("new/", places.store_create, name="store_create"),
    path("<uuid:store_id>/", places.store, name="store"),
    path("<uuid:store_id>/deletions/", places.store_deletions, name="store_deletions"),
]
teams = [
    path("", places.teams, name="teams"),
    path("new/", places.team_create, name="team_create"),
    path("<uuid:team_id>/", places.team, name="team"),
    path("<uuid:team_id>/deletions/", places.team_deletions, name="team_deletions"),
]
people = [
    path("", staff.staff_list, name="staff"),
    path("new/", staff.member_create, name="member_create"),
    path("<uuid:member_id>/", staff.member, name="member"),
    path("<uuid:member_id>/deactivations/", staff.deactivations, name="deactivations"),
    path("<uuid:member_id>/reactivations/", staff.reactivations, name="reactivations"),
    path("<uuid:member_id>/invitations/", staff.invitations, name="invitations"),
]
role_pages = [
    path("", roles.role_list, name="roles"),
    path("new/", roles.role_create, name="role_create"),
    path("permissions/", roles.permissions, name="permissions"),
    path("<uuid:role_id>/", roles.role, name="role"),
    path("<uuid:role_id>/deletions/", roles.role_deletions, name="role_deletions"),
]
token_pages = [
    path("", tokens.token_list, name="tokens"),
    path("new/", tokens.token_create, name="token_create"),
    path("<uuid:token_id>/revocations/", tokens.revocations, name="revocations"),
]
urlpatterns = [
    path("", company.index, name="index"),
    path("company/", company.company, name="company"),
    path("stores/", include(stores)),
    path("teams/", include(teams)),
    path("staff/", include(people)),
    path("roles/", include(role_pages)),
    path("seeing/", seeing.seeing_begins, name="seeing_begins"),
    path("seeing/ends/", seeing.seeing_ends, name="seeing_ends"),
    path("tokens/", include(token_pages)),
    path("audit/", audit.audit, name="audit"),
]
