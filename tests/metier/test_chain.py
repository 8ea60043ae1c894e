"""Chains from a certificate up to its root, as far as the authorities are known."""

from datetime import UTC, datetime

from cryptolib.metier.certificate import Certificate, parse
from cryptolib.metier.chain import chain
from tests.metier.certificates import AUTHORITY, END, PROFESSIONAL, SIGNATURE, Parts, issue


def parsed(data: bytes) -> Certificate:
    certificate = parse(data)
    assert certificate is not None
    return certificate


ROOT_NAME: Parts = [[("CN", "RACINE D'ESSAI")]]
MIDDLE_NAME: Parts = [[("CN", "AC D'ESSAI DES PERSONNES")]]


def authorities() -> tuple[Certificate, Certificate, Certificate]:
    """A root, an authority under it, and one of the same name with another key."""
    root = issue(ROOT_NAME, AUTHORITY, issuer=ROOT_NAME, issuer_key="root", key="root")
    end = datetime(2025, 6, 1, tzinfo=UTC)
    middle = issue(MIDDLE_NAME, AUTHORITY, issuer=ROOT_NAME, issuer_key="root", key="middle", end=end)
    namesake = issue(MIDDLE_NAME, AUTHORITY, issuer=ROOT_NAME, issuer_key="root", key="namesake")
    return parsed(root), parsed(middle), parsed(namesake)


def test_a_chain_goes_up_to_its_root() -> None:
    root, middle, namesake = authorities()
    leaf = parsed(issue(PROFESSIONAL, SIGNATURE, issuer=MIDDLE_NAME, issuer_key="middle"))
    whole = chain(leaf, [root, namesake, middle])
    assert whole.certificates == (leaf, middle, root)
    assert whole.complete
    assert whole.ends == middle.not_after == datetime(2025, 6, 1, tzinfo=UTC)


def test_a_chain_ends_where_an_authority_is_not_known() -> None:
    root, middle, namesake = authorities()
    leaf = parsed(issue(PROFESSIONAL, SIGNATURE, issuer=MIDDLE_NAME, issuer_key="middle"))
    assert chain(leaf, [root, namesake]).certificates == (leaf,)
    assert not chain(leaf, [middle]).complete
    assert chain(leaf, []).ends == END
    assert chain(root, []).complete


def test_authorities_that_issue_each_other_end_a_chain() -> None:
    one = parsed(issue(ROOT_NAME, AUTHORITY, issuer=MIDDLE_NAME, issuer_key="b", key="a"))
    other = parsed(issue(MIDDLE_NAME, AUTHORITY, issuer=ROOT_NAME, issuer_key="a", key="b"))
    assert chain(one, [one, other]).certificates == (one, other)
