"""The documentation page: the OpenAPI document as plain HTML, without scripts or anybody else's servers."""

from collections import defaultdict
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem 4rem; }
code, pre { font: 0.9em ui-monospace, monospace; }
nav ul { columns: 12rem; padding-left: 1.2rem; }
details { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px;
  margin: 0.5rem 0; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; }
summary code { font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 0.25rem 0.5rem;
  text-align: left; vertical-align: top; }
"""


def page(document: Mapping[str, Any]) -> str:
    """`document` (OpenAPI 3.1, as `document.document` makes it) to read."""
    title = escape(document["info"]["title"])
    grouped: dict[str, list[str]] = defaultdict(list)
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            grouped[operation["tags"][0]].append(_operation(address, method, operation))
    links = "".join(f'<li><a href="#{_anchor(tag)}">{escape(tag)}</a></li>' for tag in grouped)
    sections = "".join(
        f'<section><h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(operations)}</section>'
        for tag, operations in grouped.items()
    )
    schemas = "".join(
        _schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{title}</h1><p>Version {escape(document['info']['version'])}. "
        'The same for machines: <a href="/api/v1/openapi.json">openapi.json</a>. '
        "Requests that change something carry the header <code>X-Unisono: 1</code>; "
        "the session is the cookie <code>unisono_session</code> "
        "(<code>__Host-unisono_session</code> at an https address).</p>"
        f'<nav aria-label="Sections"><ul>{links}<li><a href="#schemas">schemas</a></li></ul></nav>'
        f'{sections}<section><h2 id="schemas">schemas</h2>{schemas}</section></main></body></html>'
    )


def _operation(address: str, method: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<p>{escape(operation['summary'])}.</p>"]
    if operation["parameters"]:
        rows = "".join(
            f"<tr><td><code>{escape(p['name'])}</code></td><td>{p['in']}</td>"
            f"<td>{'required' if p['required'] else ''}</td><td>{_type(p['schema'])}</td></tr>"
            for p in operation["parameters"]
        )
        parts.append(f"<table><tr><th>Parameter</th><th>In</th><th></th><th>Type</th></tr>{rows}</table>")
    if "requestBody" in operation:
        parts.append(f"<p>Body: {_content(operation['requestBody']['content'])}</p>")
    rows = "".join(
        f"<tr><td>{status}</td><td>{escape(answer['description'])}</td>"
        f"<td>{_content(answer.get('content', {}))}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    parts.append(f"<table><tr><th>Status</th><th>Means</th><th>Body</th></tr>{rows}</table>")
    head = f"<code>{method.upper()} {escape(address)}</code> {escape(operation['summary'])}"
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _content(content: Mapping[str, Any]) -> str:
    return "<br>".join(f"{escape(kind)}: {_type(one['schema'])}" for kind, one in content.items())


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td>"
        f"<td>{'required' if field in schema.get('required', []) else ''}</td><td>{_type(value)}</td></tr>"
        for field, value in schema.get("properties", {}).items()
    )
    words = f"<p>{escape(schema['description'])}</p>" if "description" in schema else ""
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{words}<table>{rows}</table></details>"
    )


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in one line; what has a name is a link to it."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        # A list of a fixed length says what each place holds.
        items = schema.get("prefixItems") or [schema.get("items") or {}]
        return f"list of {', '.join(_type(one) for one in items)}"
    limits = (
        [
            f"{words} {schema[key]}"
            for key, words in (
                ("minimum", "at least"),
                ("maximum", "at most"),
                ("minLength", "min. length"),
                ("maxLength", "max. length"),
                ("default", "default"),
            )
            if schema.get(key) not in {None, ""}
        ]
        if not isinstance(schema.get("default"), list | dict)
        else []
    )
    kind = escape(str(schema.get("type", "anything")))
    return f"{kind} ({escape(', '.join(limits))})" if limits else kind


def _anchor(tag: str) -> str:
    return "tag-" + escape(tag.replace(" ", "-"))
