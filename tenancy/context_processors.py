def tenant(request):
    """What every template may use: the company, the member, and the companies to switch to."""
    return {
        "tenant": getattr(request, "tenant", None),
        "member": getattr(request, "member", None),
        "memberships": getattr(request, "places", ()),
    }
