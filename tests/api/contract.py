"""Holds an answer against the OpenAPI document: its status must be named there and its body must fit."""

import json
from functools import cache

from django.urls import resolve
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from crm.api.documents import document

BASE = "urn:document"
NOT_OF_AN_OPERATION = {404, 405}


@cache
def opened() -> dict:
    return json.loads(document())


@cache
def registry() -> Registry:
    return Registry().with_resource(BASE, DRAFT202012.create_resource(opened()))


@cache
def validator(*place: str) -> Draft202012Validator:
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
    reference = {"$ref": f"{BASE}#/{pointer}"}
    return Draft202012Validator(reference, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def template_of(path: str) -> str:
    """/api/v1/customers/<id>/ as it stands in the document."""
    route = resolve(path).route
    return "/" + "".join(
        "{" + part.split(":")[1].replace(">", "}", 1) if part.startswith("uuid:") else part for part in route.split("<")
    )


def check(response, *, method: str, path: str) -> None:
    """Fails where the answer is none of those the document promises."""
    kind = response.get("Content-Type")
    if response.status_code >= 400:
        assert kind == "application/problem+json", response.content
        validator("components", "schemas", "Problem").validate(response.json())
        assert response.json()["status"] == response.status_code
    operation = opened()["paths"].get(template_of(path), {}).get(method.lower())
    if operation is None:
        assert response.status_code in NOT_OF_AN_OPERATION | {400, 401, 429}, response.content
        return
    assert str(response.status_code) in operation["responses"], (method, path, response.status_code)
    if response.status_code == 204:
        assert response.content == b""
    elif response.streaming:
        assert kind in operation["responses"][str(response.status_code)]["content"]
    elif response.status_code < 400:
        assert kind == "application/json"
        place = ("paths", template_of(path), method.lower(), "responses", str(response.status_code))
        validator(*place, "content", kind, "schema").validate(response.json())
