from tenancy import sending


def tenant(request):
    """What every template may use: the company, the member, and the companies to switch to."""
    return {
        "tenant": getattr(request, "tenant", None),
        "member": getattr(request, "member", None),
        "memberships": getattr(request, "places", ()),
        "sending_paused": sending.seen_paused,
    }
