"""`{% component %}`: a template of `_components/` around what stands between its tags."""

from django.template import Library, Node, NodeList, TemplateSyntaxError
from django.template.base import token_kwargs
from django.utils.html import format_html_join

register = Library()

PASSED_ON = ("tenant", "member", "csrf_token")
ATTRIBUTES = ("hx_", "data_", "aria_")


class SlotNode(Node):
    def __init__(self, name, nodelist):
        self.name, self.nodelist = name, nodelist

    def render(self, context):
        return self.nodelist.render(context)


class ComponentNode(Node):
    child_nodelists = ("slots", "body")

    def __init__(self, name, values, nodelist):
        self.name, self.values = name, values
        self.slots = NodeList(node for node in nodelist if isinstance(node, SlotNode))
        self.body = NodeList(node for node in nodelist if not isinstance(node, SlotNode))

    def render(self, context):
        values = {name: value.resolve(context) for name, value in self.values.items()}
        attributes = [key for key in values if key.startswith(ATTRIBUTES)]
        values["attributes"] = format_html_join(
            "", ' {}="{}"', ((key.replace("_", "-"), values.pop(key)) for key in attributes)
        )
        values.update((slot.name, slot.render(context)) for slot in self.slots)
        values["body"] = self.body.render(context)
        values.update((key, context[key]) for key in PASSED_ON if key in context and key not in values)
        template = context.template.engine.get_template(f"_components/{self.name}.html")
        return template.render(context.new(values))


def _name(parser, token) -> tuple[str, dict]:
    tag, *bits = token.split_contents()
    if not bits or bits[0][0] not in "\"'":
        raise TemplateSyntaxError(f"{tag} needs a quoted name first")
    values = token_kwargs(bits[1:], parser)
    return bits[0][1:-1], values


@register.tag
def component(parser, token):
    """`{% component "panel" title=_("Orders") %} body {% slot "actions" %} … {% endslot %}{% endcomponent %}`

    The template sees its parameters, `body`, each slot by its name, tenant and member, no more of the page.
    Parameters that begin with hx_, data_ or aria_ arrive together as `attributes`.
    """
    name, values = _name(parser, token)
    nodelist = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(name, values, nodelist)


@register.tag
def slot(parser, token):
    """A named part of a component's content."""
    name, _ = _name(parser, token)
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, nodelist)
