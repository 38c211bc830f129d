"""The page at /docs: the OpenAPI document for people, in one file without a script."""

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.45 ui-monospace, monospace }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .5rem .8rem }
summary { cursor: pointer; list-style: none; display: flex; gap: .8rem; flex-wrap: wrap }
.verb { font-weight: 700; min-width: 4.2rem } .GET { color: #1a7f5a } .POST { color: #2467c9 }
.PUT { color: #a8660a } .DELETE { color: #c2334d } .open { opacity: .7 }
table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid var(--line); padding: .25rem .5rem; vertical-align: top }
pre { overflow-x: auto; background: color-mix(in srgb, currentColor 6%, transparent); padding: .6rem;
border-radius: .4rem }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(document: dict[str, Any]) -> str:
    """The whole page."""
    info, schemas = document["info"], document["components"]["schemas"]
    sections: dict[str, list[str]] = {}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            found = _operation(path, verb.upper(), operation, schemas)
            sections.setdefault(operation["tags"][0], []).append(found)
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(found)}" for tag, found in sections.items())
    about = "".join(f"<p>{_marked(text)}</p>" for text in info["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: HTTP</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} over HTTP</h1>{about}"
        f'<p><a href="/openapi.json">openapi.json</a></p>{body}</html>'
    )


def _operation(path: str, verb: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    door = "" if "security" in operation else '<span class="open">no token</span>'
    parts = [
        f'<summary><span class="verb {verb}">{verb}</span><code>{escape(path)}</code>{door}'
        f"<span>{_marked(operation['summary'])}</span></summary>"
    ]
    if operation["parameters"]:
        parts.append(f"<table>{''.join(_parameter(each) for each in operation['parameters'])}</table>")
    if "requestBody" in operation:
        parts.append("<p>takes</p>" + _shape(operation["requestBody"], schemas))
    for status, given in operation["responses"].items():
        if status.isdigit():
            parts.append(f"<p>answers {escape(status)}</p>" + _shape(given, schemas))
    return f"<details>{''.join(parts)}</details>"


def _parameter(given: dict[str, Any]) -> str:
    note = given.get("description", "needed" if given.get("required") else "")
    cells = (f"<code>{escape(given['name'])}</code>", given["in"], _kind(given["schema"]), escape(note))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _shape(given: dict[str, Any], schemas: dict[str, Any]) -> str:
    content = given.get("content", {}).get("application/json")
    if content is None:
        return ""
    name = content["schema"]["$ref"].rpartition("/")[2]
    return f"<pre>{_fields(name, schemas, 0)}</pre>"


def _fields(name: str, schemas: dict[str, Any], depth: int) -> str:
    lines = []
    for field, schema in schemas[name]["properties"].items():
        inner = schema.get("items", schema).get("$ref", "").rpartition("/")[2]
        note = "" if field in schemas[name].get("required", ()) else "  (may be left out)"
        lines.append(f"{'    ' * depth}{escape(field)}: {_kind(schema)}{note}")
        if inner:
            lines.append(_fields(inner, schemas, depth + 1))
    return "\n".join(lines)


def _kind(schema: dict[str, Any]) -> str:
    """A type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(some) for some in schema["anyOf"])
    if "$ref" in schema:
        return escape(str(schema["$ref"]).rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("minLength", "from"), ("maxLength", "to"))
        if key in schema
    ]
    text = str(schema.get("format", schema.get("pattern", schema.get("type", "anything"))))
    return escape(" ".join([text, *bounds]))


def _marked(text: str) -> str:
    """Text with `code` in it."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
