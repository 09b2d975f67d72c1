"""The tags and filters that every template has without loading them."""

from django.template import Library

from crm.templatetags import cells, charts, components, figures, links, marks, people

register = Library()
for part in (cells, charts, components, figures, links, marks, people):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
