from django import forms


class TenantModelForm(forms.ModelForm):
    """Checks constraints that begin with the tenant, although no form shows it."""

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"tenant"}
