"""XML elements, written in Exclusive XML Canonicalization (W3C, 2002), so that the written form is the signed one.

Nothing is parsed here. There is no white space between elements, so removing one leaves the others unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAMESPACES = {
    "": "urn:hl7-org:v3",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "saml2": "urn:oasis:names:tc:SAML:2.0:assertion",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""By prefix, everywhere the same."""


@dataclass(frozen=True, slots=True)
class Element:
    """`name` and the names of attributes have a prefix (`prefix:name`); attributes may have none."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: tuple[Element | str, ...] = ()

    def with_content(self, *content: Element | str) -> Element:
        return Element(self.name, self.attributes, content)


def element(name: str, *content: Element | str, **attributes: str) -> Element:
    return Element(name, attributes, content)


def canonical(root: Element, declared: frozenset[str] = frozenset()) -> str:
    """The canonical form of the element. A namespace is declared where it is first used, unless an ancestor
    declares it.
    """
    used = {_prefix(root.name)} | {_prefix(name) for name in root.attributes if ":" in name}
    new = sorted(used - declared)
    start = root.name
    for prefix in new:
        start += f' {"xmlns:" + prefix if prefix else "xmlns"}="{_attribute(NAMESPACES[prefix])}"'
    for name in sorted(root.attributes, key=_order):
        start += f' {name}="{_attribute(root.attributes[name])}"'
    inside = "".join(
        _text(part) if isinstance(part, str) else canonical(part, declared | used) for part in root.content
    )
    return f"<{start}>{inside}</{root.name}>"


def _prefix(name: str) -> str:
    return name.partition(":")[0] if ":" in name else ""


def _order(name: str) -> tuple[str, str]:
    """Sort key: namespace, then name; names without a namespace come first."""
    prefix, colon, local = name.rpartition(":")
    return NAMESPACES[prefix] if colon else "", local


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _attribute(value: str) -> str:
    for character, written in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        ('"', "&quot;"),
        ("\t", "&#x9;"),
        ("\n", "&#xA;"),
        ("\r", "&#xD;"),
    ):
        value = value.replace(character, written)
    return value
