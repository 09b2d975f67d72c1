from tenancy import sending


def tenant(request):
    """What every template may use: the company, the member, who looks at the pages as them, and the companies
    to switch to."""
    return {
        "tenant": getattr(request, "tenant", None),
        "member": getattr(request, "member", None),
        "viewer": getattr(getattr(request, "member", None), "viewer", None),
        "memberships": getattr(request, "places", ()),
        "sending_paused": sending.seen_paused,
    }
